"""The branch of the video, against loops."""

import torch
from torch import nn

from s2dnet_mmaction.models.samplers.nsnet.video_glimpse import VideoGlimpse


def test_against_loops():
    torch.manual_seed(0)
    branch = VideoGlimpse(6, 3, init_std=1.0).double().eval()
    x = torch.randn(2, 4, 6, dtype=torch.float64)
    glimpse = branch(x)
    for n in range(2):
        a = [float(torch.sigmoid(branch.attend.weight[0] @ frame
                                 + branch.attend.bias[0])) for frame in x[n]]
        torch.testing.assert_close(glimpse.saliency[n].tolist(), a)
        for weights, logits in ((a, glimpse.salient[n]), (
                [1 - one for one in a], glimpse.non_salient[n])):
            mean = sum(w * frame for w, frame in zip(weights, x[n])) / sum(
                weights)
            torch.testing.assert_close(logits, branch.fc(mean))


def test_all_attention_leaves_numbers():
    branch = VideoGlimpse(2, 3).eval()
    with torch.no_grad():
        branch.attend.bias.fill_(200.)
    glimpse = branch(torch.ones(1, 4, 2))
    assert glimpse.non_salient.isfinite().all()


def test_dropouts_are_those_of_the_supplement():
    branch = VideoGlimpse(2, 3)
    rates = [module.p for module in branch.modules()
             if isinstance(module, nn.Dropout)]
    assert rates == [.2, .9]
