# Paper, Tab. 2c, c3: space frozen. 74.0 top-1 at 17.9 G.
_base_ = (
    '../s2dnet_imagenet-pretrained-mobilenetv2-r50_'
    '8xb8-2x150-16x16-120e_minikinetics-rgb.py')

model = dict(neck=dict(axes=('time', )))
