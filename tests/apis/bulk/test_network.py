"""Batches to rows of results."""

import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope

from s2dnet_mmaction.apis.bulk.batches import Read, to_batch
from s2dnet_mmaction.apis.bulk.network import BulkNetwork
from s2dnet_mmaction.datasets.collate import video_collate
from s2dnet_mmaction.datasets.decoding.errors import UnreadableVideoError
from s2dnet_mmaction.datasets.decoding.frame_source import FrameSource
from tests.support import tiny

CLASSES = [f'action {i}' for i in range(tiny.NUM_CLASSES)]


@pytest.fixture(scope='module')
def weights(tmp_path_factory):
    file = tmp_path_factory.mktemp('weights') / 'a.pth'
    tiny.write_checkpoint(file, CLASSES)
    return str(file)


def network(weights, **options):
    init_default_scope('mmaction')
    return BulkNetwork(Config(dict(model=tiny.model_config())), weights,
                       **options)


def reads(lengths=(7, 5, 9)):
    data = tiny.batch(lengths)
    return [Read(10 + i, dict(inputs=inputs, data_samples=sample))
            for i, (inputs, sample) in enumerate(
                zip(data['inputs'], data['data_samples']))]


@pytest.mark.parametrize('collate', [video_collate, pseudo_collate])
def test_rows(weights, collate):
    net = network(weights, fields=['scores'])
    assert list(net.columns) == [
        'pred_label', 'pred_score', 'scores', 'topk_labels', 'pred_class']
    broken = [Read(3, None, 'gone')]
    rows, others = net.predict(to_batch(reads() + broken, collate))
    assert others == broken
    assert [row['index'] for row in rows] == [10, 11, 12]
    with torch.no_grad():
        expected = tiny.run(net.model, 'predict', tiny.batch((7, 5, 9)))
    for row, sample in zip(rows, expected):
        assert set(row) == {'index', *net.columns}
        assert row['scores'] == pytest.approx(sample.pred_score.tolist())
        assert row['pred_class'] == CLASSES[int(sample.pred_label)]


class Source(FrameSource):
    """Frames of a second pass, which may be broken."""

    def __init__(self, clip, error=None):
        self.positions = [0, clip.size(2) // 2, clip.size(2) - 1]
        self.clip, self.error, self.num_frames = clip, error, clip.size(2)

    def read(self, positions):
        if self.error is not None:
            raise self.error
        return self.clip[:, :, positions]


@pytest.mark.parametrize('error', [
    UnreadableVideoError('b.mp4: cut off'), FileNotFoundError('b.mp4: gone')])
def test_broken_in_the_second_pass(weights, error):
    """The others of its batch are predicted, as without it."""
    packed = []
    for i, read in enumerate(reads((9, 9, 9))):
        clip = read.sample['inputs']
        source = Source(clip, error if i == 1 else None)
        read.sample['inputs'] = clip[:, :, source.positions]
        read.sample['data_samples'].set_metainfo(dict(frame_source=source))
        packed.append(read)
    net = network(weights, fields=['scores'])
    rows, broken = net.predict(to_batch(packed, video_collate))
    assert broken == [
        Read(11, None, f'{type(error).__name__}: {error}')]
    assert [row['index'] for row in rows] == [10, 12]
    whole, _ = net.predict(to_batch(reads((9, 9, 9)), video_collate))
    for row, expected in zip(rows, whole[::2]):
        assert row['scores'] == pytest.approx(expected['scores'], abs=1e-6)


def test_an_error_of_the_model_ends_the_run(weights):
    net = network(weights)
    with pytest.raises(ValueError, match='FormatShape'):
        net.predict(to_batch(
            [Read(0, dict(inputs=torch.zeros(3, 3, 3),
                          data_samples=reads()[0].sample['data_samples']))],
            pseudo_collate))


def test_options(weights):
    assert network(weights, classes='uvwxyz').classes == list('uvwxyz')
    with pytest.raises(ValueError, match='6, one for each class'):
        network(weights, classes=['a'])
    with pytest.raises(ValueError, match="fields: got 'grids', expected one"):
        network(weights, fields=['grids'])
    with pytest.raises(ValueError, match="got 'heatmaps'"):  # it has none
        network(weights, fields=['heatmaps'])
