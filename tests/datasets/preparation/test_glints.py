"""The drawn data set: what it claims about itself."""

import json

import av
import numpy as np
import pytest
import torch

from s2dnet_mmaction.datasets.preparation import drawing, glints
from s2dnet_mmaction.functional import synopsis_sample


def test_deterministic():
    one, other = glints.draw_video(3, seed=5), glints.draw_video(3, seed=5)
    assert one.label == other.label
    assert np.array_equal(one.frames, other.frames)
    assert not np.array_equal(
        glints.draw_video(3, seed=6).frames[:50], one.frames[:50])


def test_classes_take_turns():
    labels = [glints.draw_video(i, 0).label for i in range(12)]
    assert labels == list(range(6)) * 2
    assert len(glints.CLASSES) == 6
    assert pytest.approx(1 / 3) == drawing.BLIND_CEILING


def test_files(glints_root):
    assert (glints_root / 'classes.txt').read_text().splitlines() \
        == glints.CLASSES
    codecs = set()
    for name, count in (('train', 24), ('val', 12)):
        lines = (glints_root / f'{name}.txt').read_text().splitlines()
        assert len(lines) == count
        for line in lines:
            file, label = line.split()
            assert 0 <= int(label) < 6
            with av.open(str(glints_root / file)) as container:
                stream = container.streams.video[0]
                codecs.add(stream.codec_context.name)
                low, high = glints.NUM_FRAMES
                assert low <= stream.frames <= high
    assert codecs == {'h264', 'mpeg4'}


def test_again_is_left_alone_and_other_is_refused(glints_root):
    before = {p: p.stat().st_mtime_ns for p in glints_root.rglob('*')}
    assert glints.write_dataset(str(glints_root), 24, 12, 0) is False
    assert before == {p: p.stat().st_mtime_ns for p in glints_root.rglob('*')}
    with pytest.raises(ValueError, match='which holds something else'):
        glints.write_dataset(str(glints_root), 25, 12, 0)


def test_broken_off_leaves_nothing_behind(tmp_path, monkeypatch):

    def fail(*_):
        raise OSError('disk full')

    monkeypatch.setattr(drawing, 'write_video', fail)
    with pytest.raises(OSError, match='disk full'):
        glints.write_dataset(str(tmp_path / 'set'), 1, 1, 0)
    assert not (tmp_path / 'set').exists()
    monkeypatch.undo()
    assert glints.write_dataset(str(tmp_path / 'set'), 1, 1, 0)
    assert json.loads((tmp_path / 'set/dataset.json').read_text())['seed'] == 0
    assert [p.name for p in tmp_path.iterdir()] == ['set']


def test_stripes_are_out_of_sight_of_the_synopsis():
    """The stripes' contrast survives at 1 px stride and dies at 16 px."""

    def contrast(size):
        """Brightness variation within the disc, lit versus unlit."""
        y, x = np.mgrid[:128, :128]
        wave = np.sin(2 * np.pi / glints.STRIPE_PERIOD_PX * x)
        frame = torch.from_numpy(100 + 45 * wave).float()
        small = synopsis_sample(
            frame[None, None, None], None, 1, (size, size))
        return small[..., 2:-2].std().item()

    assert contrast(128) > 25
    assert contrast(16) < 1  # the sensor noise drawn has a deviation of 3


def test_place_is_the_disc_in_the_middle_of_the_glint(glints_root):
    """There the disc's colour stands out, and stripes are on it."""
    for name in ('train', 'val'):
        plain = (glints_root / f'{name}.txt').read_text().splitlines()
        placed = (glints_root / f'{name}_places.txt').read_text().splitlines()
        assert [' '.join(line.split()[:2]) for line in placed] == plain
    for index in range(6):
        video = glints.draw_video(index, 0)
        extent = np.array(video.frames.shape[:3])
        t, y, x = ((np.array(video.place) + 1) * (extent - 1) / 2).round()
        radius = glints.DISC_RADIUS_PX // 2

        def contrast(frame, y=int(y), x=int(x), radius=radius):
            disc = frame[y - radius:y + radius, x - radius:x + radius]
            return disc.mean(-1).std()

        contrasts = [contrast(frame) for frame in video.frames]
        assert contrasts[int(t)] > 20
        assert contrasts[0] < 20 and contrasts[-1] < 20
