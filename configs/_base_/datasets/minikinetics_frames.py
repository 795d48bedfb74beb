# Mini-Kinetics as 16 frames to choose from (AR-Net). The lists are those of
# tools/data/minikinetics/build_annotations.py.
dataset_type = 'CheckedVideoDataset'
data_root = 'data/kinetics400/videos_train'
data_root_val = 'data/kinetics400/videos_val'
ann_file_train = 'data/minikinetics/minikinetics_train_list_videos.txt'
ann_file_val = 'data/minikinetics/minikinetics_val_list_videos.txt'

opener = dict(type='ClipInit')
frames = [
    dict(type='ClipDecode'),
    dict(type='Resize', scale=(-1, 256), lazy=True),
    dict(type='CenterCrop', crop_size=224, lazy=True),
    dict(type='FuseClip'),
    dict(type='FormatShape', input_format='NCHW')
]
visual = dict(
    type='FrameView',
    num_frames=1,
    pipeline=[
        dict(type='ClipDecode'),
        dict(type='Resize', scale=(-1, 96), lazy=True),
        dict(type='CenterCrop', crop_size=84, lazy=True),
        dict(type='FuseClip'),
        dict(type='FormatShape', input_format='NCHW')
    ])
candidates = dict(
    type='SampleCandidates', clip_len=1, step=1, num_candidates=16)

train_pipeline = [
    opener, candidates,
    dict(
        type='SkimFirst',
        views=dict(
            visual=dict(
                type='FrameView',
                num_frames=1,
                pipeline=[
                    dict(type='ClipDecode'),
                    dict(type='Resize', scale=(-1, 96), lazy=True),
                    dict(
                        type='MultiScaleCrop',
                        input_size=84,
                        scales=(1, 0.875, 0.75, 0.66),
                        random_crop=False,
                        max_wh_scale_gap=1,
                        num_fixed_crops=13,
                        lazy=True),
                    dict(
                        type='Resize',
                        scale=(84, 84),
                        keep_ratio=False,
                        lazy=True),
                    dict(type='Flip', flip_ratio=0.5, lazy=True),
                    dict(type='FuseClip'),
                    dict(type='FormatShape', input_format='NCHW')
                ])),
        pipeline=frames,
        opener=opener)
]
val_pipeline = [
    opener,
    dict(test_mode=True, **candidates),
    dict(
        type='SkimFirst',
        views=dict(visual=visual),
        pipeline=frames,
        opener=opener)
]
test_pipeline = val_pipeline

train_dataloader = dict(
    batch_size=24,
    num_workers=8,
    persistent_workers=True,
    pin_memory=True,
    drop_last=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        type=dataset_type,
        ann_file=ann_file_train,
        data_prefix=dict(video=data_root),
        pipeline=train_pipeline))
val_dataloader = dict(
    batch_size=24,
    num_workers=8,
    persistent_workers=True,
    pin_memory=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type=dataset_type,
        ann_file=ann_file_val,
        data_prefix=dict(video=data_root_val),
        pipeline=val_pipeline,
        test_mode=True))
test_dataloader = val_dataloader

val_evaluator = dict(type='AccMetric')
test_evaluator = val_evaluator
