# Paper, Tab. 2b, b1: theta frozen, m not fused. 70.7 top-1 at 17.5 G.
_base_ = (
    '../s2dnet_imagenet-pretrained-mobilenetv2-r50_'
    '8xb8-2x150-16x16-120e_minikinetics-rgb.py')

model = dict(dnet=dict(fusion_stages=()), neck=dict(axes=()))
