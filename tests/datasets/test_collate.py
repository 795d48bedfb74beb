"""Batches of unequal lengths, in the main process and in workers."""

import copy

import pytest
import torch
from mmaction.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.registry import FUNCTIONS, init_default_scope
from mmengine.runner import Runner

from s2dnet_mmaction.datasets import video_collate
from tests.support import glints, tiny


def samples(dtype=torch.uint8, **options):
    """What PackActionInputs gives: memory in the order (V, T, H, W, C)."""
    batch = tiny.batch(**options)
    return [
        dict(
            inputs=video.to(dtype).permute(0, 2, 3, 4, 1).contiguous().permute(
                0, 4, 1, 2, 3),
            data_samples=sample)
        for video, sample in zip(batch['inputs'], batch['data_samples'])
    ]


class Loaded(torch.utils.data.Dataset):

    def __init__(self, items):
        self.items = items

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return self.items[i]


@pytest.mark.parametrize('num_workers', [0, 1])
@pytest.mark.parametrize('dtype', [torch.uint8, torch.float16])
def test_unequal_lengths(num_workers, dtype):
    items = samples(dtype, lengths=(5, 7, 1), views=2)
    loader = torch.utils.data.DataLoader(
        Loaded(items), batch_size=3, num_workers=num_workers,
        collate_fn=video_collate)
    batch, = loader
    assert batch['inputs'].shape == (3, 2, 3, 7, 24, 28)
    assert batch['inputs'].dtype == dtype
    assert batch['lengths'].tolist() == [5, 7, 1]
    for i, item in enumerate(items):
        length = item['inputs'].size(2)
        assert torch.equal(batch['inputs'][i, :, :, :length], item['inputs'])
        assert (batch['inputs'][i, :, :, length:] == 0).all()
    labels = [int(sample.gt_label) for sample in batch['data_samples']]
    assert labels == [0, 1, 2]
    memory = batch['inputs'].permute(0, 1, 3, 4, 5, 2)
    assert memory.is_contiguous()


def test_one_video_is_not_copied():
    item, = samples(lengths=(4, ))
    batch = video_collate([item])
    assert batch['inputs'].shape == (1, *item['inputs'].shape)
    assert batch['inputs'].data_ptr() == item['inputs'].data_ptr()
    assert batch['lengths'].tolist() == [4]


def test_all_else_is_listed():
    items = [dict(item, extra=i) for i, item in enumerate(samples())]
    batch = video_collate(items)
    assert batch['extra'] == [0, 1]
    assert set(batch) == {'inputs', 'lengths', 'data_samples', 'extra'}


@pytest.mark.parametrize('num_workers', [0, 2])
def test_from_a_config(glints_root, tmp_path, num_workers):
    """The runner finds it by name; the model gets the same as before."""
    cfg = glints.config(glints_root, tmp_path)
    init_default_scope('mmaction')
    loader = cfg.val_dataloader
    assert loader.collate_fn == dict(type='video_collate')
    loader.update(batch_size=5, num_workers=num_workers)
    batch = next(iter(Runner.build_dataloader(copy.deepcopy(loader))))
    assert len(set(batch['lengths'].tolist())) > 1  # unequal
    preprocessor = MODELS.build(cfg.model.data_preprocessor)
    got = preprocessor(batch)
    dataset = DATASETS.build(loader.dataset)
    dataset = [dataset[i] for i in range(5)]
    pseudo_collate = FUNCTIONS.get('pseudo_collate')
    expected = preprocessor(pseudo_collate(dataset))
    assert torch.equal(got['inputs'], expected['inputs'])
    assert torch.equal(got['lengths'], expected['lengths'])
    assert [sample.gt_label for sample in got['data_samples']] == [
        sample.gt_label for sample in expected['data_samples']]


def test_errors():
    short, wide = samples(size=(8, 8)), samples(size=(8, 9))
    with pytest.raises(ValueError, match=r"inputs\[1\].shape: got \[1, 3, 'T'"
                       r', 8, 9\]'):
        video_collate([short[0], wide[0]])
    with pytest.raises(TypeError, match=r'inputs\[0\].dtype: got torch.int32'):
        video_collate(samples(torch.int32))


@pytest.mark.parametrize('data', [
    'glints', 'sthv1', 'sthv2', 'sthv2_rawframes', 'minikinetics',
    'minikinetics_rawframes', 'kinetics400', 'kinetics400_rawframes'
])
def test_shipped_loaders(data):
    cfg = Config.fromfile(
        glints.ROOT / f'configs/_base_/datasets/{data}.py')
    for split in ('train', 'val'):
        loader = cfg[f'{split}_dataloader']
        assert loader.collate_fn.type == 'video_collate'
    # mmengine's inferencers look the whole dict up and fail.
    assert 'collate_fn' not in cfg.test_dataloader
