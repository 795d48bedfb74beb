# Telltale, the benchmark with known places (docs/telltale.md), written by
# tools/data/telltale/write_telltale.py
dataset_type = 'PlacedVideoDataset'
data_root = 'data/telltale'
# MMAction2's default keys, and the place of the detail. All frames are
# taken, so the place in the video is also the place in the clip.
meta_keys = ('img_shape', 'img_key', 'video_id', 'timestamp', 'num_clips',
             'place')

train_pipeline = [
    dict(type='ClipInit'),
    dict(type='SampleStridedFrames', frame_interval=1, max_frames=48),
    dict(type='ClipDecode'),
    dict(type='FuseClip'),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs', meta_keys=meta_keys)
]
val_pipeline = [
    dict(type='ClipInit'),
    dict(
        type='SampleStridedFrames',
        frame_interval=1,
        max_frames=48,
        test_mode=True),
    dict(type='ClipDecode'),
    dict(type='FuseClip'),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs', meta_keys=meta_keys)
]
test_pipeline = val_pipeline

train_dataloader = dict(
    batch_size=32,
    num_workers=2,
    persistent_workers=True,
    collate_fn=dict(type='video_collate'),
    drop_last=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        type=dataset_type,
        ann_file='train_places.txt',
        data_root=data_root,
        data_prefix=dict(video=''),
        pipeline=train_pipeline))
test_dataloader = dict(
    batch_size=32,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type=dataset_type,
        ann_file='val_places.txt',
        data_root=data_root,
        data_prefix=dict(video=''),
        pipeline=val_pipeline,
        test_mode=True))
# The test loader has no collate_fn: mmengine's inferencers do not read it.
val_dataloader = dict(
    collate_fn=dict(type='video_collate'), **test_dataloader)

# Top 3: the members of a group, which look alike in the synopsis.
# PlaceMetric needs model.test_cfg=dict(return_grid=True).
val_evaluator = [
    dict(
        type='SynopsisDetailMetric',
        metric_options=dict(top_k_accuracy=dict(topk=(1, 3)))),
    dict(type='PlaceMetric')
]
test_evaluator = val_evaluator
