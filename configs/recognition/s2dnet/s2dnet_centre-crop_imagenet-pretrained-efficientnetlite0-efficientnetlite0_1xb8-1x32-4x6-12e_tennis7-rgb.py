# Control: the frozen sampler, a centre crop of uniform frames.
_base_ = (
    './s2dnet_imagenet-pretrained-efficientnetlite0-efficientnetlite0_'
    '1xb8-1x32-4x6-12e_tennis7-rgb.py')

model = dict(neck=dict(_delete_=True, type='DetailSampler', axes=()))
custom_hooks = [dict(type='FiniteGuardHook')]
