# Pretraining of DNet for Telltale, as the paper's on ImageNet: close-ups of
# the stripes, without places.
_base_ = './s2dnet_r3d18-r3d18_1xb32-1x48-8x6-24e_telltale-rgb.py'

dnet = dict(**_base_.model.dnet)
dnet.pop('init_cfg')
dnet.pop('fusion_stages')
model = dict(
    _delete_=True,
    type='S2DNetBranch',
    backbone=dnet,
    neck=dict(type='DetailSampler', axes=()),
    cls_head=dict(
        type='I3DHead',
        num_classes=9,
        dropout_ratio=0.0,
        average_clips='prob'),
    data_preprocessor=_base_.model.data_preprocessor)

# Close-ups have no places. Validation reuses the training clips; its score
# selects nothing.
pack = dict(type='PackActionInputs')
train_pipeline = [*_base_.train_pipeline[:-1], pack]
val_pipeline = [*_base_.val_pipeline[:-1], pack]
train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='CheckedVideoDataset',
        ann_file='closeups.txt',
        data_root=_base_.data_root,
        data_prefix=dict(video=''),
        pipeline=train_pipeline))
val_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='CheckedVideoDataset',
        ann_file='closeups.txt',
        data_root=_base_.data_root,
        data_prefix=dict(video=''),
        pipeline=val_pipeline,
        test_mode=True))
test_dataloader = val_dataloader
val_evaluator = dict(
    _delete_=True,
    type='AccMetric',
    metric_options=dict(top_k_accuracy=dict(topk=(1, 3))))
test_evaluator = val_evaluator

train_cfg = dict(max_epochs=8, val_interval=8)
param_scheduler = [
    dict(
        type='CosineAnnealingLR',
        T_max=8,
        eta_min=0,
        by_epoch=True,
        convert_to_iter_based=True)
]
optim_wrapper = dict(paramwise_cfg=None)
custom_hooks = [dict(type='FiniteGuardHook')]
