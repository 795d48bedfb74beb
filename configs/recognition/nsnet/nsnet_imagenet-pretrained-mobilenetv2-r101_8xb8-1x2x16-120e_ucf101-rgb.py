# NSNet on UCF101; its numbers are not in the supplement
_base_ = [
    '../../_base_/models/nsnet_mobilenetv2-r101.py',
    '../../_base_/datasets/ucf101_nsnet.py',
    '../../_base_/schedules/nsnet_120e.py',
    '../../_base_/default_runtime.py'
]

model = dict(
    sampler=dict(
        num_classes=101,
        init_cfg=dict(checkpoint='checkpoints/ucf101_tsn_mobilenetv2.pth')),
    recognizer=dict(
        cls_head=dict(num_classes=101),
        init_cfg=dict(checkpoint='checkpoints/ucf101_tsn_r101.pth')))
