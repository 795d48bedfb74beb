# The form that later papers quote (AR-Net's re-implementation): MobileNetV2
# scores 16 frames, ResNet-50 sees the 10 best.
model = dict(
    type='SampledRecognizer',
    sampler=dict(
        type='ClipSampler',
        backbone=dict(type='MobileNetV2'),
        num_classes=200,
        # cross-entropy of the mean logits of a video (AR-Net)
        objective=dict(type='ActionObjective', over='video'),
        num_frames=1,
        size=84,
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        init_cfg=dict(
            type='Pretrained',
            checkpoint='mmcls://mobilenet_v2',
            classifier=False)),
    # Trained first, with the same schedule; it then stays as it is. In AR-Net
    # the statistics of its norms went on drifting.
    recognizer=dict(
        type='Recognizer2D',
        backbone=dict(type='ResNet', depth=50, norm_eval=False),
        cls_head=dict(
            type='TSNHead',
            num_classes=200,
            in_channels=2048,
            spatial_type='avg',
            consensus=dict(type='AvgConsensus', dim=1),
            dropout_ratio=0.5,
            init_std=0.001,
            average_clips='prob'),
        data_preprocessor=dict(
            type='ActionDataPreprocessor',
            mean=[123.675, 116.28, 103.53],
            std=[58.395, 57.12, 57.375],
            format_shape='NCHW'),
        init_cfg=dict(
            type='Pretrained', checkpoint='checkpoints/tsn_r50_16.pth')),
    select=dict(type='TopK', k=10))
