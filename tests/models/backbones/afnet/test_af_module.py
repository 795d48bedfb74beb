"""Two branches and their fusion, step by step."""

import pytest
import torch
import torch.nn.functional as F

from s2dnet_mmaction.models.backbones import AFResNet
from s2dnet_mmaction.models.backbones.afnet.af_module import AFModule
from tests.support import afnet


@pytest.fixture
def module():
    return afnet.build().eval().backbone.layer1


@pytest.mark.parametrize('skip', [False, True])
def test_figure(module, skip):
    """Each mask is made of the ample map before the block."""
    gate = afnet.build().eval().backbone.gate
    x = torch.rand(8, 16, 8, 8)
    with torch.no_grad():
        ample = focal = x
        masks = []
        for i in range(2):
            masks.append(gate(module.navigation[i](ample)))
            ample = module.ample[i](ample)
            focal = module.focal[i](focal, masks[i])
        up = F.interpolate(module.transform(ample), focal.shape[-2:])
        expected = module.last(module.fusion(up, focal).relu())
        got, used = module(x.clone(), gate, skip)
    torch.testing.assert_close(got, expected)
    assert torch.equal(used, torch.stack(masks))
    assert 0 < used.mean() < 1


def test_last_blocks_of_the_branches_have_no_relu(module):
    for branch in (module.ample, module.focal):
        kinds = [type(block.act).__name__ for block in branch]
        assert kinds == ['ReLU', 'Identity']


def test_blocks_must_fit(module):
    with pytest.raises(ValueError, match='blocks of a stage: got 1'):
        AFModule(None, [], [], None, None, None, None)


@pytest.mark.parametrize('blocks', [(1, 2, 2, 1), (2, 2, 2, 0), (2, 2, 2),
                                    (2, 2, 2.5, 1)])
def test_stage_without_blocks(blocks):
    with pytest.raises(ValueError, match='stage_blocks: got'):
        AFResNet(50, 4, stage_blocks=blocks)
