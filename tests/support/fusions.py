"""What fusions in any backbone must do."""

import torch
from mmaction.registry import MODELS


def check_fusions(backbone, size, stages, num_frames=4, **options):
    """Every stage takes a fusion, and the features see the context."""
    dnet = MODELS.build(
        dict(
            type='DNet',
            num_frames=num_frames,
            size=size,
            backbone=backbone,
            fusion_stages=tuple(stages),
            context_channels=3,
            **options))
    dnet.init_weights()
    volume = torch.randn(2, num_frames, 3, size, size)
    context = torch.randn(2, 3, requires_grad=True)
    dnet.train()
    features = dnet(volume, context)
    assert features.shape == (2, *dnet.feature_shape)
    features.square().mean().backward()
    assert context.grad.abs().min() > 0
    for fusion in dnet.fusions:
        for parameter in fusion.parameters():
            assert parameter.grad.abs().max() > 0
    # m of a video reaches the features of that video only
    dnet.eval()
    with torch.no_grad():
        before = dnet(volume, context)
        context[1] += 3
        after = dnet(volume, context)
    torch.testing.assert_close(before[0], after[0], rtol=1e-4, atol=1e-5)
    assert (before[1] - after[1]).abs().max() > 1e-4
    return dnet
