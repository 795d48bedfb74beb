# Paper: ActivityNet, 75.6 mAP at 24.6 G, with a selection in space (RS 0.4)
# that was not released; this config has none.
_base_ = [
    '../../_base_/models/afnet_r50.py',
    '../../_base_/datasets/activitynet_12segments.py',
    '../../_base_/schedules/afnet_50e.py',
    '../../_base_/default_runtime.py'
]

model = dict(
    cls_head=dict(num_classes=200),
    keep_ratio=dict(target=0.8))
