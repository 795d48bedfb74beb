"""Samplers and recognizers as graphs of their own."""

import pytest
import torch

from s2dnet_mmaction.apis.deployed_part import DeployedPart, deployed_part
from s2dnet_mmaction.apis.export import (
    OnnxNetwork,
    deployed,
    export_onnx,
    export_program,
    fuse,
    largest_differences,
)
from tests.models.samplers.test_audio_sampler import build as build_audio
from tests.support import sampled, tiny


@pytest.fixture
def sample(tmp_path):
    return sampled.pipeline()(sampled.video(tmp_path / 'a.mp4'))


@pytest.mark.parametrize('name, inputs, output', [
    ('visual', (2, 3, 24, 48), 'saliency'),
    ('recognizer', (3, 4, 48, 96), 'scores')])
@torch.no_grad()
def test_parts(sample, name, inputs, output):
    model = sampled.build()
    net = deployed_part(model, name, sample)
    assert deployed(net) is net
    assert net.outputs == (output, )
    exported = export_program(net, ()).module()
    differences = largest_differences(net, exported, net.cases([], 0, 5))
    assert differences[output] < 1e-5
    (case, ) = next(net.cases([], 0, 3))
    assert tuple(case.shape[1:]) == inputs and case.dtype == torch.uint8
    folded = fuse(net)
    torch.testing.assert_close(folded(case)[0], net(case)[0], atol=1e-4,
                               rtol=1e-4)


@torch.no_grad()
def test_they_are_those_of_the_whole(sample):
    model = sampled.build(test_cfg=dict(return_saliency=True))
    views, source = sample['inputs']['visual'], sample[
        'data_samples'].candidate_source
    parts = [deployed_part(model, name, sample)
             for name in ('visual', 'recognizer')]
    answer, = model.test_step(sampled.batch([sample]))
    saliency, = parts[0](views)
    torch.testing.assert_close(saliency, answer.saliency['visual'])
    clips = source.read(source.open(), answer.picks)
    scores, = parts[1](clips)
    torch.testing.assert_close(scores.mean(0), answer.pred_score)


@torch.no_grad()
def test_a_sampler_of_whole_videos(tmp_path):
    """NSNet: all frames of a video, two scores."""
    model = sampled.build(sampler=sampled.NSNET,
                          select=dict(type='Fusion', k=3))
    sample = sampled.pipeline(
        dict(num_candidates=6, test_mode=True), chunk=4)(
            sampled.video(tmp_path / 'a.mp4'))
    net = deployed_part(model, 'visual', sample)
    assert net.outputs == ('fs', 'vg')
    exported = export_program(net, ()).module()
    differences = largest_differences(net, exported, net.cases([], 0, 5))
    assert max(differences.values()) < 1e-5 and len(differences) == 2
    (case, ) = next(net.cases([], 0, 1))
    torch.testing.assert_close(net(case), tuple(
        model.samplers['visual'].score(case).values()))


@pytest.mark.slow
@torch.no_grad()
def test_onnx_of_sound(tmp_path):
    net = DeployedPart(build_audio(), torch.randn(3, 1, 40, 200)).eval()
    path = str(tmp_path / 'a.onnx')
    export_onnx(net, path, ())
    differences = largest_differences(net, OnnxNetwork(path, 1),
                                      net.cases([], 0, 4))
    assert differences['saliency'] < 1e-5


def test_errors(sample):
    model = sampled.build()
    with pytest.raises(ValueError, match="part: got 'audio', expected one"):
        deployed_part(model, 'audio', sample)
    with pytest.raises(ValueError, match="part: got 'visual' of a S2DNet"):
        deployed_part(tiny.build(), 'visual', sample)
    with pytest.raises(ValueError, match='any_size: got True'):
        export_program(deployed_part(model, 'visual', sample), (), 9, True)
    sample['inputs']['visual'] = None
    with pytest.raises(ValueError, match="view 'visual': got none"):
        deployed_part(model, 'visual', sample)
