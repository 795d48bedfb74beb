# Haystack (docs/scsampler.md), written by
#   python tools/data/haystack/write_haystack.py data/haystack
# A candidate is a second: 4 frames of 8 a second, every other one.
dataset_type = 'CheckedVideoDataset'
data_root = 'data/haystack'

opener = dict(type='ClipInit')
clips = [
    dict(type='ClipDecode'),
    dict(type='FuseClip'),
    dict(type='FormatShape', input_format='NCTHW')
]
# What the sampler sees: the middle frame of a clip, a quarter as large
visual = dict(
    type='FrameView',
    num_frames=1,
    pipeline=[
        dict(type='ClipDecode'),
        dict(type='Resize', scale=(28, 28), keep_ratio=False, lazy=True),
        dict(type='FuseClip'),
        dict(type='FormatShape', input_format='NCHW')
    ])

train_pipeline = [
    opener,
    dict(
        type='SampleCandidates',
        clip_len=4,
        frame_interval=2,
        num_candidates=40),
    dict(
        type='SkimFirst',
        views=dict(visual=visual),
        pipeline=clips,
        opener=opener)
]
val_pipeline = [
    opener,
    dict(type='SampleCandidates', clip_len=4, frame_interval=2),
    dict(
        type='SkimFirst',
        views=dict(visual=visual),
        pipeline=clips,
        opener=opener)
]
test_pipeline = val_pipeline

train_dataloader = dict(
    batch_size=8,
    num_workers=2,
    persistent_workers=True,
    drop_last=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        type=dataset_type,
        ann_file='train.txt',
        data_root=data_root,
        data_prefix=dict(video=''),
        pipeline=train_pipeline))
val_dataloader = dict(
    batch_size=4,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type=dataset_type,
        ann_file='val.txt',
        data_root=data_root,
        data_prefix=dict(video=''),
        pipeline=val_pipeline,
        test_mode=True))
test_dataloader = val_dataloader

val_evaluator = [
    dict(type='AccMetric'),
    dict(type='PickMetric', events=f'{data_root}/events.json')
]
test_evaluator = val_evaluator
