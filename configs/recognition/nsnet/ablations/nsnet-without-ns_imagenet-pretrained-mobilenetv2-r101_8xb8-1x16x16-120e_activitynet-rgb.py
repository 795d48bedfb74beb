# Without the suppression of what is not salient (supplement, Fig. 1)
_base_ = (
    '../nsnet_imagenet-pretrained-mobilenetv2-r101_8xb8-1x16x16-120e_'
    'activitynet-rgb.py')

model = dict(
    sampler=dict(suppress=False, scrutinize=dict(saliency='class')))
train_pipeline = [
    step for step in _base_.train_pipeline
    if step['type'] != 'LoadClipScores'
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
