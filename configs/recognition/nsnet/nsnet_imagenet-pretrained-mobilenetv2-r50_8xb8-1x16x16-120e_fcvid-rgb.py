# NSNet on FCVID (83.9 mAP at 26.0 G)
_base_ = [
    '../../_base_/models/nsnet_mobilenetv2-r101.py',
    '../../_base_/datasets/fcvid_nsnet.py',
    '../../_base_/schedules/nsnet_120e.py',
    '../../_base_/default_runtime.py'
]

model = dict(
    sampler=dict(
        num_classes=239,
        init_cfg=dict(checkpoint='checkpoints/fcvid_tsn_mobilenetv2.pth')),
    recognizer=dict(
        backbone=dict(depth=50),
        cls_head=dict(num_classes=239),
        init_cfg=dict(checkpoint='checkpoints/fcvid_tsn_r50.pth')))
