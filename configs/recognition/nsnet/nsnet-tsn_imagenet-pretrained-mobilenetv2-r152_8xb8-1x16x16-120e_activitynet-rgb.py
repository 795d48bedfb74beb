# NSNet on ActivityNet with ResNet-152 (supplement, Tab. 4: 83.0 mAP)
_base_ = [
    '../../_base_/models/nsnet_mobilenetv2-r101.py',
    '../../_base_/datasets/activitynet_nsnet.py',
    '../../_base_/schedules/nsnet_120e.py',
    '../../_base_/default_runtime.py'
]

model = dict(
    sampler=dict(
        init_cfg=dict(checkpoint='checkpoints/activitynet_tsn_mobilenetv2.pth')),
    recognizer=dict(
        backbone=dict(depth=152),
        init_cfg=dict(checkpoint='checkpoints/activitynet_tsn_r152.pth')))
