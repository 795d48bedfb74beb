# SCSampler as later papers quote it, on ActivityNet (72.9 mAP; 41.7 G)
_base_ = [
    '../../_base_/models/scsampler_mobilenetv2-r50.py',
    '../../_base_/datasets/activitynet_frames.py',
    '../../_base_/schedules/scsampler_arnet_50e.py',
    '../../_base_/default_runtime.py'
]
