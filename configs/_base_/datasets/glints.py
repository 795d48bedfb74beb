# Glints, the quickstart's data set, written by
# tools/data/glints/write_glints.py
dataset_type = 'CheckedVideoDataset'
data_root = 'data/glints'

train_pipeline = [
    dict(type='ClipInit'),
    dict(type='SampleStridedFrames', frame_interval=2, max_frames=40),
    dict(type='ClipDecode'),
    dict(type='FuseClip'),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs')
]
val_pipeline = [
    dict(type='ClipInit'),
    dict(
        type='SampleStridedFrames',
        frame_interval=2,
        max_frames=40,
        test_mode=True),
    dict(type='ClipDecode'),
    dict(type='FuseClip'),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs')
]
test_pipeline = val_pipeline

train_dataloader = dict(
    batch_size=16,
    num_workers=2,
    persistent_workers=True,
    collate_fn=dict(type='video_collate'),
    drop_last=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        type=dataset_type,
        ann_file='train.txt',
        data_root=data_root,
        data_prefix=dict(video=''),
        pipeline=train_pipeline))
test_dataloader = dict(
    batch_size=16,
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
# The test loader has no collate_fn: mmengine's inferencers do not read it.
val_dataloader = dict(
    collate_fn=dict(type='video_collate'), **test_dataloader)

val_evaluator = dict(type='SynopsisDetailMetric')
test_evaluator = val_evaluator
