# Paper, Tab. 1: X3D-S/X3D-M, on raw frames instead of video files.
_base_ = [
    '../../_base_/models/s2dnet_x3d-s_x3d-m.py',
    '../../_base_/datasets/kinetics400_rawframes.py',
    '../../_base_/schedules/s2dnet_150e.py',
    '../../_base_/default_runtime.py'
]
