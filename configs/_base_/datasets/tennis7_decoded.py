# tennis7, strokes of real tennis matches (docs/tennis7.md), as decoded
# frames; written by tools/data/tennis7/prepare_tennis7.py
dataset_type = 'PlacedVideoDataset'
data_root = 'data/tennis7'
# MMAction2's default keys; the player's place for the oracle, the file for
# BoxCoverageMetric. All frames are taken whole, as both need.
meta_keys = ('img_shape', 'img_key', 'video_id', 'timestamp', 'place',
             'filename')

# No flip: it turns a forehand into a backhand.
train_pipeline = [
    dict(type='DecodedInit'),
    dict(type='SampleStridedFrames', frame_interval=1, max_frames=32),
    dict(type='ArrayDecode'),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs', meta_keys=meta_keys)
]
val_pipeline = [
    dict(type='DecodedInit'),
    dict(
        type='SampleStridedFrames',
        frame_interval=1,
        max_frames=32,
        test_mode=True),
    dict(type='ArrayDecode'),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs', meta_keys=meta_keys)
]
test_pipeline = val_pipeline

# Fold 0 of 4. For another one change the lists and the metric's.
train_dataloader = dict(
    batch_size=8,
    num_workers=0,  # reading an array needs none
    persistent_workers=False,
    collate_fn=dict(type='video_collate'),
    drop_last=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        type=dataset_type,
        ann_file='fold0_train_places.txt',
        data_root=data_root,
        data_prefix=dict(video=''),
        pipeline=train_pipeline))
test_dataloader = dict(
    batch_size=8,
    num_workers=0,
    persistent_workers=False,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type=dataset_type,
        ann_file='fold0_val_places.txt',
        data_root=data_root,
        data_prefix=dict(video=''),
        pipeline=val_pipeline,
        test_mode=True))
# The test loader has no collate_fn: mmengine's inferencers do not read it.
val_dataloader = dict(
    collate_fn=dict(type='video_collate'), **test_dataloader)

# BoxCoverageMetric needs model.test_cfg=dict(return_grid=True).
val_evaluator = [
    dict(
        type='SynopsisDetailMetric',
        metric_options=dict(top_k_accuracy=dict(topk=(1, 5)))),
    dict(type='MajorityMetric', ann_file=f'{data_root}/fold0_train.txt'),
    dict(type='BoxCoverageMetric', ann_file=f'{data_root}/boxes.csv')
]
test_evaluator = val_evaluator
