"""The network of spectrograms, and files with its entries."""

import pytest
import torch

from s2dnet_mmaction.models.backbones import VGGish

SMALL = dict(base_channels=4, fc_channels=16)
# of the PyTorch conversions of the official weights
ENTRIES = {
    **{f'features.{i}.weight': (out, inputs, 3, 3) for i, out, inputs in (
        (0, 64, 1), (3, 128, 64), (6, 256, 128), (8, 256, 256),
        (11, 512, 256), (13, 512, 512))},
    'embeddings.0.weight': (4096, 12288), 'embeddings.2.weight': (4096, 4096),
    'embeddings.4.weight': (128, 4096)}


def test_entries_are_those_of_official_files():
    with torch.device('meta'):
        net = VGGish()
    own = {name: tuple(value.shape)
           for name, value in net.state_dict().items() if 'weight' in name}
    assert own == ENTRIES
    assert net.out_channels == 128


@pytest.mark.parametrize('stage, channels', [
    ('conv4_2', 32), ('pool4', 32), ('fc1', 16), ('fc2', 128)])
def test_stages(stage, channels):
    net = VGGish(stage, **SMALL)
    assert net(torch.randn(3, 1, 40, 200)).shape == (3, channels)
    assert net.out_channels == channels


def test_earlier_stages_are_parts_of_the_whole():
    torch.manual_seed(0)
    whole, pooled = VGGish(**SMALL), VGGish('pool4', **SMALL)
    pooled.load_state_dict({name: value for name, value in
                            whole.state_dict().items() if 'features' in name})
    x = torch.randn(2, 1, 40, 200)
    maps = whole.features(x.transpose(2, 3))
    assert maps.shape == (2, 32, 12, 2)
    torch.testing.assert_close(pooled(x), maps.mean((2, 3)))


def test_maps_keep_their_strength():
    """At the start of a training without a file."""
    torch.manual_seed(0)
    net = VGGish('pool4', base_channels=16)
    net.init_weights()
    x = torch.randn(8, 1, 40, 200)
    spread = net(x).std(0).mean() / x.mean((2, 3)).std()
    assert .3 < float(net.features(x).pow(2).mean().sqrt()) < 3
    assert spread > .3


def test_the_map_is_flattened_as_in_vggish():
    """Positions first, channels last."""
    net = VGGish('fc1', **SMALL)
    maps = net.features(torch.randn(1, 1, 96, 64).transpose(2, 3))
    flat = torch.stack([maps[0, :, y, x] for y in range(maps.size(2))
                        for x in range(maps.size(3))]).flatten()
    expected = net.embeddings(flat[None])
    net.features = torch.nn.Identity()
    torch.testing.assert_close(net(maps.transpose(2, 3)), expected)


def test_the_file_must_fill_it(tmp_path):
    first = VGGish(**SMALL)
    path = tmp_path / 'vggish.pth'
    torch.save(first.state_dict(), path)
    second = VGGish(init_cfg=dict(type='Pretrained', checkpoint=str(path)),
                    **SMALL)
    second.init_weights()
    for name, value in second.state_dict().items():
        assert value.equal(first.state_dict()[name])
    del (weights := first.state_dict())['features.0.bias']
    torch.save(weights, path)
    with pytest.raises(ValueError, match='features.0.bias'):
        VGGish(init_cfg=dict(type='Pretrained', checkpoint=str(path)),
               **SMALL).init_weights()


def test_frozen():
    net = VGGish(frozen=True, **SMALL)
    assert not any(p.requires_grad for p in net.parameters())


@pytest.mark.parametrize('call, message', [
    (lambda: VGGish('fc3'), "stage: got 'fc3'"),
    (lambda: VGGish(base_channels=0), 'base_channels: got 0'),
    (lambda: VGGish(**SMALL)(torch.zeros(1, 1, 40, 100)),
     r'spectrogram: got \(40, 100\)'),
])
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()
