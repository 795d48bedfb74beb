# Supplement, Tab. 1: linear filter in time, Gaussian in space. 62.6 top-1.
_base_ = (
    '../s2dnet_imagenet-pretrained-mobilenetv2-r50_8xb8-2x85-8x12-120e_'
    'sthv2-rgb.py')

model = dict(neck=dict(temporal='linear'))
