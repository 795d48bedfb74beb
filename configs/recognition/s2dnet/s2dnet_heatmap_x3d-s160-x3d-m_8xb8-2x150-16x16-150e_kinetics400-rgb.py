# Not in the paper: Kinetics-400, X3D-S/X3D-M, with centres from heat maps.
# Their rate is f_theta's, 0.1 of the others'; it is not tuned for them.
_base_ = './s2dnet_x3d-s160-x3d-m_8xb8-2x150-16x16-150e_kinetics400-rgb.py'

model = dict(neck=dict(locator=dict(type='HeatmapLocator')))
