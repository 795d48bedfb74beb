# All frames of the grid by the recognizer alone: what tools/score_clips.py
# runs, and dense prediction. It has nothing to train.
_base_ = (
    './nsnet_imagenet-pretrained-mobilenetv2-r101_8xb8-1x2x16-120e_'
    'ucf101-rgb.py')

model = dict(
    sampler=None, select=dict(_delete_=True, type='EveryNth', n=1))
val_pipeline = [
    _base_.opener, _base_.grid,
    dict(
        type='SkimFirst',
        views=dict(),
        pipeline=_base_.frames,
        opener=_base_.opener)
]
test_pipeline = val_pipeline
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
