# SCSampler as later papers quote it, on Mini-Kinetics (70.8 % at 42 G)
_base_ = [
    '../../_base_/models/scsampler_mobilenetv2-r50.py',
    '../../_base_/datasets/minikinetics_frames.py',
    '../../_base_/schedules/scsampler_arnet_50e.py',
    '../../_base_/default_runtime.py'
]
