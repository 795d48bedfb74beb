# Not in the paper: TSM ResNet-18 as synopsis net instead of MobileNetV2.
_base_ = (
    './s2dnet_imagenet-pretrained-mobilenetv2-r50_8xb8-2x85-8x12-120e_'
    'sthv2-rgb.py')

model = dict(
    snet=dict(
        backbone=dict(
            _delete_=True,
            type='ResNetTSM',
            depth=18,
            num_segments=8,
            shift_div=8,
            norm_eval=False,
            pretrained2d=False),
        init_cfg=dict(
            checkpoint='https://download.pytorch.org/models/resnet18-f37072fd'
            '.pth')))
