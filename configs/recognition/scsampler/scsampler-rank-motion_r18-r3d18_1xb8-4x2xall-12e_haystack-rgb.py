# SCSampler on Haystack: motion vectors, objective SAL-RANK, on a CPU
# (docs/scsampler.md).
_base_ = './scsampler-rank_r18-r3d18_1xb8-4x2xall-12e_haystack-rgb.py'

opener = dict(type='ClipInit', motion_vectors=True)
visual = dict(type='MotionView', num_frames=2, size=28)
# CoViAR's input: vectors / 20 px, between -0.5 and 0.5
model = dict(
    sampler=dict(
        backbone=dict(in_channels=2),
        num_frames=2,
        norm_input=True,
        mean=[127.5, 127.5],
        std=[255.0, 255.0]))

train_pipeline = [
    opener, *_base_.train_pipeline[1:3],
    dict(
        type='SkimFirst',
        views=dict(visual=visual),
        pipeline=_base_.clips,
        opener=opener)
]
val_pipeline = [
    opener, _base_.val_pipeline[1],
    dict(
        type='SkimFirst',
        views=dict(visual=visual),
        pipeline=_base_.clips,
        opener=opener)
]
test_pipeline = val_pipeline
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
