# All clips of Haystack by the recognizer alone: dense prediction, and what
# tools/score_clips.py runs. It has nothing to train (docs/scsampler.md).
_base_ = './scsampler-ac_r18-r3d18_1xb8-4x2xall-12e_haystack-rgb.py'

model = dict(
    sampler=None, select=dict(_delete_=True, type='EveryNth', n=1))
val_pipeline = [
    *_base_.val_pipeline[:2],
    dict(
        type='SkimFirst',
        views=dict(),
        pipeline=_base_.clips,
        opener=_base_.opener)
]
test_pipeline = val_pipeline
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
