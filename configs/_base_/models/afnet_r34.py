# AFNet on the basic blocks of ResNet-34 (supplement, Tab. 1). There are no
# ImageNet weights of it.
_base_ = './afnet_r50.py'

model = dict(
    backbone=dict(depth=34, init_cfg=None), cls_head=dict(in_channels=512))
