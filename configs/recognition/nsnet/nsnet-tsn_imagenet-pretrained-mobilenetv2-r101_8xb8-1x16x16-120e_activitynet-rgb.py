# NSNet on ActivityNet with a TSN as recognizer (supplement, Tab. 4: 80.8 mAP)
_base_ = (
    './nsnet_imagenet-pretrained-mobilenetv2-r101_8xb8-1x16x16-120e_'
    'activitynet-rgb.py')

model = dict(
    recognizer=dict(
        init_cfg=dict(checkpoint='checkpoints/activitynet_tsn_r101.pth')))
