"""What the backbones have in common."""

import copy

import pytest
import torch

from s2dnet_mmaction.models.backbones import AFMobileNetV3, AFResNet
from tests.support import afnet

T = afnet.T


@pytest.mark.parametrize('position', ['after_bn', 'input'])
@pytest.mark.parametrize('shift', [False, True])
@pytest.mark.parametrize('keep', [0.0, 0.4, 1.0])
def test_gather_equals_mask(position, shift, keep):
    """For given masks, none and all picked included."""
    backbone = afnet.build(
        backbone=dict(shift=shift, mask_position=position)).eval().backbone
    frames = torch.randn(2 * T, 3, 32, 32)
    blocks = len(backbone.focal_blocks)
    masks = (torch.rand(blocks, 2, T) < keep).float()
    found = []
    with torch.no_grad():
        for execution in ('gather', 'mask'):
            backbone.execution = execution
            features, used = backbone(frames, masks)
            assert torch.equal(used, masks)
            found.append(features)
    torch.testing.assert_close(*found, atol=1e-5, rtol=1e-5)


def test_own_masks_are_the_same_in_both():
    backbone = afnet.build().eval().backbone
    frames = torch.randn(2 * T, 3, 32, 32)
    with torch.no_grad():
        features, masks = backbone(frames)
        backbone.execution = 'mask'
        others, same = backbone(frames)
    assert torch.equal(masks, same) and masks.shape == (4, 2, T)
    assert 0 < masks.mean() < 1
    torch.testing.assert_close(features, others)


def test_frames_are_skipped():
    """The stacks see the picked frames alone."""
    backbone = afnet.build().eval().backbone
    seen = []
    for block in backbone.focal_blocks:
        block.stack.register_forward_hook(
            lambda _, inputs, __: seen.append(len(inputs[0])))
    masks = torch.zeros(4, 2, T)
    masks[0, 0, 1] = masks[2] = 1
    with torch.no_grad():
        backbone(torch.randn(2 * T, 3, 32, 32), masks)
        assert seen == [1, T, T]  # clip by clip, of four blocks
        seen.clear()
        backbone.train()
        backbone(torch.randn(2 * T, 3, 32, 32), masks)
    assert seen == [2 * T] * 4


@pytest.mark.parametrize('gate', ['soft', 'none'])
def test_without_hard_gates(gate):
    """Nothing is skipped; without a gate there is no navigation."""
    backbone = afnet.build(backbone=dict(gate=gate), keep_ratio=None) \
        .eval().backbone
    with torch.no_grad():
        _, masks = backbone(torch.randn(T, 3, 32, 32))
    if gate == 'none':
        assert torch.equal(masks, torch.ones(4, 1, T))
        assert not any('navigation' in name
                       for name in backbone.state_dict())
    else:
        assert not backbone.skips_frames
        assert ((masks > 0) & (masks < 1)).all()


def test_compile_masks():
    """It traces all frames and says so; the numbers are the same."""
    backbone = afnet.build().eval().backbone
    frames = torch.randn(T, 3, 32, 32)
    with torch.no_grad():
        expected, masks = backbone(frames)
        compiled = torch.compile(backbone, backend='eager', fullgraph=True)
        with pytest.warns(UserWarning, match='masks those'):
            got, same = compiled(frames)
    torch.testing.assert_close(got, expected)
    assert torch.equal(masks, same)


def test_all_parameters_have_gradients():
    """As DistributedDataParallel needs."""
    for model in (afnet.build(), afnet.build(backbone=dict(shift=True))):
        data = model.data_preprocessor(afnet.batch(), True)
        losses = model(**data, mode='loss')
        (losses['loss_cls'] + losses['loss_keep_ratio']).backward()
        assert all(parameter.grad is not None
                   for parameter in model.parameters())


@pytest.mark.parametrize('options, match', [
    (dict(num_segments=0), 'num_segments: got 0'),
    (dict(gate='hard'), "gate: got 'hard'"),
    (dict(mask_position='bn'), "mask_position: got 'bn'"),
    (dict(execution='skip'), "execution: got 'skip'"),
    (dict(fusion='mean'), "fusion: got 'mean'"),
    (dict(depth=18), 'depth: got 18'),
    (dict(start_logits=(1, )), 'start_logits: got'),
    (dict(base_channels=24), 'base_channels: got 24'),
    (dict(focal_groups=3), 'focal_groups: got 3'),
    (dict(alpha=5), 'alpha: got 5'),
])
def test_bad_options(options, match):
    with pytest.raises(ValueError, match=match):
        AFResNet(**dict(dict(depth=34, num_segments=T), **options))


def test_frames_that_do_not_fit():
    with pytest.raises(ValueError, match='frames: got 6, expected a multiple '
                       'of num_segments=4'):
        afnet.build().backbone(torch.zeros(6, 3, 32, 32))


@pytest.fixture
def file(tmp_path):
    """Weights of the small network for T frames."""
    model = afnet.build()
    torch.save(dict(state_dict=model.state_dict()), tmp_path / 'a.pth')
    return model, str(tmp_path / 'a.pth')


def pretrained(path, **options):
    init = dict(type='Pretrained', checkpoint=path, **options)
    backbone = AFResNet(**dict(
        {name: value for name, value in afnet.BACKBONE.items()
         if name != 'type'}, init_cfg=init))
    backbone.init_weights()
    return backbone


def test_own_file(file):
    model, path = file
    weights = pretrained(path).state_dict()
    for name, value in model.backbone.state_dict().items():
        assert torch.equal(weights[name], value), name


def test_file_without_navigation(file, tmp_path):
    """As of a training on images: the gates start as they do."""
    model, _ = file
    weights = {name: value for name, value in model.state_dict().items()
               if 'navigation' not in name}
    torch.save(weights, tmp_path / 'b.pth')
    backbone = pretrained(str(tmp_path / 'b.pth'))
    assert torch.equal(backbone.conv1.weight, model.backbone.conv1.weight)
    assert backbone.layer1.navigation[0].decide.bias.tolist() == [1, 10] * T


def test_file_of_another_length(file, tmp_path):
    weights = copy.deepcopy(file[0].state_dict())
    for name in list(weights):
        if name.endswith('decide.bias'):
            weights[name] = torch.zeros(16)
    torch.save(weights, tmp_path / 'b.pth')
    with pytest.raises(ValueError, match='num_segments: got 4 with .*for 8 '
                       'frames.*convert_afnet.py --num-segments 4'):
        pretrained(str(tmp_path / 'b.pth'))


def test_file_with_something_missing(file, tmp_path):
    weights = file[0].state_dict()
    del weights['backbone.layer2.focal.0.stack.conv1.weight']
    torch.save(weights, tmp_path / 'b.pth')
    with pytest.raises(ValueError, match='layer2.focal.0.stack.conv1.weight'):
        pretrained(str(tmp_path / 'b.pth'))
    backbone = pretrained(str(tmp_path / 'b.pth'),
                          allow_missing=r'layer2\.focal')
    assert torch.equal(backbone.conv1.weight,
                       file[0].backbone.conv1.weight)


def test_mobilenet_has_the_same_options():
    net = AFMobileNetV3(2, mask_position='input', fusion='add', shift=False)
    net.eval()
    with torch.no_grad():
        features, masks = net(torch.randn(2, 3, 64, 64))
    assert features.shape == (2, 960, 2, 2) and masks.shape == (5, 1, 2)


@pytest.mark.parametrize('position', ['after_bn', 'input'])
def test_half_precision(position):
    """Under autocast: skipping is masking, and gradients are finite."""
    model = afnet.build(
        backbone=dict(shift=True, mask_position=position)).eval()
    frames = torch.randn(2 * T, 3, 32, 32)
    masks = (torch.rand(4, 2, T) < .5).float()
    with torch.autocast('cpu', torch.bfloat16):
        with torch.no_grad():
            skipping, _ = model.backbone(frames, masks)
            model.backbone.execution = 'mask'
            masking, _ = model.backbone(frames, masks)
        model.train()
        # not the loss of MMAction2's head, whose accuracy needs numpy
        features, used = model.backbone(frames)
        logits = model.cls_head(features, num_segs=T)
        loss = logits.logsumexp(-1).sum() + model.keep_ratio(used)
    assert skipping.dtype == torch.bfloat16
    torch.testing.assert_close(skipping, masking, atol=.05, rtol=.05)
    loss.backward()
    assert all(parameter.grad.isfinite().all()
               for parameter in model.parameters())


def test_checkpoint_of_another_length(file):
    """Also as that of the whole recognizer."""
    other = afnet.build()
    other.backbone.num_segments = 8
    with pytest.raises(ValueError, match='num_segments: got 8 with the '
                       'weights, whose navigation is for 4 frames'):
        other.load_state_dict(file[0].state_dict())


def test_samples_have_a_gradient_in_evaluation():
    """They are masks then; without gradients frames are skipped."""
    backbone = afnet.build(backbone=dict(eval_gate='sample')).eval().backbone
    assert not backbone.skips_frames
    features, masks = backbone(torch.randn(T, 3, 32, 32))
    features.sum().backward()
    assert backbone.layer1.navigation[0].decide.bias.grad is not None
    with torch.no_grad():
        assert backbone.skips_frames


def test_input_of_a_stage_is_not_changed():
    """Where its first focal block has no convolution in the shortcut."""
    backbone = afnet.build().eval().backbone
    kept = []
    backbone.maxpool.register_forward_hook(
        lambda _, __, out: kept.extend([out, out.clone()]))
    with torch.no_grad():
        backbone(torch.randn(T, 3, 32, 32), torch.ones(4, 1, T))
    assert torch.equal(*kept)
