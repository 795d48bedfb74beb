# Not in the paper, which trains from scratch: both nets start from
# MMAction2's X3D-S and X3D-M.
_base_ = './s2dnet_x3d-s160-x3d-m_8xb8-2x150-16x16-150e_kinetics400-rgb.py'

zoo = 'https://download.openmmlab.com/mmaction/v1.0/recognition/x3d/facebook/'
model = dict(
    snet=dict(
        init_cfg=dict(
            type='Pretrained',
            checkpoint=f'{zoo}x3d_s_13x6x1_facebook-kinetics400-rgb_20201027-'
            '623825a0.pth')),
    dnet=dict(
        init_cfg=dict(
            type='Pretrained',
            checkpoint=f'{zoo}x3d_m_16x5x1_facebook-kinetics400-rgb_20201027-'
            '3f42382a.pth')))
