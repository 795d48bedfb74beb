"""The branch of frames."""

import pytest
import torch

from s2dnet_mmaction.models.samplers.nsnet.frame_scrutinize import (
    FrameScrutinize,
)


@pytest.mark.parametrize('kind', ['salient', 'class'])
def test_saliency(kind):
    branch = FrameScrutinize(2, 2, kind)
    with torch.no_grad():
        branch.fc.weight.copy_(torch.tensor([[1., 0], [0, 1], [0, 0]]))
        branch.fc.bias.copy_(torch.tensor([0., 0, 1]))
    logits, saliency = branch(torch.tensor([[[2., 0], [0, 0]]]))
    assert logits.tolist() == [[[2, 0, 1], [0, 0, 1]]]
    shares = torch.tensor([[2., 0, 1], [0, 0, 1]]).softmax(1)
    expected = dict(salient=shares[:, :2].sum(1),
                    **{'class': shares[:, :2].max(1).values})[kind]
    torch.testing.assert_close(saliency, expected[None])


def test_bad_option():
    with pytest.raises(ValueError, match="saliency: got 'all'"):
        FrameScrutinize(2, 2, 'all')
