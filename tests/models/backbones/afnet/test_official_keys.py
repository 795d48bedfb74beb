"""The authors' checkpoints: same logits, same masks."""

import pytest
import torch

from s2dnet_mmaction.models.backbones import AFMobileNetV3, AFResNet
from s2dnet_mmaction.models.backbones.afnet.official_keys import from_official
from tests.support import afnet


@pytest.fixture(scope='module')
def golden():
    return afnet.golden()


@pytest.mark.parametrize('execution', ['gather', 'mask'])
def test_golden_answers(golden, execution):
    """AF-ResNet50, 8 frames, 174 classes, no shift."""
    weights, frames, logits, masks = golden
    renamed = from_official(weights)
    net = AFResNet(50, 8, mask_position='input', execution=execution).eval()
    net.load_state_dict({
        name[len('backbone.'):]: value for name, value in renamed.items()
        if name.startswith('backbone.')})
    with torch.no_grad():
        features, got = net(frames.flatten(0, 1))
    assert torch.equal(got, masks)
    answer = torch.nn.functional.linear(
        features.mean((2, 3)), renamed['cls_head.fc_cls.weight'],
        renamed['cls_head.fc_cls.bias']).view(2, 8, -1).mean(1)
    torch.testing.assert_close(answer, logits, atol=1e-5, rtol=0)


def test_mask_position_matters(golden):
    """The authors' weights need theirs."""
    weights, frames, *_ = golden
    own = {name[len('backbone.'):]: value
           for name, value in from_official(weights).items()
           if name.startswith('backbone.')}
    del own['mask_input']
    features = []
    for position in ('input', 'after_bn'):
        net = AFResNet(50, 8, mask_position=position).eval()
        net.load_state_dict(own, strict=False)
        with torch.no_grad():
            features.append(net(frames[:1].flatten(0, 1))[0])
    assert (features[0] - features[1]).abs().max() > .1


# Official name, its shape, ours: one of each kind in AF-MobileNetV3.
MOBILENET = [
    ('base_model.conv.weight', 4, 'backbone.conv.weight'),
    ('base_model.features_head.0.conv1.weight', 4,
     'backbone.head.0.stack.conv1.weight'),
    ('base_model.features_stage1.1.bn3.weight', 1,
     'backbone.stage1.1.stack.bn3.weight'),
    ('base_model.list_gen2.1.conv_gs.bias', 1,
     'backbone.stage2.navigation.1.decide.bias'),
    ('base_model.list_gen3.0.conv_pool.weight', 4,
     'backbone.stage3.navigation.0.squeeze.weight'),
    ('base_model.features_stage2_base.0.se.fc.2.bias', 1,
     'backbone.stage2.ample.0.stack.se.fc2.bias'),
    ('base_model.features_stage3_refine.0.res_connect.0.weight', 4,
     'backbone.stage3.focal.0.shortcut.conv.weight'),
    ('base_model.features_stage3_refine.0.res_connect.1.bias', 1,
     'backbone.stage3.focal.0.shortcut.bn.bias'),
    ('base_model.features_stage2_fuse.0.conv3.weight', 4,
     'backbone.stage2.last.stack.conv3.weight'),
    ('base_model.att_gen3.fc.0.bias', 1, 'backbone.stage3.fusion.fc1.bias'),
    ('base_model.conv_last.weight', 4, 'backbone.conv_last.weight'),
    ('base_model.fc.0.weight', 2, 'cls_head.fc.weight'),
    ('base_model.fc.3.bias', 1, 'cls_head.fc_cls.bias'),
]


def test_names_of_mobilenet():
    """They are those of our network."""
    weights = {name: torch.zeros((1, ) * dims)
               for name, dims, _ in MOBILENET}
    renamed = list(from_official(weights))
    assert renamed[-1] == 'backbone.mask_input'
    assert renamed[:-1] == [own for *_, own in MOBILENET]
    known = AFMobileNetV3(8).state_dict()
    for _, dims, own in MOBILENET:
        if own.startswith('backbone.'):
            assert known[own[len('backbone.'):]].dim() == dims


def test_other_files_are_kept():
    weights = {'backbone.conv1.weight': torch.zeros(1)}
    assert from_official(weights) is weights
