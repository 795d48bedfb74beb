# Supplement, Tab. 2, d3: m after res4 and in the classifier.
# 74.2 top-1 at 18.0 G.
_base_ = (
    '../s2dnet_imagenet-pretrained-mobilenetv2-r50_'
    '8xb8-2x150-16x16-120e_minikinetics-rgb.py')

model = dict(dnet=dict(fusion_stages=('res4', )))
