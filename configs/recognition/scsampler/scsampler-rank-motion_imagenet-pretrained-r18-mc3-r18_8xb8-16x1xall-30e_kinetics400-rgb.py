# SCSampler by motion vectors and residuals for torchvision's MC3-18, the
# recognizer of the paper's supplement
_base_ = [
    '../../_base_/models/scsampler_motion-r18.py',
    '../../_base_/models/recognizer_mc3-r18.py',
    '../../_base_/datasets/kinetics400_clips.py',
    '../../_base_/schedules/scsampler_visual_30e.py',
    '../../_base_/default_runtime.py'
]

model = dict(
    type='SampledRecognizer',
    sampler=_base_.sampler,
    recognizer=_base_.recognizer,
    select=dict(type='TopK', k=10))
# 112 of 128 x 171 px, as torchvision trained its weights
clips = [
    dict(type='ClipDecode'),
    dict(type='Resize', scale=(171, 128), keep_ratio=False, lazy=True),
    dict(type='CenterCrop', crop_size=112, lazy=True),
    dict(type='FuseClip'),
    dict(type='FormatShape', input_format='NCTHW')
]
_skim = dict(
    type='SkimFirst',
    views=dict(visual=_base_.motion),
    pipeline=clips,
    opener=_base_.opener)
train_pipeline = [*_base_.train_pipeline[:3], _skim]
val_pipeline = [*_base_.val_pipeline[:2], _skim]
test_pipeline = val_pipeline
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
