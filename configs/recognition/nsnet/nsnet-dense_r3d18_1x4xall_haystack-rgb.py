# A frame of every half second of Haystack by the recognizer alone: dense
# prediction, and what tools/score_clips.py runs. It has nothing to train.
_base_ = './nsnet_r18-r3d18_1xb16-1x4x96-40e_haystack-rgb.py'

model = dict(
    sampler=None, select=dict(_delete_=True, type='EveryNth', n=1))
val_pipeline = [
    _base_.opener, _base_.grid,
    dict(
        type='SkimFirst',
        views=dict(),
        pipeline=_base_.clips,
        opener=_base_.opener)
]
test_pipeline = val_pipeline
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
