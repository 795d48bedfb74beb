# SCSampler by motion vectors and residuals for MMAction2's ir-CSN-152, whose
# clips are 32 frames on Kinetics (supplement, Sec. 1.2)
_base_ = [
    '../../_base_/models/scsampler_motion-r18.py',
    '../../_base_/models/recognizer_ircsn-r152.py',
    '../../_base_/datasets/kinetics400_clips.py',
    '../../_base_/schedules/scsampler_visual_30e.py',
    '../../_base_/default_runtime.py'
]

model = dict(
    type='SampledRecognizer',
    sampler=_base_.sampler,
    recognizer=_base_.recognizer,
    select=dict(type='TopK', k=10))
candidates = dict(
    type='SampleCandidates', clip_len=32, frame_interval=2, step=16)
train_pipeline = [
    _base_.opener,
    dict(num_candidates=10, **candidates), *_base_.train_pipeline[2:]
]
val_pipeline = [_base_.opener, candidates, *_base_.val_pipeline[2:]]
test_pipeline = val_pipeline
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
