# Control: the synopsis net alone (Tab. 2a, a1).
_base_ = (
    './s2dnet_imagenet-pretrained-efficientnetlite0-efficientnetlite0_'
    '1xb8-1x32-4x6-12e_tennis7-rgb.py')

model = dict(
    _delete_=True,
    type='S2DNetBranch',
    backbone=_base_.model.snet,
    cls_head=dict(
        type='I3DHead',
        num_classes=7,
        dropout_ratio=0.5,
        average_clips='prob'),
    data_preprocessor=_base_.model.data_preprocessor)
custom_hooks = [dict(type='FiniteGuardHook')]
val_evaluator = [
    dict(
        type='AccMetric',
        metric_options=dict(top_k_accuracy=dict(topk=(1, 5)))),
    _base_.val_evaluator[1]
]
test_evaluator = val_evaluator
