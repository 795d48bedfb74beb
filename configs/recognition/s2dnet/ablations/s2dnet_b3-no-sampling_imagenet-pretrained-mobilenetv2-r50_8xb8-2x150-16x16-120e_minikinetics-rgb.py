# Paper, Tab. 2b, b3, and Tab. 2c, c1: theta frozen, the centre crop of uniform
# frames. 71.7 top-1 at 17.6 G.
_base_ = (
    '../s2dnet_imagenet-pretrained-mobilenetv2-r50_'
    '8xb8-2x150-16x16-120e_minikinetics-rgb.py')

model = dict(neck=dict(axes=()))
