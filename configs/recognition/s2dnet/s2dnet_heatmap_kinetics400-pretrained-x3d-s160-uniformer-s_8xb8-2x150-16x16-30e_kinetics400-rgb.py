# Not in the paper: X3D-S/UniFormer-S, with centres from heat maps.
# Their rate is f_theta's, 0.1 of the others'; it is not tuned for them.
_base_ = (
    './s2dnet_kinetics400-pretrained-x3d-s160-uniformer-s_'
    '8xb8-2x150-16x16-30e_kinetics400-rgb.py')

model = dict(neck=dict(locator=dict(type='HeatmapLocator')))
