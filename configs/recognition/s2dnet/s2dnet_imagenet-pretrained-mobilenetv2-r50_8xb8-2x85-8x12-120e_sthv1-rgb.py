# Paper, Tab. 3b: Something-Something V1, 49.7 top-1 at 22 G.
# 2x85: every 2nd frame, at most 85; 8x12: 8 synopsis, 12 detail frames.
_base_ = [
    '../../_base_/models/s2dnet_mobilenetv2-tsm_r50-tsm.py',
    '../../_base_/datasets/sthv1.py',
    '../../_base_/schedules/s2dnet_120e.py',
    '../../_base_/default_runtime.py'
]

model = dict(cls_head=dict(num_classes=174))
