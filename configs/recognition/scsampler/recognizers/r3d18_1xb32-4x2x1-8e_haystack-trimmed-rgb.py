# The recognizer of Haystack, trained on trimmed events, on a CPU
# (docs/scsampler.md). No setting is from the paper.
_base_ = [
    '../../../_base_/models/haystack_r3d18.py',
    '../../../_base_/default_runtime.py'
]
model = _base_.recognizer

data_root = 'data/haystack'
train_pipeline = [
    dict(type='ClipInit'),
    dict(type='SampleFrames', clip_len=4, frame_interval=2, num_clips=1),
    dict(type='ClipDecode'),
    dict(type='FuseClip'),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs')
]
val_pipeline = [
    dict(type='ClipInit'),
    dict(
        type='SampleFrames',
        clip_len=4,
        frame_interval=2,
        num_clips=1,
        test_mode=True), *train_pipeline[2:]
]
test_pipeline = val_pipeline
train_dataloader = dict(
    batch_size=32,
    num_workers=2,
    persistent_workers=True,
    drop_last=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        type='CheckedVideoDataset',
        ann_file='trimmed.txt',
        data_root=data_root,
        data_prefix=dict(video=''),
        pipeline=train_pipeline))
# There are no others: it is tested as part of a sampler's config.
val_dataloader = dict(
    batch_size=32,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='CheckedVideoDataset',
        ann_file='trimmed.txt',
        data_root=data_root,
        data_prefix=dict(video=''),
        pipeline=val_pipeline,
        test_mode=True))
test_dataloader = val_dataloader
val_evaluator = dict(type='AccMetric')
test_evaluator = val_evaluator

train_cfg = dict(
    type='EpochBasedTrainLoop', max_epochs=8, val_begin=8, val_interval=1)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
optim_wrapper = dict(
    optimizer=dict(type='SGD', lr=0.05, momentum=0.9, weight_decay=1e-4),
    clip_grad=dict(max_norm=20, norm_type=2))
param_scheduler = [
    dict(
        type='CosineAnnealingLR',
        T_max=8,
        eta_min=0,
        by_epoch=True,
        begin=0,
        end=8,
        convert_to_iter_based=True)
]
auto_scale_lr = dict(enable=False, base_batch_size=32)
randomness = dict(seed=0)
default_hooks = dict(checkpoint=dict(max_keep_ckpts=1, save_best=None))
