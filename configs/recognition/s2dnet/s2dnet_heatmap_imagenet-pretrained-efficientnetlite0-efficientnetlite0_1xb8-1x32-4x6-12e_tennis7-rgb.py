# S2DNet on tennis7 whose centres are expectations over heat maps of the
# synopsis. Their rate is that of Telltale, 0.1 of the others'.
_base_ = (
    './s2dnet_imagenet-pretrained-efficientnetlite0-efficientnetlite0_'
    '1xb8-1x32-4x6-12e_tennis7-rgb.py')

model = dict(
    neck=dict(locator=dict(_delete_=True, type='HeatmapLocator')))
optim_wrapper = dict(
    paramwise_cfg=dict(custom_keys=dict(neck=dict(lr_mult=0.1))))
