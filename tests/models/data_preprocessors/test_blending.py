"""Mixup and CutMix of raw frames, by hand."""

import copy
from unittest import mock

import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample

from s2dnet_mmaction.datasets import video_collate
from s2dnet_mmaction.models.data_preprocessors import blending
from tests.support import tiny
from tests.support.small_runs import SNET_ALONE

LAM = 0.25
MIXUP = dict(type='MixupBlending', num_classes=tiny.NUM_CLASSES)
CUTMIX = dict(type='CutmixBlending', num_classes=tiny.NUM_CLASSES)
BOTH = dict(type='RandomBatchAugment', augments=[MIXUP, CUTMIX],
            probs=[0.5, 0.3])


def build(cfg):
    return tiny.build(data_preprocessor=dict(blending=cfg))


@pytest.fixture
def swap():
    """Each video is mixed with the other one of the batch, by LAM."""
    with mock.patch('torch.randperm', lambda n: torch.arange(n).flip(0)), \
            mock.patch('torch.distributions.beta.Beta.sample',
                       lambda self: torch.tensor(LAM)):
        yield


def frames(*lengths):
    """Videos whose pixels are 10 n + the number of the frame."""
    videos = []
    for n, length in enumerate(lengths):
        numbers = torch.arange(length) + 10 * n
        videos.append(numbers.view(1, 1, -1, 1, 1).expand(
            1, 3, length, 8, 8).to(torch.uint8))
    return videos


def blend(cfg, videos, labels):
    samples = [ActionDataSample().set_gt_label(label) for label in labels]
    preprocessor = MODELS.build(
        dict(type='S2DNetDataPreprocessor', blending=cfg))
    return preprocessor(dict(inputs=videos, data_samples=samples), True)


def test_mixup_of_unequal_lengths(swap):
    """Frame t of the longer one meets the frame at the same share."""
    out = blend(MIXUP, frames(6, 3), [4, 2])
    assert out['inputs'].dtype == torch.uint8
    assert out['lengths'].tolist() == [6, 6]
    long = torch.arange(6.)
    short = torch.tensor([10., 10., 11., 11., 12., 12.])
    for i, expected in enumerate([LAM * long + (1 - LAM) * short,
                                  LAM * short + (1 - LAM) * long]):
        got = out['inputs'][i, 0, :, :, 0, 0]
        assert (got == expected.round()).all()
        label = torch.zeros(tiny.NUM_CLASSES)
        label[[4, 2]] = torch.tensor([LAM, 1 - LAM][::1 - 2 * i])
        torch.testing.assert_close(out['data_samples'][i].gt_label, label)


def test_cutmix_of_unequal_lengths(swap):
    """A box of the other video in all frames; its area is in the label."""
    with mock.patch('torch.randint', lambda n, size: torch.tensor([n // 2])):
        out = blend(CUTMIX, frames(4, 1), [0, 1])
    inputs = out['inputs'][:, 0, 0]  # (N, T, H, W)
    assert inputs.dtype == torch.uint8
    assert out['lengths'].tolist() == [4, 4]
    side = int(8 * (1 - LAM)**0.5) // 2 * 2  # of the box
    assert (inputs[0] == 10).sum(dim=(1, 2)).tolist() == [side**2] * 4
    assert (inputs[0, :, 0, 0] == torch.arange(4)).all()
    assert (inputs[1, :, 4, 4] == torch.arange(4)).all()
    share = 1 - side**2 / 64
    label = out['data_samples'][0].gt_label
    torch.testing.assert_close(label[:2], torch.tensor([share, 1 - share]))


def test_equal_lengths_stay(swap):
    out = blend(MIXUP, frames(5, 5), [0, 1])
    assert out['lengths'].tolist() == [5, 5]
    first = (torch.arange(5) + 10 * (1 - LAM)).round()
    assert (out['inputs'][0, 0, 0, :, 0, 0] == first).all()


def test_stretched_frames():
    video = frames(5)[0].expand(2, -1, -1, -1, -1).clone()
    blending._stretch(video, 2)
    assert video[1, 0, :, 0, 0].tolist() == [0, 0, 1, 1, 1]


@pytest.mark.parametrize('cfg', [MIXUP, CUTMIX, BOTH])
def test_training_step(cfg):
    """Losses and gradients of a whole network; no blending in tests."""
    model = build(cfg)
    tiny.open_up(model)
    data = tiny.batch(lengths=(7, 5, 6), views=2)
    losses = tiny.run(model, 'loss', data, training=True)
    assert sorted(losses) == ['loss_detail', 'loss_synopsis', 'topk_recall']
    loss = losses['loss_detail'] + losses['loss_synopsis']
    loss.backward()
    gradients = [model.get_parameter(name).grad for name in (
        'neck.locator.fcs.space.0.bias', 'context.fc.weight')]
    assert all(g.isfinite().all() and g.abs().sum() > 0 for g in gradients)
    tested = model.data_preprocessor(tiny.batch(lengths=(7, 5)), False)
    assert tested['lengths'].tolist() == [7, 5]
    assert tested['data_samples'][0].gt_label.shape == (1, )


def test_a_net_on_its_own():
    """With a head of MMAction2."""
    cfg = copy.deepcopy(SNET_ALONE)
    cfg['data_preprocessor']['blending'] = MIXUP
    losses = tiny.run(MODELS.build(cfg), 'loss', tiny.batch(), training=True)
    assert list(losses) == ['loss_cls'] and losses['loss_cls'] > 0
    cfg['cls_head']['num_classes'] = 7
    with pytest.raises(ValueError, match='blending.num_classes: got 6'):
        MODELS.build(cfg)


def test_one_config_builds_twice():
    for _ in range(2):
        assert len(build(BOTH).data_preprocessor.blending.augments) == 3
    assert BOTH['probs'] == [0.5, 0.3]


def test_batches_of_video_collate_and_float_frames(swap):
    preprocessor = build(MIXUP).data_preprocessor
    batch = torch.zeros(2, 1, 3, 4, 8, 8)
    batch[0, :, :, :] = 8.5
    samples = tiny.batch(labels=[0, 1])['data_samples']
    out = preprocessor(dict(inputs=batch, data_samples=samples,
                            lengths=torch.tensor([4, 2])), True)
    assert (out['inputs'][0] == LAM * 8.5).all()  # not rounded
    assert out['lengths'].tolist() == [4, 4]


@pytest.mark.parametrize('cfg', [MIXUP, CUTMIX])
@pytest.mark.parametrize('lengths', [(4, 2), (4, 4)])
def test_the_batch_of_the_loader_stays(swap, cfg, lengths):
    data = video_collate([
        dict(inputs=video, data_samples=ActionDataSample().set_gt_label(i))
        for i, video in enumerate(frames(*lengths))])
    before = copy.deepcopy(data)
    preprocessor = build(cfg).data_preprocessor
    with mock.patch('torch.randint', lambda n, size: torch.tensor([n // 2])):
        out = preprocessor(data, True)
    assert not torch.equal(out['inputs'], before['inputs'])
    assert torch.equal(data['inputs'], before['inputs'])
    assert data['lengths'].tolist() == before['lengths'].tolist()
    for sample, i in zip(data['data_samples'], range(2)):
        assert sample.gt_label.tolist() == [i]


@pytest.mark.parametrize('cfg', [MIXUP, CUTMIX])
def test_nothing_is_read_from_the_device(cfg):
    """A GPU would have to wait for it; a meta tensor has nothing to read."""
    preprocessor = build(cfg).data_preprocessor.to('meta')
    out = preprocessor(tiny.batch(lengths=(7, 5)), True)
    assert out['inputs'].device.type == 'meta'
    for sample in out['data_samples']:
        assert sample.gt_label.device.type == 'meta'
        assert sample.gt_label.shape == (tiny.NUM_CLASSES, )


def test_wrong_numbers_of_classes():
    with pytest.raises(ValueError, match='blending.num_classes: got 5, '
                       'expected 6, as in cls_head'):
        build(dict(MIXUP, num_classes=5))
    with pytest.raises(ValueError, match=r'gt_label of video 1: got \[6\]'):
        blend(MIXUP, frames(2, 2), [5, 6])


def test_true_places_cannot_be_mixed():
    cfg = tiny.model_config(
        type='OracleS2DNet', data_preprocessor=dict(blending=MIXUP))
    cfg['neck'] = dict(type='OracleSampler')
    with pytest.raises(ValueError, match='has two places'):
        MODELS.build(cfg)
