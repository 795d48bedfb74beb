# Supplement, Sec. 2: s is p itself instead of k-hot; 1.2 less than hard.
_base_ = (
    '../s2dnet_imagenet-pretrained-mobilenetv2-r50_'
    '8xb8-2x150-16x16-120e_minikinetics-rgb.py')

model = dict(cls_head=dict(topk_mode='soft'))
