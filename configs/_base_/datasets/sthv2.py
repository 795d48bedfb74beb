# Something-Something V2, video files, in MMAction2's layout:
# https://github.com/open-mmlab/mmaction2/blob/main/tools/data/sthv2
dataset_type = 'CheckedVideoDataset'
data_root = 'data/sthv2/videos'
ann_file_train = 'data/sthv2/sthv2_train_list_videos.txt'
ann_file_val = 'data/sthv2/sthv2_val_list_videos.txt'

# tau = 2 (Sec. 4.1); at most 85 frames (authors' release, MAX_FRAME_NUM).
# No flip: left and right distinguish classes (Sec. 4.1).
train_pipeline = [
    dict(type='ClipInit'),
    dict(type='SampleStridedFrames', frame_interval=2, max_frames=85),
    dict(type='ClipDecode'),
    dict(type='Resize', scale=(-1, 256), lazy=True),
    dict(
        type='MultiScaleCrop',
        input_size=224,
        # authors' release, AUGMENTATION_SCALES
        scales=(1, 0.875, 0.75, 0.66),
        random_crop=False,
        max_wh_scale_gap=1,
        num_fixed_crops=13,
        lazy=True),
    dict(type='Resize', scale=(224, 224), keep_ratio=False, lazy=True),
    dict(type='FuseClip'),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs')
]
# One clip, one centre crop of 224 from 256 (Sec. 4.1).
val_pipeline = [
    dict(type='ClipInit'),
    dict(
        type='SampleStridedFrames',
        frame_interval=2,
        max_frames=85,
        test_mode=True),
    dict(type='ClipDecode'),
    dict(type='Resize', scale=(-1, 256), lazy=True),
    dict(type='CenterCrop', crop_size=224, lazy=True),
    dict(type='FuseClip'),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs')
]
test_pipeline = val_pipeline

train_dataloader = dict(
    batch_size=8,  # 8 GPUs x 8 = 64 (supplement, Sec. 3)
    num_workers=8,
    persistent_workers=True,
    pin_memory=True,
    collate_fn=dict(type='video_collate'),
    drop_last=True,  # batch norm of m cannot take a batch of one
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        type=dataset_type,
        ann_file=ann_file_train,
        data_prefix=dict(video=data_root),
        pipeline=train_pipeline))
test_dataloader = dict(
    batch_size=8,
    num_workers=8,
    persistent_workers=True,
    pin_memory=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type=dataset_type,
        ann_file=ann_file_val,
        data_prefix=dict(video=data_root),
        pipeline=val_pipeline,
        test_mode=True))
# The test loader has no collate_fn: mmengine's inferencers do not read it.
val_dataloader = dict(
    collate_fn=dict(type='video_collate'), **test_dataloader)

val_evaluator = dict(type='SynopsisDetailMetric')
test_evaluator = val_evaluator
