# The FS branch alone (supplement, Tab. 1, labels by prototypes: 74.7 mAP; that
# it is this branch alone is our reading)
_base_ = (
    '../nsnet_imagenet-pretrained-mobilenetv2-r101_8xb8-1x16x16-120e_'
    'activitynet-rgb.py')

model = dict(
    sampler=dict(weights=dict(vg=0)),
    select=dict(_delete_=True, type='TopK', k=5, score='fs'))
