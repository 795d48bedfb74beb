# NSNet on Haystack beside the truth, for testing: the oracle picks the frames
# by their guiding saliency, and a metric compares both. To test NSNet itself
# with the metric: model.select.type=Fusion.
_base_ = './nsnet_r18-r3d18_1xb16-1x4x96-40e_haystack-rgb.py'

model = dict(select=dict(type='Oracle'))
val_pipeline = [
    *_base_.val_pipeline[:2],
    dict(
        type='LoadClipScores',
        folder=f'{_base_.guiding}/val',
        column='prototype'), *_base_.val_pipeline[2:]
]
test_pipeline = val_pipeline
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
val_evaluator = [
    *_base_.val_evaluator,
    dict(type='SaliencyCorrelationMetric')
]
test_evaluator = val_evaluator
