"""A run over many videos, in this process."""

import os
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from filelock import FileLock
from mmaction.registry import MODELS
from mmengine.registry import init_default_scope
from mmengine.runner import Runner

from s2dnet_mmaction.apis.bulk.predict import predict_videos
from tests.support import glints, odd_videos, tiny


@pytest.fixture(scope='module')
def case(glints_root, tmp_path_factory):
    """Config and checkpoint."""
    folder = tmp_path_factory.mktemp('bulk')
    tiny.write_checkpoint(folder / 'a.pth')
    return (glints.config(glints_root, folder / 'work'),
            str(folder / 'a.pth'))


@pytest.fixture(scope='module')
def val(glints_root):
    return str(glints_root / 'val.txt')


def results(out):
    table = pd.read_parquet(out / 'results').sort_values('index')
    assert table['input'].is_unique
    return table.reset_index(drop=True)


def test_scores_are_those_of_a_test(case, val, tmp_path):
    """Of the same data loader; with the labels of the list."""
    cfg, checkpoint = case
    summary = predict_videos(cfg, checkpoint, val, str(tmp_path),
                             fields=['scores', 'synopsis_scores'])
    assert summary == (12, 12, [])
    table = results(tmp_path)
    assert list(table) == ['index', 'input', 'label', 'pred_label',
                           'pred_score', 'scores', 'topk_labels',
                           'synopsis_scores', 'pred_class']
    cfg = cfg.copy()
    cfg.load_from, cfg.experiment_name = checkpoint, 'bulk'
    runner = Runner.from_cfg(cfg)
    runner.load_or_resume()
    runner.model.eval()
    with torch.no_grad():
        samples = [sample for batch in runner.test_dataloader
                   for sample in runner.model.test_step(batch)]
    for row, sample in zip(table.itertuples(), samples, strict=True):
        assert row.label == int(sample.gt_label)
        assert row.pred_label == int(sample.pred_label)
        np.testing.assert_allclose(row.scores, sample.pred_score, atol=1e-6)
        np.testing.assert_allclose(row.synopsis_scores, sample.synopsis_score,
                                   atol=1e-6)


def test_goes_on(case, val, tmp_path, glints_root, capsys):
    """With a longer list; what is there is not read again."""
    cfg, checkpoint = case
    lines = Path(val).read_text().splitlines()
    short = tmp_path / 'short.txt'
    short.write_text('\n'.join(lines[:5]))
    out = tmp_path / 'out'
    assert predict_videos(cfg, checkpoint, str(short), str(out)) == (5, 5, [])
    before = results(out)
    assert predict_videos(cfg, checkpoint, val, str(out)) == (12, 12, [])
    assert len(list((out / 'results').iterdir())) == 2
    pd.testing.assert_frame_equal(results(out)[:5], before)
    # the summary is of the source
    assert predict_videos(cfg, checkpoint, str(short), str(out)) == (5, 5, [])
    with pytest.raises(ValueError, match=r"columns of .*got \[\], "
                       r"expected \[\('scores', 'list<float>'\)\]"):
        predict_videos(cfg, checkpoint, val, str(out), fields=['scores'])
    with pytest.raises(ValueError, match='settings of '):
        other = cfg.copy()
        other.model.neck.var = 2
        predict_videos(other, checkpoint, val, str(out))


def test_broken_videos(case, glints_root, tmp_path):
    """Each is listed with its reason; a mended one is read on request."""
    cfg, checkpoint = case
    videos = tmp_path / 'videos'
    videos.mkdir()
    for i in range(3):
        os.link(glints_root / f'videos/0000{i}.mp4', videos / f'{i}.mp4')
    (videos / 'empty.mp4').touch()
    (videos / 'text.mp4').write_text('no video')
    out = tmp_path / 'out'
    run = (cfg, checkpoint, str(videos), str(out))
    summary = predict_videos(*run, batch_size=2)
    assert summary[:2] == (5, 3)
    reasons = {row['input']: row['reason'] for row in summary.broken}
    assert set(reasons) == {str(videos / 'empty.mp4'),
                            str(videos / 'text.mp4')}
    assert all('.mp4' in reason and '\n' not in reason
               for reason in reasons.values())
    assert len(results(out)) == 3
    shutil.copy(videos / '0.mp4', videos / 'text.mp4')
    assert predict_videos(*run)[:2] == (5, 3)
    summary = predict_videos(*run, retry_broken=True)
    assert summary[:2] == (5, 4) and len(summary.broken) == 1


def test_odd_files(case, tmp_path):
    """None of them ends the run."""
    cfg, checkpoint = case
    frames = np.random.default_rng(0).integers(
        0, 255, (12, 64, 64, 3), np.uint8)
    videos = tmp_path / 'videos'
    videos.mkdir()
    odd_videos.write_cut(videos / 'cut.mp4', frames)  # has no picture
    odd_videos.write_hidden_frames(videos / 'hidden.webm', frames)
    odd_videos.write_sound(videos / 'sound.mp4')
    summary = predict_videos(cfg, checkpoint, str(videos),
                             str(tmp_path / 'out'))
    assert sorted(row['input'] for row in summary.broken) == [
        str(videos / name) for name in ('cut.mp4', 'sound.mp4')]
    assert summary.predicted == summary.videos - 2 >= 1


def test_all_broken(case, tmp_path):
    """The run ends, and lists none of them: the disk may be away."""
    cfg, checkpoint = case
    (tmp_path / 'list.txt').write_text(
        '\n'.join(f'missing/{i}.mp4' for i in range(10)))
    run = (cfg, checkpoint, str(tmp_path / 'list.txt'), str(tmp_path / 'out'))
    with pytest.raises(RuntimeError,
                       match='got 4 in a row.*missing/3.*Correct the paths'):
        predict_videos(*run, batch_size=2, give_up_after=4)
    summary = predict_videos(*run, batch_size=2, give_up_after=11)
    assert summary[:2] == (10, 0) and len(summary.broken) == 10


def test_storage_goes_away(case, glints_root, tmp_path):
    """In the middle. What was read before is kept; the others are read when
    it is there again. A few broken ones in a row do not end the run."""
    cfg, checkpoint = case
    videos = tmp_path / 'videos'
    videos.mkdir()
    for i in (0, 3, 4, 5, 6, 7, 8):
        shutil.copy(glints_root / f'videos/0000{i}.mp4', videos / f'{i}.mp4')
    for i in (1, 2):
        (videos / f'{i}.mp4').touch()
    listed = tmp_path / 'list.txt'
    listed.write_text('\n'.join(str(videos / f'{i}.mp4') for i in range(9)))
    run = (cfg, checkpoint, str(listed), str(tmp_path / 'out'))
    for i in range(5, 9):
        (videos / f'{i}.mp4').rename(tmp_path / f'{i}.mp4')
    with pytest.raises(RuntimeError, match='got 3 in a row'):
        predict_videos(*run, batch_size=1, give_up_after=3)
    assert results(tmp_path / 'out')['index'].tolist() == [0, 3, 4]
    for i in range(5, 9):
        (tmp_path / f'{i}.mp4').rename(videos / f'{i}.mp4')
    summary = predict_videos(*run, batch_size=1, give_up_after=3)
    assert summary[:2] == (9, 7)
    assert [row['index'] for row in summary.broken] == [1, 2]


@pytest.mark.parametrize('rank', [0, 1])
def test_two_runs_at_a_time(case, val, tmp_path, rank):
    """Also if of the other one a process alone is left."""
    cfg, checkpoint = case
    (tmp_path / 'out').mkdir()
    with FileLock(tmp_path / f'out/.lock-{rank}'), pytest.raises(
            RuntimeError, match='which another run is writing to'):
        predict_videos(cfg, checkpoint, val, str(tmp_path / 'out'))
    assert not list((tmp_path / 'out/results').iterdir())


def test_recognizers_of_mmaction2(glints_root, tmp_path):
    """Their scores, by the same command."""
    cfg = glints.config(glints_root, tmp_path / 'work')
    cfg.model = dict(
        type='Recognizer3D', backbone=tiny.X3D,
        cls_head=dict(type='X3DHead', num_classes=6, in_channels=96,
                      average_clips='prob'),
        data_preprocessor=dict(type='ActionDataPreprocessor',
                               mean=[120.] * 3, std=[60.] * 3,
                               format_shape='NCTHW'))
    cfg.test_dataloader.dataset.pipeline[1].max_frames = 4
    init_default_scope('mmaction')
    model = MODELS.build(cfg.model)
    torch.save(dict(state_dict=model.state_dict()), tmp_path / 'a.pth')
    summary = predict_videos(
        cfg, str(tmp_path / 'a.pth'), str(glints_root / 'val.txt'),
        str(tmp_path / 'out'), fields=['scores'], batch_size=1)
    assert summary == (12, 12, [])
    scores = np.stack(results(tmp_path / 'out')['scores'])
    np.testing.assert_allclose(scores.sum(1), 1, atol=1e-5)


def test_bad_engine(case, val, tmp_path):
    with pytest.raises(ValueError, match="engine: got 'spark'"):
        predict_videos(*case, val, str(tmp_path), engine='spark')
