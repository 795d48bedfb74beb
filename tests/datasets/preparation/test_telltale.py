"""The drawn benchmark: what it claims about itself, and how it is read."""

import dataclasses
import json
from collections import Counter

import av
import numpy as np
import pytest
import torch
from mmaction.registry import DATASETS, METRICS
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import Runner

from s2dnet_mmaction.datasets.preparation import drawing, telltale
from s2dnet_mmaction.datasets.preparation.telltale import (
    SceneOptions,
    TelltaleOptions,
)
from s2dnet_mmaction.functional import synopsis_sample
from tests.support.glints import ROOT

SMALL = TelltaleOptions(num_train=12, num_val=4, num_closeups=4)


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    """A small data set with decoded frames."""
    folder = tmp_path_factory.mktemp('data') / 'telltale'
    assert telltale.write_dataset(str(folder), SMALL, 1, decode=True)
    return folder


def files(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob('*') if path.is_file()
    }


def draw(label, **changes):
    """The video of a class, all chance alike."""
    return telltale.draw_scene(
        SceneOptions(**changes), label, np.random.default_rng(7))


def to_pixel(relative, extent):
    return (1 + relative) * (extent - 1) / 2


def test_deterministic():
    one, other = (telltale.draw_video(3, SMALL) for _ in range(2))
    assert np.array_equal(one.frames, other.frames)
    assert one[1:] == other[1:]
    reseeded = telltale.draw_video(3, dataclasses.replace(SMALL, seed=1))
    assert reseeded.place != one.place
    assert telltale.draw_closeup(3, SMALL).frames.shape == (8, 40, 40, 3)


def test_classes_take_turns():
    assert len(telltale.CLASSES) == 9
    assert drawing.BLIND_CEILING == 1 / 3
    for drawn in (telltale.draw_video, telltale.draw_closeup):
        labels = [drawn(i, SMALL).label for i in range(14)]
        assert labels == [*range(9), *range(5)]


@pytest.mark.parametrize('index', range(6))
def test_place_is_where_the_detail_is(index):
    quiet = dataclasses.replace(SMALL, noise_std=0.0, mottle=0.0)
    video = telltale.draw_video(index, quiet)
    t, y, x = video.place
    frames = video.frames.astype(float)
    peak = to_pixel(t, len(frames))
    assert peak == pytest.approx(frames.mean((1, 2, 3)).argmax())
    # The disc is what has a colour
    colour = np.ptp(frames[round(peak)], -1)
    rows, columns = np.nonzero(colour > colour.max() / 2)
    assert rows.mean() == pytest.approx(to_pixel(y, 128), abs=0.5)
    assert columns.mean() == pytest.approx(to_pixel(x, 128), abs=0.5)


def test_places_crowd_about_the_middle():
    rng = np.random.default_rng(0)
    scene = SceneOptions(frame_px=40, spread_px=10, num_frames=(9, 9))
    places = np.array(
        [telltale.draw_scene(scene, 0, rng).place for _ in range(300)])
    offset = to_pixel(places[:, 1:], 40) - 19.5
    assert np.abs(offset).max() < 13
    # Triangular: the variance is a sixth, of a uniform one a third
    assert offset.std() == pytest.approx(10 / 6**0.5, rel=0.15)


@pytest.mark.parametrize('index', range(4))
def test_decoys(index):
    """Grey discs; the scene lights up for each, but less."""
    plain = dataclasses.replace(SMALL, noise_std=0.0, mottle=0.0)
    several = dataclasses.replace(plain, num_decoys=2)
    alone, video = (telltale.draw_video(index, options)
                    for options in (plain, several))
    assert video.place == alone.place
    peak = round(to_pixel(video.place[0], len(video.frames)))
    # The disc of the class and its stripes are the same at their peak
    disc = np.ptp(alone.frames[peak].astype(int), -1) > 20
    assert np.array_equal(video.frames[peak][disc], alone.frames[peak][disc])
    ground = np.median(video.frames.astype(float), (1, 2, 3))
    assert ground[peak] == ground.max()
    apart = np.abs(np.arange(len(ground)) - peak) > 7
    others = ground[apart].max() - np.median(alone.frames[-1])
    assert 13 < others < 32  # 15 each; two may shine at once


@pytest.mark.parametrize('seed', range(8))
def test_colour_in_the_farthest_corner(seed):
    """Videos of two groups are the same but in a corner far off the disc."""
    one, other = (
        telltale.draw_scene(SceneOptions(colour_in_corner=True), label,
                            np.random.default_rng(seed))
        for label in (0, 3))
    differ = (one.frames != other.frames).any((0, 3))
    place = [to_pixel(at, 128) for at in one.place[1:]]
    for at, (first, last) in zip(place, (
            np.flatnonzero(differ.any(axis))[[0, -1]] for axis in (1, 0))):
        assert 24 <= last - first <= 27
        # a window of 48 px about the disc ends 24 px from its centre
        assert min(abs(first - at), abs(last - at)) > 30
    disc = one.frames[:, round(place[0]), round(place[1])].astype(int)
    assert np.ptp(disc, axis=-1).max() <= 1  # grey


@pytest.mark.parametrize('options, error', [
    (dict(frame_px=40, spread_px=10), ValueError),
    (dict(drift_px=70, spread_px=10), ValueError),
    (dict(colour_in_corner='no'), TypeError),
])
def test_colour_in_corner_needs_room(options, error):
    with pytest.raises(error, match='colour_in_corner: got'):
        SceneOptions(**{'colour_in_corner': True, **options})


def test_shortest_video_with_decoys():
    scene = SceneOptions(num_frames=(24, 24), num_decoys=3, frame_px=40,
                         spread_px=10)
    for seed in range(20):  # a place for each light is found
        telltale.draw_scene(scene, 0, np.random.default_rng(seed))


@pytest.mark.parametrize('share, plain', [
    (0.0, []), (0.5, [1, 3, 5]), (1.0, [0, 1, 2, 3, 4, 5]), (0.3, [3])])
def test_plain_videos(share, plain):
    """All classes of a turn; wide stripes on the ground are all they add."""
    options = dataclasses.replace(SMALL, plain_share=share)
    for turn in range(6):
        for label in (0, 7):
            one, other = (telltale.draw_video(9 * turn + label, each)
                          for each in (options, SMALL))
            difference = one.frames.astype(int) - other.frames
            assert difference.any() == (turn in plain)
            assert one[1:] == other[1:]
            # and these do not move
            assert np.abs(difference.std(0)).max() < 12


def test_plain_videos_show_the_member_in_the_synopsis():
    """Their stripes have the direction of the small ones."""
    rows = []
    for member in range(3):  # of one group
        options = dataclasses.replace(SMALL, plain_share=1.0)
        frames = telltale.draw_video(member, options).frames
        synopsis = synopsis_sample(
            torch.from_numpy(frames).permute(0, 3, 1, 2)[None], None, 1,
            (20, 20))[0, 0].mean(0)
        rows.append([float(synopsis.diff(dim=axis).abs().mean())
                     for axis in (0, 1)])
    (y0, x0), (y1, x1), (y2, x2) = rows
    assert y0 > 2 * x0  # across horizontal stripes
    assert x1 > 2 * y1
    assert y2 == pytest.approx(x2, rel=.3)  # diagonal


def test_members_look_alike_in_the_synopsis():
    """At 20 px the noise is larger than what tells members apart."""

    def difference(one, other, size):
        """Largest over the frames, of the whole disc's root mean square."""
        change = one.frames.astype(np.float32) - other.frames
        frames = torch.from_numpy(change).permute(0, 3, 1, 2)[None]
        small = synopsis_sample(
            frames, None, frames.size(1), (size, size)).mean(2)
        inside = small.abs() > 0  # only the disc differs
        return (small * inside).square().mean((2, 3)).sqrt().max()

    quiet = [draw(member, noise_std=0.0) for member in range(3)]
    noise = difference(draw(0), quiet[0], 20)
    for other in quiet[1:]:
        assert other.place == quiet[0].place
        assert difference(quiet[0], other, 20) < 0.5 * noise
        assert difference(quiet[0], other, 128) > 4
    groups = draw(0, noise_std=0.0), draw(3, noise_std=0.0)
    assert not np.array_equal(groups[0].frames[0], groups[1].frames[0])


def test_stripes_are_briefer_than_the_light():
    striped, plain = (
        draw(0, noise_std=0.0, stripe_contrast=contrast)
        for contrast in (40.0, 0.0))
    lit, stripes = (
        np.abs(frames.astype(float) - dark).mean((1, 2, 3))
        for frames, dark in ((plain.frames, plain.frames[-1]),
                             (striped.frames, plain.frames)))
    peak = round(to_pixel(plain.place[0], len(lit)))
    assert peak + 4 < len(lit) - 8  # the last frame is dark
    for seen, std in ((lit, 2.5), (stripes, 1.2)):
        for after in (1, 2):
            # Of whole steps of brightness, and the disc drifts
            assert seen[peak + after] / seen[peak] == pytest.approx(
                np.exp(-0.5 * (after / std)**2), abs=0.05)


def test_stripes_survive_the_codec(root):
    """Most of the drawn amplitude is in the decoded peak frame."""
    for index in range(4):
        drawn = telltale.draw_video(index, SMALL)
        plain = telltale.draw_video(
            index, dataclasses.replace(SMALL, stripe_contrast=0.0))
        decoded = np.load(root / f'decoded/{index:05d}.npy')
        peak = round(to_pixel(drawn.place[0], len(decoded)))
        even, stripes, found = (
            frames[peak].mean(-1)
            for frames in (plain.frames, drawn.frames, decoded))
        stripes -= even
        kept = ((found - even) * stripes).sum() / (stripes**2).sum()
        assert 0.8 < kept < 1.1


def test_files(root):
    assert (root / 'classes.txt').read_text().splitlines() \
        == telltale.CLASSES
    number = 0
    for name, count in (('train', 12), ('val', 4)):
        lines = (root / f'{name}.txt').read_text().splitlines()
        placed = (root / f'{name}_places.txt').read_text().splitlines()
        assert len(lines) == len(placed) == count
        for line, with_place in zip(lines, placed):
            file, label, *place = with_place.split()
            assert line == f'{file} {label}' == \
                f'videos/{number:05d}.mp4 {number % 9}'
            drawn = telltale.draw_video(number, SMALL)
            assert np.allclose(np.array(place, float), drawn.place, atol=1e-5)
            with av.open(str(root / file)) as container:
                stream = container.streams.video[0]
                assert stream.codec_context.name == 'h264'
                assert stream.frames == len(drawn.frames)
            number += 1
    lines = (root / 'closeups.txt').read_text().splitlines()
    assert lines == [f'closeups/c{i:05d}.mp4 {i}' for i in range(4)]
    labels = Counter(
        line.split()[1] for line in (root / 'train.txt').open())
    assert set(labels.values()) == {1, 2}  # 12 videos of 9 classes
    recipe = json.loads((root / 'dataset.json').read_text())
    assert recipe['frame_px'] == 128 and recipe['closeup']['frame_px'] == 40


def test_number_of_processes_changes_nothing(root, tmp_path):
    assert telltale.write_dataset(str(tmp_path / 'two'), SMALL, 2, True)
    assert files(tmp_path / 'two') == files(root)


def test_again_is_left_alone_and_other_is_refused(root):
    before = {p: p.stat().st_mtime_ns for p in root.rglob('*')}
    assert not telltale.write_dataset(str(root), SMALL, 1, decode=True)
    assert before == {p: p.stat().st_mtime_ns for p in root.rglob('*')}
    with pytest.raises(ValueError, match='which holds something else'):
        telltale.write_dataset(
            str(root), dataclasses.replace(SMALL, seed=1), 1)


def test_broken_off_leaves_nothing_behind(tmp_path, monkeypatch):

    def fail(*_, **__):
        raise OSError('disk full')

    monkeypatch.setattr(drawing, 'write_video', fail)
    with pytest.raises(OSError, match='disk full'):
        telltale.write_dataset(str(tmp_path / 'set'), SMALL, 1)
    assert not (tmp_path / 'set').exists()


def base_config(name, root, split):
    init_default_scope('mmaction')
    cfg = Config.fromfile(ROOT / f'configs/_base_/datasets/{name}.py')
    loader = cfg[f'{split}_dataloader']
    loader.dataset.data_root = str(root)
    loader.batch_size = 3
    loader.num_workers, loader.persistent_workers = 0, False
    return cfg


@pytest.mark.parametrize('split', ['train', 'val', 'test'])
def test_decoded_frames_give_the_same_clips(root, split):
    """What the network gets, to the bit, and the place with it."""
    one, other = (
        DATASETS.build(
            base_config(name, root, split)[f'{split}_dataloader'].dataset)
        for name in ('telltale', 'telltale_decoded'))
    assert len(one) == len(other) == (12 if split == 'train' else 4)
    for index in (0, 3):
        assert torch.equal(one[index]['inputs'], other[index]['inputs'])
        sample = other[index]['data_samples']
        first = index if split == 'train' else 12 + index
        assert sample.gt_label.item() == first % 9
        assert sample.place == pytest.approx(
            telltale.draw_video(first, SMALL).place, abs=1e-5)
        assert sample.img_shape == (128, 128)


@pytest.mark.parametrize('name', ['telltale', 'telltale_decoded'])
def test_base_configs_build(root, name):
    cfg = base_config(name, root, 'train')
    loader = Runner.build_dataloader(cfg.train_dataloader, seed=0)
    batch = next(iter(loader))
    assert len(batch['inputs']) == len(batch['data_samples']) == 3
    assert all('place' in sample for sample in batch['data_samples'])
    for metric in cfg.val_evaluator:
        METRICS.build(metric)


def test_reading_decoded_frames_needs_no_worker():
    cfg = Config.fromfile(ROOT / 'configs/_base_/datasets/telltale_decoded.py')
    for split in ('train', 'val', 'test'):
        loader = cfg[f'{split}_dataloader']
        assert (loader.num_workers, loader.persistent_workers) == (0, False)
        assert loader.batch_size == 32
        assert loader.dataset.pipeline[0].type == 'DecodedInit'
