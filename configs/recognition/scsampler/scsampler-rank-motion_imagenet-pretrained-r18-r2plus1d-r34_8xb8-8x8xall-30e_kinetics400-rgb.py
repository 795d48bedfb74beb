# SCSampler by motion vectors and residuals for MMAction2's R(2+1)D-34
_base_ = [
    '../../_base_/models/scsampler_motion-r18.py',
    '../../_base_/models/recognizer_r2plus1d-r34.py',
    '../../_base_/datasets/kinetics400_clips.py',
    '../../_base_/schedules/scsampler_visual_30e.py',
    '../../_base_/default_runtime.py'
]

model = dict(
    type='SampledRecognizer',
    sampler=_base_.sampler,
    recognizer=_base_.recognizer,
    select=dict(type='TopK', k=10))
# The clips of the recognizer's weights; they overlap by three quarters.
candidates = dict(
    type='SampleCandidates', clip_len=8, frame_interval=8, step=16)
train_pipeline = [
    _base_.opener,
    dict(num_candidates=10, **candidates), *_base_.train_pipeline[2:]
]
val_pipeline = [_base_.opener, candidates, *_base_.val_pipeline[2:]]
test_pipeline = val_pipeline
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
