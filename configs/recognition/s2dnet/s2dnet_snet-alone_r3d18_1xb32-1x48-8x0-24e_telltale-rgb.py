# Control: the synopsis net alone (Tab. 2a, a1), which cannot see the stripes.
_base_ = './s2dnet_r3d18-r3d18_1xb32-1x48-8x6-24e_telltale-rgb.py'

model = dict(
    _delete_=True,
    type='S2DNetBranch',
    backbone=_base_.model.snet,
    cls_head=dict(
        type='I3DHead',
        num_classes=9,
        dropout_ratio=0.0,
        average_clips='prob'),
    data_preprocessor=_base_.model.data_preprocessor)
custom_hooks = [dict(type='FiniteGuardHook')]
optim_wrapper = dict(paramwise_cfg=None)
val_evaluator = dict(
    _delete_=True,
    type='AccMetric',
    metric_options=dict(top_k_accuracy=dict(topk=(1, 3))))
test_evaluator = val_evaluator
