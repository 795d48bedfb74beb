# Paper, Tab. 1: Kinetics-400, X3D-S/X3D-XL, 80.6 top-1 at 39 G x 3 views.
# Sizes of the text (Sec. 4.2), 224 and 144. They cost less than 39 G
# (docs/fidelity.md).
_base_ = './s2dnet_x3d-s160-x3d-m_8xb8-2x150-16x16-150e_kinetics400-rgb.py'

# Widths and depths of X3D-XL: Feichtenhofer, CVPR 2020, Tab. 3
model = dict(
    snet=dict(size=224),
    dnet=dict(
        backbone=dict(
            _delete_=True,
            type='X3DStages',
            stem_channels=32,
            stage_channels=(32, 72, 136, 280),
            stage_blocks=(5, 10, 25, 15))))
