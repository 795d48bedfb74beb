# Not in the paper: a video transformer, UniFormer-S, as detail net, at 160 x
# 160, a multiple of its 32 pixels. Both nets start from MMAction2's weights.
_base_ = (
    './s2dnet_kinetics400-pretrained-x3d-s160-x3d-m_'
    '8xb8-2x150-16x16-150e_kinetics400-rgb.py')

zoo = 'https://download.openmmlab.com/mmaction/v1.0/recognition/uniformerv1/'
model = dict(
    dnet=dict(
        size=160,
        backbone=dict(
            _delete_=True,
            type='UniFormer',
            depth=[3, 4, 8, 3],
            embed_dim=[64, 128, 320, 512],
            head_dim=64,
            img_size=160,
            drop_path_rate=0.1,
            pretrained2d=False),
        init_cfg=dict(
            checkpoint=f'{zoo}uniformer-small_imagenet1k-pre_16x4x1_'
            'kinetics400-rgb_20221219-c630a037.pth')))

# MMAction2's recipe for a transformer of this size at a batch of 64
# (swin-tiny-p244-w877_in1k-pre_8xb8-amp-32x2x1-30e_kinetics400-rgb.py):
# AdamW, 30 epochs, 2.5 of them warm-up, pretrained weights at lr x 0.1. The
# sampler is frozen for a third of them, as in the supplement.
train_cfg = dict(max_epochs=30)
custom_hooks = [
    dict(type='TwoStageHook', switch_epoch=10),
    dict(type='FiniteGuardHook'),
    dict(type='SamplingStatisticsHook')
]
param_scheduler = [
    dict(
        type='LinearLR',
        start_factor=0.1,
        by_epoch=True,
        begin=0,
        end=2.5,
        convert_to_iter_based=True),
    dict(
        type='CosineAnnealingLR',
        T_max=30,
        eta_min=0,
        by_epoch=True,
        begin=0,
        end=30,
        convert_to_iter_based=True)
]
optim_wrapper = dict(
    optimizer=dict(
        _delete_=True,
        type='AdamW',
        lr=1e-3,
        betas=(0.9, 0.999),
        weight_decay=0.02),
    # It multiplies the settings of all matching keys. No decay of norms.
    constructor='SwinOptimWrapperConstructor',
    paramwise_cfg={
        '_delete_': True,
        'norm': dict(decay_mult=0.),
        'bn': dict(decay_mult=0.),
        'neck.locator.trunk.0': dict(decay_mult=0.),
        'neck.locator.trunk.3': dict(decay_mult=0.),
        'snet.backbone': dict(lr_mult=0.1),
        'dnet.backbone': dict(lr_mult=0.1),
        'neck': dict(lr_mult=0.1)
    })
