# Paper, Tab. 1: Jester, 89.2 top-1.
_base_ = [
    '../../_base_/models/afnet_r50.py',
    '../../_base_/datasets/jester_8segments.py',
    '../../_base_/schedules/afnet_55e.py',
    '../../_base_/default_runtime.py'
]

model = dict(
    backbone=dict(num_segments=8),
    cls_head=dict(num_classes=27, num_segments=8),
    keep_ratio=dict(loss_weight=0.5))
val_evaluator = [*_base_.val_evaluator, dict(type='KeepRatioMetric')]
test_evaluator = val_evaluator
