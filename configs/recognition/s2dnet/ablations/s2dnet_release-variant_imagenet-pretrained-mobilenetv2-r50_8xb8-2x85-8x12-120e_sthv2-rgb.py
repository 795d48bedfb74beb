# The authors' release where it differs from the paper (docs/fidelity.md).
# The errors that stop its own forward pass are repaired.
_base_ = (
    '../s2dnet_imagenet-pretrained-mobilenetv2-r50_8xb8-2x85-8x12-120e_'
    'sthv2-rgb.py')

model = dict(
    snet=dict(resize_mode='nearest'),
    context=dict(norm_cfg=None),
    dnet=dict(norm_cfg=None),
    neck=dict(
        locator=dict(
            type='LocationScale', trunk='mlp', space_follows_time=True),
        init_span=(1.0, 1.0),
        normalise_grad=None),
    cls_head=dict(append_topk=True, loss='plain', label_smooth_eps=0.1))

# Biases and norms are in other layers than in the base config: 2 x lr and no
# decay for biases of convolutions, 10 x for those of FCs, 0.1 x for f_theta.
optim_wrapper = dict(
    paramwise_cfg=dict(
        custom_keys={
            'context.fc.bias':
            dict(lr_mult=10, decay_mult=0),
            'neck.locator.reduce.conv.bias':
            dict(lr_mult=0.1, decay_mult=0),
            'neck.locator.trunk.1':
            dict(lr_mult=0.1, decay_mult=0),
            'neck.locator.trunk.3':
            dict(_delete_=True, lr_mult=0.1),
            'neck.locator.trunk.3.bias':
            dict(lr_mult=0.1, decay_mult=0),
            'neck.locator.trunk.4':
            dict(lr_mult=0.1, decay_mult=0),
            'neck.locator.trunk.6.bias':
            dict(lr_mult=0.1, decay_mult=0),
            'neck.locator.trunk.7':
            dict(lr_mult=0.1, decay_mult=0),
            'neck.locator.fcs.time.1.bias':
            dict(lr_mult=0.1, decay_mult=0),
            'neck.locator.fcs.space.1.bias':
            dict(lr_mult=0.1, decay_mult=0)
        }))
