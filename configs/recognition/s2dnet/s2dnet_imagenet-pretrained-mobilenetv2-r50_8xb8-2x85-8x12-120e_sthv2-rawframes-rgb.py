# Paper, Tab. 3b, on raw frames instead of video files.
_base_ = [
    '../../_base_/models/s2dnet_mobilenetv2-tsm_r50-tsm.py',
    '../../_base_/datasets/sthv2_rawframes.py',
    '../../_base_/schedules/s2dnet_120e.py',
    '../../_base_/default_runtime.py'
]

model = dict(cls_head=dict(num_classes=174))
