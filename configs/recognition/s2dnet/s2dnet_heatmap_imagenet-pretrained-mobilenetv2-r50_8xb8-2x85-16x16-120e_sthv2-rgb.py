# Not in the paper: Something-Something V2 16/16, with centres from heat maps.
# Their rate is f_theta's, 0.1 of the others'; it is not tuned for them.
_base_ = (
    './s2dnet_imagenet-pretrained-mobilenetv2-r50_8xb8-2x85-16x16-120e_'
    'sthv2-rgb.py')

model = dict(neck=dict(locator=dict(type='HeatmapLocator')))
