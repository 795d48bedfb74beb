"""S2DNet in torch's export and quantisation."""

import pytest
import torch
from torch.export import Dim
from torch.nn.quantized.dynamic import Linear

from s2dnet_mmaction._compat import is_exporting
from tests.support import tiny

NETWORKS = [
    (tiny.RESNET, tiny.RESNET, 'LocationScale'),
    (tiny.RESNET, tiny.RESNET, 'HeatmapLocator'),
    pytest.param(
        tiny.MOBILENET_TSM, tiny.RESNET_TSM, 'LocationScale',
        marks=pytest.mark.slow),
    (tiny.X3D, tiny.X3D, 'LocationScale'),
]
reports_export = pytest.mark.skipif(
    not hasattr(torch.compiler, 'is_exporting'),
    reason='this torch does not report export')


def build(snet, dnet, locator):
    """A model whose sampler follows the video.

    With all classes likely, a rounding error cannot exchange two of them.
    """
    model = tiny.build(
        snet=dict(backbone=snet, size=32),
        dnet=dict(backbone=dnet, size=32, fusion_stages=('layer1', )),
        neck=dict(locator=dict(type=locator)),
        cls_head=dict(k=tiny.NUM_CLASSES))
    tiny.open_up(model)
    return model.eval()


def videos(*lengths, size=(40, 48)):
    """(N, 3, T, H, W) of unequal lengths, and (N,) lengths."""
    generator = torch.Generator().manual_seed(len(lengths))
    frames = torch.randint(0, 256, (len(lengths), 3, max(lengths), *size),
                           dtype=torch.uint8, generator=generator)
    return frames, torch.tensor(lengths)


class Answer(torch.nn.Module):
    """The network as one function of tensors, as docs/mmaction2_tools.md."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, frames, lengths):
        return self.model(frames, lengths=lengths, stage='head')


@reports_export
@pytest.mark.parametrize('snet, dnet, locator', NETWORKS[:3])
@torch.no_grad()
def test_export_with_any_batch_length_and_frame_size(snet, dnet, locator):
    model = build(snet, dnet, locator)
    batch = Dim('batch', min=1, max=64)
    # above the 32 px of the synopsis: frames of its size are not resized
    height, width = Dim('height', min=33), Dim('width', min=33)
    program = torch.export.export(
        Answer(model), videos(9, 7),
        dynamic_shapes=dict(
            frames={0: batch, 2: Dim('time', min=2), 3: height, 4: width},
            lengths={0: batch}))
    assert 's2dnet' not in program.graph_module.code  # no kernel
    exported = program.module()
    for lengths, size in (((9, 7), (40, 48)), ((5, ), (64, 40)),
                          ((4, 20, 13), (48, 90))):
        frames, lengths = videos(*lengths, size=size)
        torch.testing.assert_close(
            exported(frames, lengths),
            model(frames, lengths=lengths, stage='head'),
            rtol=0, atol=1e-5)
    assert not is_exporting()


@pytest.mark.filterwarnings('ignore:torch.ao.quantization is deprecated')
@pytest.mark.filterwarnings('ignore:torch.quantize_per_tensor')
@pytest.mark.parametrize('snet, dnet, locator', NETWORKS)
@torch.no_grad()
def test_quantize_dynamic(snet, dnet, locator):
    """Linear layers in int8: close to the floats, and int8 indeed."""
    model = build(snet, dnet, locator)
    quantised = torch.ao.quantization.quantize_dynamic(model)
    layers = [module for module in model.modules()
              if isinstance(module, torch.nn.Linear)]
    assert len(layers) > 4 and len(layers) == sum(
        isinstance(module, Linear) for module in quantised.modules())
    frames, lengths = videos(9, 7)
    answers = [one(frames, lengths=lengths, stage='head')
               for one in (model, quantised)]
    assert not torch.equal(*answers)
    torch.testing.assert_close(*answers, rtol=0, atol=0.02)
