# Kinetics-400, video files, in MMAction2's layout:
# https://github.com/open-mmlab/mmaction2/blob/main/tools/data/kinetics
dataset_type = 'CheckedVideoDataset'
data_root = 'data/kinetics400/videos_train'
data_root_val = 'data/kinetics400/videos_val'
ann_file_train = 'data/kinetics400/kinetics400_train_list_videos.txt'
ann_file_val = 'data/kinetics400/kinetics400_val_list_videos.txt'

# tau = 2 (Sec. 4.1); at most 150 frames (authors' release, MAX_FRAME_NUM).
train_pipeline = [
    dict(type='ClipInit'),
    dict(type='SampleStridedFrames', frame_interval=2, max_frames=150),
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
    dict(type='Flip', flip_ratio=0.5, lazy=True),  # Sec. 4.1
    dict(type='FuseClip'),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs')
]
# Validation while training: one centre crop of 224 from 256.
val_pipeline = [
    dict(type='ClipInit'),
    dict(
        type='SampleStridedFrames',
        frame_interval=2,
        max_frames=150,
        test_mode=True),
    dict(type='ClipDecode'),
    dict(type='Resize', scale=(-1, 256), lazy=True),
    dict(type='CenterCrop', crop_size=224, lazy=True),
    dict(type='FuseClip'),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs')
]
# Test: three crops of 224 from 256, averaged (Sec. 4.1).
test_pipeline = [
    *val_pipeline[:4],
    dict(type='ThreePatchCrop', crop_size=224, lazy=True),
    *val_pipeline[5:],
]

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
val_dataloader = dict(
    batch_size=8,
    num_workers=8,
    persistent_workers=True,
    pin_memory=True,
    collate_fn=dict(type='video_collate'),
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type=dataset_type,
        ann_file=ann_file_val,
        data_prefix=dict(video=data_root_val),
        pipeline=val_pipeline,
        test_mode=True))
# The test loader has no collate_fn: mmengine's inferencers do not read it.
test_dataloader = dict(
    batch_size=8,
    num_workers=8,
    persistent_workers=True,
    pin_memory=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type=dataset_type,
        ann_file=ann_file_val,
        data_prefix=dict(video=data_root_val),
        pipeline=test_pipeline,
        test_mode=True))

val_evaluator = dict(type='SynopsisDetailMetric')
test_evaluator = val_evaluator
