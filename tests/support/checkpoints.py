"""Files of single networks, as the zoos publish them."""

import copy

import torch
from mmaction.registry import MODELS

from s2dnet_mmaction.models.common.checkpoints import plain_name

# The networks of the zoo, full size; NCHW ones with 3 frames.
FILES = {
    'tsm-r50': (dict(
        type='ResNetTSM', depth=50, num_segments=3, shift_div=8,
        pretrained2d=False), 'NCHW', 2048),
    'tsm-mobilenetv2': (dict(
        type='MobileNetV2TSM', num_segments=3, shift_div=8,
        pretrained2d=False), 'NCHW', 1280),
    # X3D-S and X3D-M are one network.
    'x3d': (dict(type='X3D', gamma_w=1, gamma_b=2.25, gamma_d=2.2), 'NCTHW',
            432),
}


def randomise(model):
    """Numbers in every entry, so that none is right by its default."""
    generator = torch.Generator().manual_seed(1)
    for value in model.state_dict().values():
        if value.is_floating_point():
            noise = torch.rand(value.shape, generator=generator)
            value.copy_(0.5 + noise if value.dim() == 1 else
                        (noise - 0.5) * (12 / value[0].numel())**0.5)
    return model


def recognizer(name, num_classes=7):
    """MMAction2's recognizer with one of FILES."""
    backbone, input_format, channels = FILES[name]
    if input_format == 'NCHW':
        head = dict(type='TSMHead', num_segments=3, is_shift=True)
    else:
        head = dict(type='X3DHead')
    head.update(
        num_classes=num_classes, in_channels=channels, average_clips='prob')
    return randomise(
        MODELS.build(
            dict(
                type='Recognizer2D'
                if input_format == 'NCHW' else 'Recognizer3D',
                backbone=copy.deepcopy(backbone),
                cls_head=head,
                data_preprocessor=dict(
                    type='ActionDataPreprocessor',
                    mean=[0., 0., 0.],
                    std=[1., 1., 1.],
                    format_shape=input_format))))


def zoo_file(model, path):
    """As the zoo publishes it: weights and meta, on the CPU."""
    torch.save(dict(meta=dict(epoch=50), state_dict=model.state_dict()), path)
    return str(path)


def net(kind, name, **init):
    backbone = copy.deepcopy(FILES[name][0])
    built = MODELS.build(
        dict(
            type=kind,
            num_frames=3,
            size=64,
            backbone=backbone,
            init_cfg=dict(type='Pretrained', **init)))
    built.init_weights()
    built.eval()
    return built


def torchvision_state(depth, path):
    """Keys of torchvision's ResNets; derived here by their layout."""
    backbone = MODELS.build(
        dict(type='ResNet', depth=depth, norm_eval=False))
    weights = {
        plain_name(name): value
        for name, value in randomise(backbone).state_dict().items()
    }
    assert 'layer1.0.bn1.running_var' in weights
    assert 'layer2.0.downsample.0.weight' in weights
    assert 'bn1.weight' in weights and 'conv1.weight' in weights
    channels = 2048 if depth == 50 else 512
    weights['fc.weight'] = torch.rand(1000, channels)
    weights['fc.bias'] = torch.rand(1000)
    torch.save(weights, path)
    return backbone, str(path)
