# Labels by the response of the recognizer (supplement, Tab. 1: 74.1 mAP)
_base_ = (
    './nsnet-fs_imagenet-pretrained-mobilenetv2-r101_8xb8-1x16x16-120e_'
    'activitynet-rgb.py')

train_pipeline = [
    dict(step, column='response')
    if step['type'] == 'LoadClipScores' else step
    for step in _base_.train_pipeline
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
