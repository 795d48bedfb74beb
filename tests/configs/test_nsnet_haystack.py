"""The four steps of docs/nsnet.md, on a tiny Haystack."""

import copy

import numpy as np
import pandas as pd
import pytest
import torch
from mmaction.apis import MMAction2Inferencer
from mmengine.runner import Runner

from tests.support import haystack, nsnet
from tests.support.two_ranks import train_on_two_ranks

pytestmark = pytest.mark.slow


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    """Steps 1 to 3, and cached features."""
    folder = tmp_path_factory.mktemp('nsnet')
    haystack.write(folder / 'data')
    nsnet.prepare(folder)
    return folder


@pytest.fixture(scope='module')
def trained(root):
    """Step 4."""
    runner = Runner.from_cfg(nsnet.config(nsnet.NSNET, root))
    before = copy.deepcopy(runner.model.state_dict())
    runner.train()
    return runner, before


def test_targets(root):
    for part, first in (('train', 0), ('val', 6)):
        table = pd.read_parquet(root / f'guiding/{part}/results')
        for row in table.itertuples():
            frames = nsnet.number_of_frames(first + row.index)
            assert row.clip_starts.tolist() == [4 * n for n in range(frames)]
            for values in (row.prototype, row.response):
                assert len(values) == frames
                assert 0 <= values.min() <= values.max() <= 1


def test_training_and_test(root, trained):
    runner, before = trained
    after = runner.model.state_dict()
    for file, prefix in (('recognizer', 'recognizer.'),
                         ('extractor', 'samplers.visual.')):
        own = torch.load(root / f'{file}/epoch_1.pth',
                         weights_only=False)['state_dict']
        for name, value in own.items():
            if prefix == 'recognizer.' or name.startswith('backbone.'):
                assert after[prefix + name].equal(value), name
    for part in ('encoder', 'scrutinize', 'glimpse'):
        assert any(not after[name].equal(before[name]) for name in after
                   if name.startswith(f'samplers.visual.{part}')), part
    metrics = runner.test()
    assert 0 <= metrics['acc/top1'] <= 1
    assert 0 <= metrics['picks/in_event'] <= 1


def test_cached_features_are_those_of_the_extractor(root, trained):
    """A view of frames is embedded as what was cached."""
    runner, _ = trained
    sampler = runner.model.samplers['visual'].eval()
    pipeline = copy.deepcopy(runner.cfg.val_dataloader)
    pipeline.dataset.ann_file = 'train.txt'
    loader = Runner.build_dataloader(pipeline)
    sample = loader.dataset[0]
    view = sample['inputs']['visual']
    starts = sample['data_samples'].candidate_source.starts
    with np.load(root / 'features/00000.mp4.npz') as file:
        cached = file['features'][np.searchsorted(file['starts'], starts)]
    with torch.no_grad():
        torch.testing.assert_close(sampler.embed(view),
                                   torch.from_numpy(cached), atol=1e-4,
                                   rtol=1e-4)


def test_an_inferencer_answers_as_the_test(root, trained):
    runner, _ = trained
    runner.model.eval()
    with torch.no_grad():
        samples = [sample for batch in runner.test_dataloader
                   for sample in runner.model.test_step(batch)]
    cfg = nsnet.config(nsnet.NSNET, root)
    cfg.test_pipeline = cfg.test_dataloader.dataset.pipeline
    cfg.dump(str(root / 'nsnet.py'))
    inferencer = MMAction2Inferencer(
        rec=str(root / 'nsnet.py'), rec_weights=str(
            root / 'work/epoch_1.pth'), device='cpu')
    for line, sample in zip((root / 'data/val.txt').read_text().splitlines(),
                            samples):
        got = inferencer(str(root / 'data' / line.split()[0]))
        assert got['predictions'][0]['rec_scores'][0] == pytest.approx(
            sample.pred_score.tolist(), abs=1e-5)


def test_the_oracle_picks_by_the_guiding_saliency(root, trained):
    cfg = nsnet.config(nsnet.ORACLE, root, experiment_name='oracle')
    cfg.load_from = str(root / 'work/epoch_1.pth')
    runner = Runner.from_cfg(cfg)
    metrics = runner.test()
    assert -1 <= metrics['saliency/fs'] <= 1
    assert -1 <= metrics['saliency/vg'] <= 1
    for batch in runner.test_dataloader:
        for sample in runner.model.test_step(batch):
            truth = torch.as_tensor(sample.true_scores)
            best = truth.argsort(descending=True, stable=True)[:10]
            assert sample.picks.equal(best.sort().values)


def test_ranks_agree(root):
    """Bit by bit; the parts of the sampler are trained."""
    cfg = nsnet.config(nsnet.NSNET, root)
    cfg.work_dir = str(root / 'two_ranks')
    first, last = train_on_two_ranks(cfg, steps=3)
    for name in ('encoder.places', 'scrutinize.fc.weight',
                 'glimpse.fc.weight'):
        assert not torch.equal(first[f'samplers.visual.{name}'],
                               last[f'samplers.visual.{name}']), name
