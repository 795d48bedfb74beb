# Telltale of small frames (docs/telltale.md): the disc fills a third of them,
# and its stripes show in few of the frames. Written by
#   python tools/data/telltale/write_telltale.py data/telltale-brief \
#       --frame-px 64 --spread-px 20 --drift-px 4 --stripe-std-frames 2 \
#       --num-train 1800 --num-val 450 --num-closeups 0 --decode
dataset_type = 'PlacedVideoDataset'
data_root = 'data/telltale-brief'
# MMAction2's default keys; the place of the detail; times of the frames
meta_keys = ('img_shape', 'img_key', 'video_id', 'timestamp', 'num_clips',
             'place', 'frame_inds', 'total_frames')

train_pipeline = [
    dict(type='DecodedInit'),
    dict(type='UniformSample', clip_len=8),  # one frame of each eighth
    dict(type='ArrayDecode'),
    dict(type='FormatShape', input_format='NCHW'),
    dict(type='PackActionInputs', meta_keys=meta_keys)
]
val_pipeline = [
    dict(type='DecodedInit'),
    dict(type='UniformSample', clip_len=8, test_mode=True),
    dict(type='ArrayDecode'),
    dict(type='FormatShape', input_format='NCHW'),
    dict(type='PackActionInputs', meta_keys=meta_keys)
]
test_pipeline = val_pipeline

train_dataloader = dict(
    batch_size=32,
    num_workers=0,  # reading a memory map needs no worker
    drop_last=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        type=dataset_type,
        ann_file='train_places.txt',
        data_root=data_root,
        data_prefix=dict(video=''),
        pipeline=train_pipeline))
val_dataloader = dict(
    batch_size=32,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type=dataset_type,
        ann_file='val_places.txt',
        data_root=data_root,
        data_prefix=dict(video=''),
        pipeline=val_pipeline,
        test_mode=True))
test_dataloader = val_dataloader

# Top 3: the members of a group, which differ in the stripes alone.
val_evaluator = [
    dict(
        type='AccMetric',
        metric_options=dict(top_k_accuracy=dict(topk=(1, 3)))),
    dict(type='KeepRatioMetric')
]
test_evaluator = val_evaluator
