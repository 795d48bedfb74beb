"""Networks as graphs, and the parts of their export."""

import copy
import math

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.registry import init_default_scope
from torch.nn.quantized.dynamic import Linear

from s2dnet_mmaction._compat import is_exporting
from s2dnet_mmaction.apis.export import (
    INT8_TOLERANCE,
    Deployed,
    OnnxNetwork,
    clips,
    deployed,
    export_onnx,
    export_program,
    fuse,
    largest_differences,
    quantize,
)
from tests.support import afnet, small_runs, tiny

DNET_ALONE = dict(
    type='S2DNetBranch',
    backbone=dict(tiny.MODEL['dnet'], fusion_stages=()),
    neck=dict(type='DetailSampler', axes=()),
    cls_head=small_runs.SNET_ALONE['cls_head'],
    data_preprocessor=tiny.MODEL['data_preprocessor'])

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


def cases(*lengths, size=(40, 48)):
    """Batches of clips, one for each tuple of lengths."""
    return [clips(size, each, seed=i) for i, each in enumerate(lengths)]


LENGTHS = ((9, 7), (2, ), (4, 20, 13), (1, 60))


@reports_export
@pytest.mark.parametrize('snet, dnet, locator', NETWORKS[:3])
@torch.no_grad()
def test_export_with_any_batch_length_and_frame_size(snet, dnet, locator):
    model = build(snet, dnet, locator)
    program = export_program(model, (40, 48), 60, any_size=True)
    assert 's2dnet' not in program.graph_module.code  # no kernel
    exported = program.module()
    for size in ((40, 48), (64, 40)):
        differences = largest_differences(
            Deployed(model).eval(), exported, cases(*LENGTHS, size=size))
        assert list(differences) == ['scores', 'synopsis_scores']
        assert max(differences.values()) < 1e-5
    assert not is_exporting()


@pytest.mark.slow
@reports_export
@pytest.mark.parametrize('locator', ['LocationScale', 'HeatmapLocator'])
@pytest.mark.parametrize('int8', [False, True])
def test_onnx(tmp_path, locator, int8):
    """In onnxruntime; int8 differs, but little."""
    model = build(tiny.RESNET, tiny.RESNET, locator)
    path = str(tmp_path / 'a.onnx')
    export_onnx(model, path, (40, 48), 60, int8=int8)
    assert [file.name for file in tmp_path.iterdir()] == ['a.onnx']
    differences = largest_differences(
        Deployed(model).eval(), OnnxNetwork(path, threads=1),
        cases(*LENGTHS))
    worst = max(differences.values())
    assert (1e-6 if int8 else -1) < worst < (INT8_TOLERANCE if int8 else 1e-5)


def test_not_a_number_is_no_agreement():
    """Wherever among the clips it is."""
    class Half:
        outputs = ('scores', )

        def __call__(self, frames, lengths):
            return (torch.tensor([[.5]]), )

    answers = iter([.5, math.nan, .6])
    found = largest_differences(
        Half(), lambda *_: (torch.tensor([[next(answers)]]), ),
        [(None, None)] * 3)
    assert math.isnan(found['scores'])


@pytest.mark.parametrize('part', [small_runs.SNET_ALONE, DNET_ALONE])
@reports_export
def test_one_net_on_its_own(part):
    init_default_scope('mmaction')
    model = MODELS.build(part).eval()
    deployed = Deployed(model).eval()
    exported = export_program(model, (40, 48), 20).module()
    assert deployed.outputs == ('scores', )
    assert largest_differences(deployed, exported, cases((9, 7), (4, )))[
        'scores'] < 1e-5
    with torch.no_grad():
        scores, = deployed(*cases((9, 7))[0])
    torch.testing.assert_close(scores.sum(1), torch.ones(2))


@pytest.mark.parametrize('snet, dnet, locator', NETWORKS)
def test_fused_batch_norms(snet, dnet, locator):
    """The same function, with fewer norms; the model is not changed."""
    model = build(snet, dnet, locator)
    for module in model.modules():
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
            module.running_mean.normal_(std=.1)
            module.running_var.uniform_(.5, 2)
            module.weight.data.uniform_(.5, 2)
    before = copy.deepcopy(model.state_dict())
    fused = fuse(model)
    assert max(largest_differences(
        Deployed(model).eval(), Deployed(fused).eval(),
        cases(*LENGTHS)).values()) < 1e-5
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name])

    def norms(of):
        return sum(isinstance(
            module, torch.nn.modules.batchnorm._BatchNorm)
            for module in of.modules())

    assert norms(fused) < norms(model) / 2


def test_other_recognizers():
    with pytest.raises(ValueError, match='model.type: got Linear'):
        deployed(torch.nn.Linear(1, 1))


@pytest.mark.parametrize('snet, dnet, locator', NETWORKS)
@torch.no_grad()
def test_quantize_dynamic(snet, dnet, locator):
    """Linear layers in int8: close to the floats, and int8 indeed."""
    model = build(snet, dnet, locator)
    quantised = quantize(model)
    layers = [module for module in model.modules()
              if isinstance(module, torch.nn.Linear)]
    assert len(layers) > 4 and len(layers) == sum(
        isinstance(module, Linear) for module in quantised.modules())
    differences = largest_differences(
        Deployed(model).eval(), Deployed(quantised).eval(), cases((9, 7)))
    assert 0 < max(differences.values()) < 0.02


@reports_export
@pytest.mark.parametrize('gate', ['soft', 'none'])
def test_afnet_without_choice(gate):
    """Its batch is free, too."""
    model = afnet.build(backbone=dict(gate=gate), keep_ratio=None).eval()
    net, exported = deployed(model), export_program(model, (32, 32)).module()
    frames, = next(net.cases([(32, 32)], 300, 2))
    for number in (1, 2):
        for got, own in zip(exported(frames[:number]), net(frames[:number])):
            torch.testing.assert_close(got, own)


@reports_export
@pytest.mark.parametrize('position', ['after_bn', 'input'])
def test_afnet(position):
    """A graph of masks with the scores of skipping, for any batch."""
    model = afnet.build(
        backbone=dict(mask_position=position, shift=True)).eval()
    net = deployed(model)
    with pytest.warns(UserWarning, match='masks those'):
        exported = export_program(model, (32, 40), 300).module()
    found = largest_differences(net, exported, net.cases([(32, 40)], 300, 4))
    assert list(found) == ['scores', 'keep_masks']
    assert found['scores'] < 1e-5 and found['keep_masks'] == 0
    frames, = next(net.cases([(32, 40)], 300, 2))
    scores, masks = exported(frames[:1])
    assert scores.shape == (1, 6) and masks.shape == (1, 4, afnet.T)
    sample = model.test_step(dict(
        inputs=[frames[0]], data_samples=afnet.batch(1)['data_samples']))[0]
    torch.testing.assert_close(scores[0], sample.pred_score)
    assert torch.equal(masks[0], sample.keep_masks)
    with pytest.raises(ValueError, match='any_size: got True for an AFNet'):
        export_program(model, (32, 40), any_size=True)


@pytest.mark.slow
@reports_export
def test_afnet_in_onnx(tmp_path):
    model = afnet.build(backbone=dict(shift=True)).eval()
    net, path = deployed(model), str(tmp_path / 'a.onnx')
    export_onnx(fuse(model), path, (32, 32))
    found = largest_differences(net, OnnxNetwork(path, threads=1),
                                net.cases([(32, 32)], 300, 6))
    assert found['scores'] < 1e-5 and found['keep_masks'] == 0
