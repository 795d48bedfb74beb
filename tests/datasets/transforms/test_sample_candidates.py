"""The clips of a video among which a sampler chooses."""

import numpy as np
import pytest

from s2dnet_mmaction.datasets import SampleCandidates


def sample(total, start_index=0, **options):
    return SampleCandidates(**options)(
        dict(total_frames=total, start_index=start_index, filename='a.mp4'))


@pytest.mark.parametrize('total, options, starts', [
    (12, dict(clip_len=4), [0, 4, 8]),
    (15, dict(clip_len=4), [0, 4, 8]),  # three frames are left over
    (12, dict(clip_len=4, step=3), [0, 3, 6]),
    (16, dict(clip_len=4, frame_interval=2), [0, 8]),
    (15, dict(clip_len=4, frame_interval=2), [0, 8]),
    (3, dict(clip_len=1), [0, 1, 2]),
    (100, dict(clip_len=10, num_candidates=3, test_mode=True), [10, 50, 80]),
    (100, dict(clip_len=10, step=1, num_candidates=3, test_mode=True),
     [15, 45, 75]),
    (8, dict(clip_len=1, num_candidates=4, test_mode=True), [1, 3, 5, 7]),
    (8, dict(clip_len=1, num_candidates=4, test_mode=True, shift='all'),
     [1, 3, 5, 7]),
    (10, dict(clip_len=4, num_candidates=4, test_mode=True), [0, 0, 4, 4]),
    (2, dict(clip_len=1, num_candidates=4, test_mode=True), [0, 0, 1, 1]),
])
def test_starts(total, options, starts):
    results = sample(total, 1, **options)
    clip = np.arange(options['clip_len']) * options.get('frame_interval', 1)
    assert results['candidates'].tolist() == [
        (start + clip + 1).tolist() for start in starts]
    assert results['frame_inds'].tolist() == (
        results['candidates'].ravel().tolist())
    assert results['num_clips'] == len(starts)
    assert results['clip_len'] == options['clip_len']


def test_a_short_video_starts_again():
    results = sample(3, clip_len=5)
    assert results['candidates'].tolist() == [[0, 1, 2, 0, 1]]


def test_training_takes_one_of_each_part():
    np.random.seed(0)
    seen = set()
    for _ in range(50):
        starts = sample(103, clip_len=4, step=1,
                        num_candidates=4)['candidates'][:, 0]
        assert (starts // 25 == np.arange(4)).all()
        seen.add(tuple(starts))
    assert len(seen) > 40


@pytest.mark.parametrize('options, total, error, message', [
    (dict(clip_len=0), 9, ValueError, 'clip_len: got 0'),
    (dict(step=2.), 9, TypeError, 'step: got 2.0'),
    (dict(), 0, ValueError, 'at least one frame in a.mp4'),
])
def test_errors(options, total, error, message):
    with pytest.raises(error, match=message):
        sample(total, **options)


def test_a_shift_of_the_whole_grid():
    """One place by chance, the same in all parts, on the grid of steps."""
    starts = set()
    for _ in range(50):
        found = sample(80, clip_len=1, step=2, num_candidates=4,
                       shift='all')['candidates'][:, 0]
        assert (found % 2 == 0).all()
        assert set(np.diff(found)) == {20}
        starts.add(int(found[0]))
    assert len(starts) > 5 and min(starts) >= 0 and max(starts) < 20
