# Supplement, Tab. 6: ActivityNet, addition in place of the dynamic fusion,
# 73.5 mAP.
_base_ = [
    '../../../_base_/models/afnet_r50.py',
    '../../../_base_/datasets/activitynet_12segments.py',
    '../../../_base_/schedules/afnet_50e.py',
    '../../../_base_/default_runtime.py'
]

model = dict(
    backbone=dict(fusion='add'),
    cls_head=dict(num_classes=200))
