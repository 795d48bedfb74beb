"""The three steps of docs/scsampler.md, on a tiny Haystack."""

import copy

import pandas as pd
import pytest
import torch
from mmaction.apis import MMAction2Inferencer
from mmengine.runner import Runner

from s2dnet_mmaction.apis.bulk.all_clips import all_clips
from s2dnet_mmaction.apis.bulk.predict import predict_videos
from s2dnet_mmaction.datasets.preparation.haystack import plan
from tests.support import haystack

RANK = haystack.SAMPLER.format('rank')
AV = RANK.replace('rank_r18', 'rank-av_r18-vggish')
MOTION = RANK.replace('rank_r18', 'rank-motion_r18')


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp('haystack')
    haystack.write(folder / 'data')
    return folder


@pytest.fixture(scope='module')
def recognizer(root):
    """Step 1."""
    runner = Runner.from_cfg(haystack.config(
        haystack.RECOGNIZER, root / 'data', root / 'recognizer'))
    runner.train()
    return root / 'recognizer/epoch_1.pth'


@pytest.fixture(scope='module')
def clip_scores(root, recognizer):
    """Step 2; folders by the name of the list."""
    folders = {}
    for name in ('train', 'val'):
        cfg = haystack.config(haystack.DENSE, root / 'data', root / 'dense',
                              recognizer)
        all_clips(cfg)
        summary = predict_videos(
            cfg, str(recognizer), str(root / f'data/{name}.txt'),
            str(root / name), fields=['clips'])
        assert summary.predicted == summary.videos
        folders[name] = root / name
    return folders


def sampler_config(path, root, recognizer, clip_scores):
    cfg = haystack.config(path, root / 'data', root / path[-30:-3],
                          recognizer)
    for step in cfg.train_dataloader.dataset.pipeline:
        if step.type == 'LoadClipScores':
            step.folder = str(clip_scores['train'])
        if step.type == 'SampleCandidates':
            step.num_candidates = 8
    return cfg


def test_scores_of_all_clips(root, clip_scores):
    table = pd.read_parquet(clip_scores['train'] / 'results').sort_values(
        'index')
    assert len(table) == 6
    for row in table.itertuples():
        label, scene = plan(haystack.TINY, row.index)
        assert row.label == label
        seconds = scene.num_frames // 8
        assert row.clip_starts.tolist() == [8 * n for n in range(seconds)]
        assert len(row.clip_scores) == len(row.clip_features) == seconds
        for scores in row.clip_scores:
            assert scores.sum() == pytest.approx(1, abs=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize('path', [RANK, MOTION, AV])
def test_training_and_test(root, recognizer, clip_scores, path):
    """Step 3; the sampler changes, the recognizer does not."""
    cfg = sampler_config(path, root, recognizer, clip_scores)
    runner = Runner.from_cfg(cfg)
    before = copy.deepcopy(runner.model.state_dict())
    runner.train()
    trained = runner.model.state_dict()
    own = torch.load(recognizer, weights_only=False)['state_dict']
    for name, value in own.items():
        assert trained[f'recognizer.{name}'].equal(value), name
    assert any(not trained[name].equal(before[name]) for name in trained
               if name.startswith('samplers.'))
    metrics = runner.test()
    assert 0 <= metrics['acc/top1'] <= 1
    assert 0 <= metrics['picks/in_event'] <= 1
    kinds = [plan(haystack.TINY, 6 + n)[1].kind for n in range(3)]
    if path == AV:
        assert metrics['fallback/videos'] == 3
        assert metrics.get('fallback/audio', 0) == kinds.count('silent')
    for kind in set(kinds):
        assert f'picks/found_{kind}' in metrics


@pytest.mark.slow
def test_an_inferencer_answers_as_the_test(root, recognizer, clip_scores):
    cfg = sampler_config(RANK, root, recognizer, clip_scores)
    cfg.experiment_name = 'inferencer'
    runner = Runner.from_cfg(cfg)
    runner.load_or_resume()
    runner.model.init_weights()
    checkpoint = str(root / 'sampler.pth')
    torch.save(dict(state_dict=runner.model.state_dict(), meta={}),
               checkpoint)
    runner.model.eval()
    with torch.no_grad():
        samples = [sample for batch in runner.test_dataloader
                   for sample in runner.model.test_step(batch)]
    files = [str(root / 'data' / line.split()[0]) for line in (
        root / 'data/val.txt').read_text().splitlines()]
    cfg.test_pipeline = cfg.test_dataloader.dataset.pipeline
    cfg.dump(str(root / 'sampler.py'))
    inferencer = MMAction2Inferencer(
        rec=str(root / 'sampler.py'), rec_weights=checkpoint, device='cpu')
    for file, sample in zip(files, samples):
        got = inferencer(file)['predictions'][0]
        assert got['rec_scores'][0] == pytest.approx(
            sample.pred_score.tolist(), abs=1e-5)
