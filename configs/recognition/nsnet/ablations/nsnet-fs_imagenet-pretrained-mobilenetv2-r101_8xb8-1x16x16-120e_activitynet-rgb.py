# The FS branch alone
_base_ = (
    '../nsnet_imagenet-pretrained-mobilenetv2-r101_8xb8-1x16x16-120e_'
    'activitynet-rgb.py')

model = dict(
    sampler=dict(weights=dict(vg=0)),
    select=dict(_delete_=True, type='TopK', k=5, score='fs'))
