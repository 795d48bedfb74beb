# Not in the paper: R18/R50, with centres from heat maps.
# Their rate is f_theta's, 0.1 of the others'; it is not tuned for them.
_base_ = (
    './s2dnet_imagenet-pretrained-r18-r50_'
    '8xb8-2x85-8x12-120e_sthv2-rgb.py')

model = dict(neck=dict(locator=dict(type='HeatmapLocator')))
