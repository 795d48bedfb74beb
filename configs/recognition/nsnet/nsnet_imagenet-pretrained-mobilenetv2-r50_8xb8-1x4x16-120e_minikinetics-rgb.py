# NSNet on Mini-Kinetics (73.6 % at 18.1 G); the extractor sees 112 px
_base_ = [
    '../../_base_/models/nsnet_mobilenetv2-r101.py',
    '../../_base_/datasets/minikinetics_nsnet.py',
    '../../_base_/schedules/nsnet_120e.py',
    '../../_base_/default_runtime.py'
]

model = dict(
    sampler=dict(
        size=112,
        init_cfg=dict(checkpoint='checkpoints/minikinetics_tsn_mobilenetv2.pth')),
    recognizer=dict(
        backbone=dict(depth=50),
        init_cfg=dict(checkpoint='checkpoints/minikinetics_tsn_r50.pth')),
    select=dict(k=4))  # gives the multiply-adds that are quoted
