# torchvision's MC3-18 (3D convolutions up to the first stage), and its weights
# for Kinetics-400 as tools/model_converters/convert_torchvision_video.py
# writes them
recognizer = dict(
    type='Recognizer3D',
    backbone=dict(
        type='ResNet3d',
        depth=18,
        pretrained=None,
        pretrained2d=False,
        conv1_kernel=(3, 7, 7),
        conv1_stride_t=1,
        conv1_stride_s=2,
        with_pool1=False,
        with_pool2=False,
        inflate=(1, 0, 0, 0),
        spatial_strides=(1, 2, 2, 2),
        temporal_strides=(1, 1, 1, 1),
        norm_eval=False,
        zero_init_residual=False),
    cls_head=dict(
        type='I3DHead',
        num_classes=400,
        in_channels=512,
        spatial_type='avg',
        dropout_ratio=0.5,
        init_std=0.01,
        average_clips='prob'),
    # torchvision's mean and std, of 0..255
    data_preprocessor=dict(
        type='ActionDataPreprocessor',
        mean=[110.2008, 100.63983, 95.99475],
        std=[58.14765, 56.46975, 55.332195],
        format_shape='NCTHW'),
    init_cfg=dict(type='Pretrained', checkpoint='checkpoints/mc3_18.pth'))
