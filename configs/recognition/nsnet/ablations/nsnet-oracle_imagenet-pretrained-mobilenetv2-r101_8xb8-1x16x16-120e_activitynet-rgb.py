# The frames that the guiding saliency holds for the best, which reads the
# truth of the test videos (supplement, C: 96.3 mAP)
_base_ = (
    '../nsnet_imagenet-pretrained-mobilenetv2-r101_8xb8-1x16x16-120e_'
    'activitynet-rgb.py')

model = dict(
    select=dict(_delete_=True, type='Oracle', k=5),
    test_cfg=dict(return_saliency=True))
val_pipeline = [
    _base_.val_pipeline[0],
    dict(
        type='LoadClipScores',
        folder=f'{_base_.guiding}/val',
        column='prototype'), _base_.skim
]
test_pipeline = val_pipeline
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
val_evaluator = [
    *_base_.val_evaluator,
    dict(type='SaliencyCorrelationMetric')
]
test_evaluator = val_evaluator
