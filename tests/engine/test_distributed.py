"""Two processes (gloo) in both stages of a training."""

import pytest
import torch

from tests.support import haystack
from tests.support.two_ranks import launch, train_on_two_ranks


@pytest.mark.parametrize('locator', ['LocationScale', 'HeatmapLocator'])
def test_ranks_agree_in_both_stages(glints_root, tmp_path, locator):
    done = launch('-m', 'tests.support.ddp_worker', str(glints_root),
                  str(tmp_path), locator)
    assert done.returncode == 0, done.stderr[-3000:]
    ranks = [
        torch.load(tmp_path / f'rank_{rank}.pth', weights_only=True)
        for rank in range(2)
    ]
    # 24 videos, 2 ranks x 4: 3 steps an epoch, one epoch a stage
    assert [step['live'] for step in ranks[0]] == [False] * 3 + [True] * 3
    for one, other in zip(*ranks):
        for name, value in one['parameters'].items():
            assert torch.equal(value, other['parameters'][name]), name
    first = ranks[0][0]['parameters']
    for step in ranks[0]:
        for name, value in step['parameters'].items():
            if name.startswith('neck.'):
                moved = not torch.equal(value, first[name])
                assert moved == step['live'], name
    # and the rest is trained in stage 1
    last_of_stage_1 = ranks[0][2]['parameters']
    name = 'dnet.backbone.layer1.0.conv1.conv.weight'
    assert not torch.equal(first[name], last_of_stage_1[name])


def test_ranks_of_an_afnet_agree(tmp_path):
    """Bit by bit, in weights, temperature and target."""
    done = launch('-m', 'tests.support.afnet_worker', str(tmp_path))
    assert done.returncode == 0, done.stderr[-3000:]
    ranks = [torch.load(tmp_path / f'rank_{rank}.pth', weights_only=True)
             for rank in range(2)]
    assert len(ranks[0]) == 4  # 8 videos, 2 ranks x 2, 2 epochs
    for one, other in zip(*ranks, strict=True):
        assert one['state'] == other['state']
        for name, value in one['weights'].items():
            assert torch.equal(value, other['weights'][name]), name
    first, last = ranks[0][0]['weights'], ranks[0][-1]['weights']
    name = 'backbone.layer1.navigation.0.decide.bias'
    assert not torch.equal(first[name], last[name])


def test_ranks_of_a_sampler_agree(tmp_path):
    """Bit by bit; the recognizer stays as it was."""
    cfg = haystack.config(haystack.SAMPLER.format('ac'), tmp_path / 'data',
                          tmp_path)
    del cfg.model.recognizer['init_cfg']
    first, last = train_on_two_ranks(cfg, steps=3)
    assert not torch.equal(first['samplers.visual.fc.weight'],
                           last['samplers.visual.fc.weight'])
