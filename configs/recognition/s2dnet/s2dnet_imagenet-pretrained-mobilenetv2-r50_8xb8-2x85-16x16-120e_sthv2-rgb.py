# Paper, Tab. 1: Something-Something V2, 66.4 top-1 at 35 G.
_base_ = (
    './s2dnet_imagenet-pretrained-mobilenetv2-r50_8xb8-2x85-8x12-120e_'
    'sthv2-rgb.py')

# T_S = T_D = 16, H_S = W_S = 224, H_D = W_D = 144 (Sec. 4.2)
model = dict(
    snet=dict(num_frames=16, size=224, backbone=dict(num_segments=16)),
    dnet=dict(num_frames=16, backbone=dict(num_segments=16)))
