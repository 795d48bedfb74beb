# Supplement, Tab. 2: 75.3 mAP
_base_ = (
    '../nsnet_imagenet-pretrained-mobilenetv2-r101_8xb8-1x16x16-120e_'
    'activitynet-rgb.py')

model = dict(
    select=dict(_delete_=True, type='Fusion', k=5, how='add'))
