# Paper, Tab. 1: Kinetics-400, X3D-S/X3D-M, with the synopsis of 224 x 224 of
# the text (Sec. 4.2). X3D-S alone is 4.9 G at that size.
_base_ = './s2dnet_x3d-s160-x3d-m_8xb8-2x150-16x16-150e_kinetics400-rgb.py'

model = dict(snet=dict(size=224))
