"""A real network of another package, with its real ImageNet weights."""

import copy

import numpy as np
import pytest
import torch
from matplotlib.cbook import get_sample_data
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from PIL import Image

from s2dnet_mmaction.analysis.complexity import count_macs
from tests.support import glints, tiny

CONFIG = Config.fromfile(
    glints.ROOT / 'configs/recognition/s2dnet/'
    's2dnet_imagenet-pretrained-efficientnetlite0-efficientnetlite0_8xb8-'
    '2x85-8x12-120e_sthv2-rgb.py')
MILITARY_UNIFORM = 652  # class of ImageNet


@pytest.fixture(autouse=True)
def scope():
    init_default_scope('mmaction')
    torch.manual_seed(0)


def net(size, **options):
    """The net that the config has twice, but for its sizes."""
    known = copy.deepcopy(CONFIG.model.snet.to_dict())
    known['backbone']['net']['image_size'] = size
    del known['type']
    return {**known, 'size': size, **options}


def photo():
    """Grace Hopper, 1984, in a video of two frames (1, 3, 2, 224, 224)."""
    with get_sample_data('grace_hopper.jpg') as file:
        image = Image.open(file).convert('RGB').crop((0, 0, 512, 512))
    pixels = np.array(image.resize((224, 224), Image.BICUBIC))
    frame = torch.from_numpy(pixels).permute(2, 0, 1)
    return frame[None, :, None].repeat(1, 1, 2, 1, 1)


@pytest.mark.parametrize('kind', ['SNet', 'DNet'])
def test_photograph(kind):
    """Weights, classifier and preprocessing fit together."""
    part = net(224, type=kind, num_frames=2, temporal_shift=None)
    model = MODELS.build(
        dict(
            type='S2DNetBranch',
            backbone=part,
            # Gaussians would blur the pixels.
            neck=None if kind == 'SNet' else dict(
                type='DetailSampler', axes=(), temporal='linear',
                spatial='linear'),
            cls_head=dict(type='I3DHead', num_classes=1000,
                          average_clips='prob'),
            data_preprocessor=CONFIG.model.data_preprocessor))
    model.init_weights()
    model.eval()
    with torch.no_grad():
        sample, = model.test_step(
            dict(inputs=[photo()], data_samples=[ActionDataSample()]))
    assert sample.pred_label.item() == MILITARY_UNIFORM
    assert sample.pred_score[MILITARY_UNIFORM] > 0.3


def s2dnet():
    """Both nets, small frames."""
    model = copy.deepcopy(CONFIG.model)
    model.cls_head.update(num_classes=tiny.NUM_CLASSES, k=3, dropout_ratio=0.)
    model.context.dropout_ratio = 0.
    model.snet.update(net(64, num_frames=2))
    model.dnet.update(net(64, num_frames=2))
    return model


def test_s2dnet_learns_and_counts():
    model = MODELS.build(s2dnet())
    model.init_weights()
    before = model.snet.backbone.body._conv_stem.weight.std()
    assert before > 0.1  # of the file: trained filters are large
    optimizer = torch.optim.SGD(model.parameters(), 0.01)
    model.train()
    losses = []
    for _ in range(4):
        loss = sum(value for name, value in tiny.run(
            model, 'loss', tiny.batch(size=(72, 80)), training=True).items()
            if 'loss' in name)
        optimizer.zero_grad()
        loss.backward()
        losses.append(loss.item())
        optimizer.step()
    assert losses[-1] < 0.8 * losses[0]
    for part in (model.snet, model.dnet):
        for name, parameter in part.named_parameters():
            assert parameter.grad is not None, name
    stem = model.dnet.backbone.body._conv_stem.weight.grad
    assert stem.abs().max() > 0

    frames = torch.zeros(1, 3, 7, 72, 80, dtype=torch.uint8)
    macs, missed = count_macs(model.eval(), frames)
    assert not missed
    # 0.385 G for one image of 224 x 224, stated for the classifier.
    assert macs['synopsis'] == pytest.approx(2 * 0.4e9 * (64 / 224)**2, rel=.1)
    assert macs['fusion'] > 0


@pytest.mark.slow
def test_training_from_a_config(tmp_path):
    """Both stages, validation, checkpoint, and the test of it."""
    cfg = glints.config(
        glints.write(tmp_path / 'data'), tmp_path / 'work', max_epochs=2,
        switch_epoch=1,
        snet=net(32, num_frames=2),
        dnet=net(32, num_frames=2, fusion_stages=('res3', 'res4')))
    Runner.from_cfg(cfg).train()
    saved = torch.load(tmp_path / 'work/epoch_2.pth', weights_only=False)
    assert 'snet.backbone.net._conv_stem.weight' in saved['state_dict']
    cfg.load_from = str(tmp_path / 'work/epoch_2.pth')
    cfg.work_dir = str(tmp_path / 'test')
    found = Runner.from_cfg(cfg).test()
    assert 0 <= found['acc/top1'] <= 1
