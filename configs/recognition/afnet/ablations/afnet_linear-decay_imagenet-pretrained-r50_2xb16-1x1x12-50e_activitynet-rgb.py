# Supplement, Tab. 6: ActivityNet, linear decay of the temperature, 73.8 mAP.
_base_ = [
    '../../../_base_/models/afnet_r50.py',
    '../../../_base_/datasets/activitynet_12segments.py',
    '../../../_base_/schedules/afnet_50e.py',
    '../../../_base_/default_runtime.py'
]

model = dict(
    cls_head=dict(num_classes=200))
custom_hooks = [
    dict(
        type='AFScheduleHook',
        end_epoch=50,
        decay='linear',
        ratio_begin=10,
        ratio_end=20)
]
