# AFNet on ResNet-50 (paper, Sec. 3; supplement, Tab. 7)
model = dict(
    type='AFNet',
    backbone=dict(
        type='AFResNet',
        depth=50,
        num_segments=12,
        # The authors' ImageNet weights (README of configs/recognition/afnet
        # says where they are). An ordinary ResNet does not fit the two
        # branches.
        init_cfg=dict(
            type='Pretrained', checkpoint='checkpoints/AF-ResNet50.pth.tar')),
    cls_head=dict(
        type='TSMHead',
        num_classes=400,
        in_channels=2048,
        num_segments=12,
        is_shift=False,  # TSMHead then only averages over the frames
        spatial_type='avg',
        consensus=dict(type='AvgConsensus', dim=1),
        dropout_ratio=0.5,  # authors' code
        init_std=0.001,  # authors' code
        average_clips='prob'),
    keep_ratio=dict(target=0.5, loss_weight=1.0),  # supplement, Sec. 1.2
    test_cfg=dict(return_masks=True),  # for KeepRatioMetric
    data_preprocessor=dict(
        type='ActionDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        format_shape='NCHW'))
