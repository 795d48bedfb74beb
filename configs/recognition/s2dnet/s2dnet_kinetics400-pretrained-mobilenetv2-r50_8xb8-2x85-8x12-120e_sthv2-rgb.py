# Not in the paper: both nets start from MMAction2's TSM of Kinetics-400.
_base_ = (
    './s2dnet_imagenet-pretrained-mobilenetv2-r50_8xb8-2x85-8x12-120e_'
    'sthv2-rgb.py')

zoo = 'https://download.openmmlab.com/mmaction/v1.0/recognition/'
model = dict(
    snet=dict(
        init_cfg=dict(
            checkpoint=f'{zoo}tsm/tsm_imagenet-pretrained-mobilenetv2_8xb16-'
            '1x1x8-100e_kinetics400-rgb/tsm_imagenet-pretrained-mobilenetv2_'
            '8xb16-1x1x8-100e_kinetics400-rgb_20230414-401127fd.pth')),
    dnet=dict(
        init_cfg=dict(
            checkpoint=f'{zoo}tsm/tsm_imagenet-pretrained-r50_8xb16-1x1x8-'
            '50e_kinetics400-rgb/tsm_imagenet-pretrained-r50_8xb16-1x1x8-50e_'
            'kinetics400-rgb_20220831-64d69186.pth')))
