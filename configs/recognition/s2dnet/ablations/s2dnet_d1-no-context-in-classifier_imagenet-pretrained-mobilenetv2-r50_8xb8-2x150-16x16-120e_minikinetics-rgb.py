# Supplement, Tab. 2, d1: m after res3 and res4, not in the classifier.
# 74.1 top-1 at 18.0 G.
_base_ = (
    '../s2dnet_imagenet-pretrained-mobilenetv2-r50_'
    '8xb8-2x150-16x16-120e_minikinetics-rgb.py')

model = dict(cls_head=dict(context_channels=0))
