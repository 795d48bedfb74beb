# Not in the paper: Kinetics-400, X3D-S/X3D-M, with centres from heat maps.
# They learn at f_theta's rate, 0.1 of the others', which is not tuned for them.
_base_ = './s2dnet_x3d-s160-x3d-m_8xb8-2x150-16x16-150e_kinetics400-rgb.py'

model = dict(neck=dict(locator=dict(type='HeatmapLocator')))
