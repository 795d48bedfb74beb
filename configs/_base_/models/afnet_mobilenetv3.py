# AFNet on MobileNetV3-Large (supplement, Tab. 2), with temporal shift as in
# the authors' code
_base_ = './afnet_r50.py'

model = dict(
    backbone=dict(
        _delete_=True,
        type='AFMobileNetV3',
        num_segments=12,
        init_cfg=dict(
            type='Pretrained',
            checkpoint='checkpoints/AF-MobileNetv3.pth.tar')),
    cls_head=dict(
        type='MobileNetV3Head',
        in_channels=960,
        init_std=0.01))  # authors' code
