# Control: a window around the player's box, in space; uniform frames.
_base_ = (
    './s2dnet_imagenet-pretrained-efficientnetlite0-efficientnetlite0_'
    '1xb8-1x32-4x6-12e_tennis7-rgb.py')

model = dict(
    type='OracleS2DNet',
    # 96 of 144 rows and of 256 columns; half of the boxes are lower than 99
    # px and narrower than 48 px.
    neck=dict(
        _delete_=True,
        type='OracleSampler',
        axes=('space', ),
        stride=(1.0, 1.0)))
custom_hooks = [dict(type='FiniteGuardHook')]
