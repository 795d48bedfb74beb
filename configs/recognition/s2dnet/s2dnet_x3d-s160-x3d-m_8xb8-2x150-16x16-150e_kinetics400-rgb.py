# Paper, Tab. 1: Kinetics-400, X3D-S/X3D-M, 78.0 top-1 at 5.4 G x 3 views.
# Synopsis of 160 x 160, X3D-S's own size, which matches the 5.4 G.
_base_ = [
    '../../_base_/models/s2dnet_x3d-s_x3d-m.py',
    '../../_base_/datasets/kinetics400.py',
    '../../_base_/schedules/s2dnet_150e.py',
    '../../_base_/default_runtime.py'
]
