# AFNet on ResNet-101 (supplement, Tab. 2)
_base_ = './afnet_r50.py'

model = dict(
    backbone=dict(
        depth=101,
        init_cfg=dict(checkpoint='checkpoints/AF-ResNet101.pth.tar')))
