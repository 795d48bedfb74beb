# The extractor of NSNet on Haystack: single frames of 56 px of trimmed events,
# on a CPU (docs/nsnet.md). No setting is from the paper.
_base_ = [
    '../../scsampler/recognizers/r3d18_1xb32-4x2x1-8e_haystack-trimmed-rgb.py',
    '../../../_base_/models/haystack_r18-56.py'
]
model = dict(
    backbone=dict(_delete_=True, **_base_.extractor),
    cls_head=dict(in_channels=32))

small = [
    dict(type='ClipDecode'),
    dict(type='Resize', scale=(56, 56), keep_ratio=False, lazy=True),
    dict(type='FuseClip'),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs')
]
train_pipeline = [
    dict(type='ClipInit'),
    dict(type='SampleFrames', clip_len=1, frame_interval=1, num_clips=1),
    *small
]
val_pipeline = [
    dict(type='ClipInit'),
    dict(
        type='SampleFrames',
        clip_len=1,
        frame_interval=1,
        num_clips=1,
        test_mode=True), *small
]
test_pipeline = val_pipeline
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
