# NSNet (docs/nsnet.md): MobileNetV2 scores 16 frames, ResNet-101 sees the 5
# best. T, K and 3 layers are not in the supplement; they give the paper's
# multiply-adds.
model = dict(
    type='SampledRecognizer',
    sampler=dict(
        type='NSNetSampler',
        backbone=dict(type='MobileNetV2'),
        num_classes=200,
        frames_of_video=16,
        size=224,
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        # Layers and heads are ours; dropout and hidden sizes are those of the
        # supplement (A.1), and the defaults.
        encoder=dict(num_layers=3, num_heads=8, dropout_ratio=0.2),
        glimpse=dict(attention_dropout_ratio=0.2, dropout_ratio=0.9),
        # A TSN of the extractor, trained on the data set before (ours)
        freeze_extractor=True,
        init_cfg=dict(
            type='Pretrained',
            checkpoint='checkpoints/activitynet_tsn_mobilenetv2.pth',
            classifier=False)),
    # Trained before, on a single frame of each video (supplement, Tab. 4: "w/o
    # TSN"); it stays as it is.
    recognizer=dict(
        type='Recognizer2D',
        backbone=dict(type='ResNet', depth=101, norm_eval=False),
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
            type='Pretrained', checkpoint='checkpoints/activitynet_r101.pth')),
    # Union with alpha = 0.6 (supplement, A.3)
    select=dict(type='Fusion', k=5, how='union', alpha=0.6))
