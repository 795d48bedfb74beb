"""The authors' files become checkpoints."""

import pytest
import torch

from s2dnet_mmaction.models.backbones.afnet.conversion import (
    convert,
    network_of,
)
from tests.support import afnet


@pytest.fixture(scope='module')
def official():
    return afnet.golden()[0]


def test_all_entries(official):
    weights = convert(official)
    assert len(weights) == len(official) + 1  # the place of the mask
    assert weights['backbone.mask_input'].item() is True
    assert official.keys().isdisjoint(weights)


def test_another_length(official):
    """The mean over the positions, for each of the new ones."""
    weights = convert(official, 3)
    name = 'layer2.list_gen.1.conv_gs.weight'
    mean = official[f'base_model.{name}'].view(8, 2, 2, 1, 1).mean(0)
    own = weights['backbone.layer2.navigation.1.decide.weight']
    assert own.shape == (6, 2, 1, 1)
    for t in range(3):
        torch.testing.assert_close(own[2 * t:2 * t + 2], mean)
    assert network_of(weights).backbone.num_segments == 3


def test_images(official):
    """A file of ImageNet: a classifier fc, and no navigation."""
    weights = {
        name.replace('base_model.', '').replace('new_fc', 'fc'): value
        for name, value in official.items() if 'list_gen' not in name}
    converted = convert(weights)
    assert not any('navigation' in name for name in converted)
    assert 'cls_head.fc_cls.weight' in converted


@pytest.mark.parametrize('change, match', [
    (lambda w: w.pop('base_model.layer2.att_gen.fc.0.weight'),
     'without backbone.layer2.fusion.fc1.weight, and left over: nothing'),
    (lambda w: w.update({'base_model.layer2.more': torch.zeros(1)}),
     'without nothing, and left over: backbone.layer2.more'),
    (lambda w: w.pop('new_fc.bias'), 'no classifier'),
    (lambda w: w.update({'base_model.layer3.list_gen.0.conv_gs.bias':
                         torch.zeros(24)}), r'for \[8, 12\] frames'),
    (lambda w: [w.pop(name) for name in list(w) if 'refine_module.4' in name],
     '4 pairs of blocks in stage 3'),
])
def test_damaged_files(official, change, match):
    weights = dict(official)
    change(weights)
    with pytest.raises(ValueError, match=match):
        convert(weights)


def test_another_network():
    with pytest.raises(ValueError, match="those of the authors' AFNet"):
        convert(afnet.build().state_dict())


@pytest.mark.slow
@pytest.mark.parametrize('variant', afnet.VARIANTS)
@pytest.mark.parametrize('execution', ['gather', 'mask'])
def test_answers_of_the_authors(variant, execution):
    """Of each network, through the converter; masks are equal."""
    weights, frames, logits, masks = afnet.golden(variant)
    converted = convert(weights)
    model = network_of(converted, shift='tsm' in variant).eval()
    model.load_state_dict(converted)
    model.backbone.execution = execution
    with torch.no_grad():
        got, others = model.extract_feat(frames, 'head')
    torch.testing.assert_close(got, logits, atol=1e-5, rtol=0)
    assert torch.equal(others['masks'], masks)
