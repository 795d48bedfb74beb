# Supplement, Tab. 6: ActivityNet, dynamic fusion and exponential decay, 74.3
# mAP.
_base_ = [
    '../../_base_/models/afnet_r50.py',
    '../../_base_/datasets/activitynet_12segments.py',
    '../../_base_/schedules/afnet_50e.py',
    '../../_base_/default_runtime.py'
]

model = dict(
    cls_head=dict(num_classes=200))
