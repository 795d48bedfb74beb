# S2DNet MN2/R50: TSM MobileNetV2 as synopsis net, TSM ResNet-50 as detail net
# (paper, Sec. 3.3). Frames and sizes: Something-Something (Sec. 4.4).
model = dict(
    type='S2DNet',
    snet=dict(
        type='SNet',
        num_frames=8,  # T_S
        size=144,  # H_S = W_S
        backbone=dict(
            type='MobileNetV2TSM',
            num_segments=8,
            shift_div=8,
            pretrained2d=False),
        # ImageNet (supplement, Sec. 3)
        init_cfg=dict(
            type='Pretrained',
            checkpoint='https://download.openmmlab.com/mmclassification/v0/'
            'mobilenet_v2/mobilenet_v2_batch256_imagenet_20200708-3b2dc3af.pth'
        )),
    context=dict(type='ContextualFeatures', out_channels=256),  # C_m, 4.1
    dnet=dict(
        type='DNet',
        num_frames=12,  # T_D
        size=144,  # H_D = W_D
        # supplement, Tab. 2, d0
        fusion_stages=('res3', 'res4'),
        backbone=dict(
            type='ResNetTSM',
            depth=50,
            num_segments=12,
            shift_div=8,
            norm_eval=False,
            pretrained2d=False),
        # ImageNet, torchvision's file; its URL needs no torchvision.
        init_cfg=dict(
            type='Pretrained',
            checkpoint='https://download.pytorch.org/models/resnet50-0676ba61'
            '.pth')),
    # As the release, which clips all gradients at 20 (schedules). With the
    # supplement's normalisation as well, hardly anything but f_theta would
    # train in stage 2 (docs/fidelity.md).
    neck=dict(type='DetailSampler', normalise_grad=None),
    cls_head=dict(
        type='TopKMaskedHead',
        num_classes=400,
        k=5,  # Sec. 4.1
        alpha=0.1,  # Sec. 4.1
        dropout_ratio=0.5,  # supplement, Sec. 3
        average_clips='prob'),
    data_preprocessor=dict(
        type='S2DNetDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375]))
