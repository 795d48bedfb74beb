# The form that later papers quote, on UCF101
_base_ = [
    '../../_base_/models/scsampler_mobilenetv2-r50.py',
    '../../_base_/datasets/ucf101_frames.py',
    '../../_base_/schedules/scsampler_arnet_50e.py',
    '../../_base_/default_runtime.py'
]

model = dict(
    sampler=dict(num_classes=101),
    recognizer=dict(cls_head=dict(num_classes=101)))
