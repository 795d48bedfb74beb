# Paper, Tab. 2: Something-Something V1, 45.9 top-1 at 2.3 G.
_base_ = [
    '../../_base_/models/afnet_mobilenetv3.py',
    '../../_base_/datasets/sthv1_12segments.py',
    '../../_base_/schedules/afnet_mobilenetv3_55e.py',
    '../../_base_/default_runtime.py'
]

model = dict(
    cls_head=dict(num_classes=174),
    keep_ratio=dict(target=0.8, loss_weight=0.5))
val_evaluator = [*_base_.val_evaluator, dict(type='KeepRatioMetric')]
test_evaluator = val_evaluator
