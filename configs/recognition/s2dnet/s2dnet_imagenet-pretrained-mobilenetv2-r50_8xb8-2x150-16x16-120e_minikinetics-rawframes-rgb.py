# Paper, Tab. 3a, on raw frames instead of video files.
_base_ = [
    '../../_base_/models/s2dnet_mobilenetv2-tsm_r50-tsm.py',
    '../../_base_/datasets/minikinetics_rawframes.py',
    '../../_base_/schedules/s2dnet_120e.py',
    '../../_base_/default_runtime.py'
]

# T_S = T_D = 16, H_S = W_S = 144, H_D = W_D = 112 (Sec. 4.4)
model = dict(
    snet=dict(num_frames=16, backbone=dict(num_segments=16)),
    dnet=dict(num_frames=16, size=112, backbone=dict(num_segments=16)),
    cls_head=dict(num_classes=200))
