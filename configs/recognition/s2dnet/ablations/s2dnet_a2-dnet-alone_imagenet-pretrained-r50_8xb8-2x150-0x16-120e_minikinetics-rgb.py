# Paper, Tab. 2a, a2: DNet alone, sampler frozen, no fusion, detail features
# alone in the classifier. 68.1 top-1 at 15.3 G.
_base_ = (
    '../s2dnet_imagenet-pretrained-mobilenetv2-r50_'
    '8xb8-2x150-16x16-120e_minikinetics-rgb.py')

model = dict(
    _delete_=True,
    type='S2DNetBranch',
    backbone=dict(_base_.model.dnet, fusion_stages=()),
    neck=dict(type='DetailSampler', axes=()),
    cls_head=dict(
        type='I3DHead',  # GAP, dropout, FC, as Eq. (2)
        num_classes=200,
        dropout_ratio=0.5,
        average_clips='prob'),
    data_preprocessor=_base_.model.data_preprocessor)
# One stage, one classifier, the learning rates of the others.
custom_hooks = [dict(type='FiniteGuardHook')]
optim_wrapper = dict(
    paramwise_cfg=dict(
        custom_keys={
            'cls_head.fc_cls.weight': dict(lr_mult=5),
            'cls_head.fc_cls.bias': dict(lr_mult=10, decay_mult=0)
        }))
val_evaluator = dict(type='AccMetric')
test_evaluator = val_evaluator
