"""Small configs that the tests share; every part is the real one."""

import copy

import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.registry import init_default_scope

NUM_CLASSES = 6
RESNET = dict(
    type='ResNet',
    depth=18,
    num_stages=2,
    strides=(1, 2),
    dilations=(1, 1),
    out_indices=(1, ))
MODEL = dict(
    type='S2DNet',
    snet=dict(type='SNet', num_frames=3, size=16, backbone=RESNET),
    context=dict(
        type='ContextualFeatures', out_channels=8, dropout_ratio=0.0),
    dnet=dict(
        type='DNet',
        num_frames=4,
        size=(16, 20),
        fusion_stages=('layer1', ),
        backbone=RESNET),
    neck=dict(type='DetailSampler', normalise_grad='batch'),
    cls_head=dict(
        type='TopKMaskedHead',
        num_classes=NUM_CLASSES,
        k=3,
        dropout_ratio=0.0),
    data_preprocessor=dict(
        type='S2DNetDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375]))
MOBILENET_TSM = dict(
    type='MobileNetV2TSM',
    num_segments=3,
    widen_factor=0.25,
    pretrained2d=False)
RESNET_TSM = dict(
    type='ResNetTSM', depth=18, num_segments=4, pretrained2d=False)
X3D = dict(type='X3D', gamma_w=0.35, gamma_b=1.5, gamma_d=1.0)


def model_config(**changes):
    """MODEL with some parts' options changed, e.g. neck=dict(var=2)."""
    config = copy.deepcopy(MODEL)
    for name, value in changes.items():
        if isinstance(value, dict) and isinstance(config.get(name), dict):
            config[name] = {**config[name], **value}
        else:
            config[name] = value
    return config


def build(seed=0, **changes):
    """Build the tiny model with reproducible weights."""
    init_default_scope('mmaction')
    torch.manual_seed(seed)
    model = MODELS.build(model_config(**changes))
    model.init_weights()
    return model


def batch(lengths=(7, 5), views=1, size=(24, 28), seed=0, labels=None):
    """What a dataloader gives: uint8 videos of unequal length."""
    generator = torch.Generator().manual_seed(seed)
    inputs, samples = [], []
    for i, length in enumerate(lengths):
        inputs.append(
            torch.randint(
                0,
                256, (views, 3, length, *size),
                dtype=torch.uint8,
                generator=generator))
        label = i % NUM_CLASSES if labels is None else labels[i]
        samples.append(ActionDataSample().set_gt_label(label))
    return dict(inputs=inputs, data_samples=samples)


def run(model, mode, data, training=False):
    """One pass through preprocessor and model."""
    data = model.data_preprocessor(
        dict(inputs=list(data['inputs']),
             data_samples=copy.deepcopy(data['data_samples'])), training)
    return model(**data, mode=mode)


def write_checkpoint(path, classes=None):
    """Weights of the tiny model, whose theta differs by video."""
    model = build()
    open_up(model)
    meta = {} if classes is None else dict(dataset_meta=dict(classes=classes))
    torch.save(dict(state_dict=model.state_dict(), meta=meta), path)


def open_up(model, scale=0.5, seed=0):
    """Move the locator away from 0, so that theta differs by video."""
    generator = torch.Generator().manual_seed(seed)
    for name, layer in model.neck.locator.named_modules():
        if not name.startswith(('fcs', 'maps')) or not hasattr(
                layer, 'weight'):
            continue
        with torch.no_grad():
            layer.weight.normal_(std=scale / layer.weight[0].numel()**0.5,
                                 generator=generator)
            if layer.bias is not None:
                layer.bias.normal_(std=scale, generator=generator)
