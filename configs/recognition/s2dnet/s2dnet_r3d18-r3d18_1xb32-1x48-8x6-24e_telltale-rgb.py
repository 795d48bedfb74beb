# S2DNet on Telltale, both stages, on a CPU (docs/telltale.md). No setting is
# from the paper unless a comment says so. The synopsis (20 px of 128) is too
# small to show the stripes: the window (32 px, at most 48) has to find them.
_base_ = [
    '../../_base_/datasets/telltale_decoded.py',
    '../../_base_/default_runtime.py'
]

# ResNet-18 without its last two stages, a quarter as wide, frame by frame.
backbone = dict(
    type='ResNet3d',
    depth=18,
    pretrained=None,
    pretrained2d=False,
    base_channels=16,
    num_stages=2,
    out_indices=(1, ),
    spatial_strides=(1, 2),
    temporal_strides=(1, 1),
    dilations=(1, 1),
    inflate=(0, 0),
    conv1_stride_s=2,
    with_pool1=False,
    with_pool2=False,
    zero_init_residual=False)
model = dict(
    type='S2DNet',
    snet=dict(
        type='SNet',
        num_frames=8,
        size=20,
        backbone=dict(conv1_kernel=(1, 3, 3), **backbone)),
    context=dict(
        type='ContextualFeatures', out_channels=64, dropout_ratio=0.0),
    dnet=dict(
        type='DNet',
        num_frames=6,
        size=32,
        fusion_stages=('layer1', ),
        backbone=dict(conv1_kernel=(1, 7, 7), **backbone),
        # Pretrained on close-ups, as the paper's on ImageNet. Train
        # s2dnet_dnet-alone_r3d18_..._telltale-closeups-rgb.py first, with
        # --work-dir work_dirs/telltale/closeups.
        init_cfg=dict(
            type='Pretrained',
            checkpoint='work_dirs/telltale/closeups/epoch_8.pth',
            prefix='backbone.backbone.')),
    neck=dict(
        type='DetailSampler',
        locator=dict(type='LocationScale'),
        init_span=(0.375, None),
        max_zoom=(1.35, 1.5),
        normalise_grad=None),
    cls_head=dict(
        type='TopKMaskedHead',
        num_classes=9,
        k=3,  # the members of a group
        alpha=1.0,
        dropout_ratio=0.0,
        topk=(1, 3),
        average_clips='prob'),
    test_cfg=dict(return_grid=True),  # for PlaceMetric
    data_preprocessor=dict(
        type='S2DNetDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375]))

train_cfg = dict(
    type='EpochBasedTrainLoop', max_epochs=24, val_begin=1, val_interval=2)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

# Pretrained weights train at a tenth of the rate: at the full rate stage 1
# unlearns the stripes before the new layers use them. f_theta's rate:
# docs/fidelity.md
optim_wrapper = dict(
    optimizer=dict(type='SGD', lr=0.05, momentum=0.9, weight_decay=1e-4),
    paramwise_cfg=dict(
        custom_keys={
            'neck': dict(lr_mult=0.001),
            'dnet.backbone': dict(lr_mult=0.1)
        }),
    clip_grad=dict(max_norm=20, norm_type=2))
param_scheduler = [
    dict(
        type='CosineRestartLR',
        periods=[6, 18],
        restart_weights=[1, 1],
        eta_min=0,
        by_epoch=True,
        convert_to_iter_based=True),
    # The first gradient of heat maps has a norm of 20, the later ones of 1 to
    # 5 (docs/telltale.md).
    dict(
        type='LinearLR',
        start_factor=0.01,
        by_epoch=True,
        begin=6,
        end=7,
        convert_to_iter_based=True)
]
auto_scale_lr = dict(enable=False, base_batch_size=32)
custom_hooks = [
    dict(type='TwoStageHook', switch_epoch=6),
    dict(type='FiniteGuardHook'),
    dict(type='SamplingStatisticsHook')
]
randomness = dict(seed=0)
default_hooks = dict(
    checkpoint=dict(max_keep_ckpts=1), logger=dict(interval=20))
