# Supplement, Tab. 4: soft weights, Something-Something V1, 27.0 top-1.
_base_ = [
    '../../../_base_/models/afnet_r50.py',
    '../../../_base_/datasets/sthv1_8segments.py',
    '../../../_base_/schedules/afnet_55e.py',
    '../../../_base_/default_runtime.py'
]

model = dict(
    backbone=dict(num_segments=8, gate='soft'),
    cls_head=dict(num_classes=174, num_segments=8),
    keep_ratio=None)
custom_hooks = []  # no temperature, no target
val_evaluator = [*_base_.val_evaluator, dict(type='KeepRatioMetric')]
test_evaluator = val_evaluator
