"""Motion of blocks as a map, traced back, and what it leaves."""

from types import SimpleNamespace

import numpy as np
import pytest

from s2dnet_mmaction.datasets.decoding.motion import (
    accumulate,
    residual,
    residual_as_bytes,
    vector_map,
    vectors_as_bytes,
)
from s2dnet_mmaction.datasets.decoding.orientation import Orientation

FIELDS = [(name, 'i4') for name in (
    'source', 'w', 'h', 'dst_x', 'dst_y', 'motion_x', 'motion_y',
    'motion_scale')]


def frame(*vectors, height=18, width=24, matrix=None):
    exported = SimpleNamespace(
        to_ndarray=lambda: np.array(list(vectors), FIELDS))
    data = {'MOTION_VECTORS': exported} if vectors else {}
    if matrix is not None:
        a, b, c, d = matrix
        data['DISPLAYMATRIX'] = np.array(
            [a, b, 0, c, d, 0, 0, 0, 1 << 30], np.int32).tobytes()
    return SimpleNamespace(height=height, width=width, side_data=SideData(
        data))


class SideData(dict):
    """PyAV's is asked by name and by type."""

    def get(self, key):
        return super().get(getattr(key, 'name', key))


def test_blocks_fill_their_cells():
    # middle (4, 12): the 8 x 8 block of columns 0..7 and rows 8..15
    one = frame((-1, 8, 8, 4, 12, -12, 6, 4), (-1, 16, 8, 16, 4, 8, 0, 4),
                (1, 8, 8, 20, 12, 99, 99, 4))  # into the future
    grid = vector_map(one, Orientation(one))
    assert grid.shape == (5, 6, 2)
    expected = np.zeros((5, 6, 2))
    expected[2:4, 0:2] = 3, -1.5
    expected[0:2, 2:6] = -2, 0
    np.testing.assert_array_equal(grid, expected)


def test_no_vectors():
    one = frame()
    assert (vector_map(one, Orientation(one)) == 0).all()


@pytest.mark.parametrize('matrix, place, vector', [
    ((1, 0, 0, 1), (2, 0), (3, -1)),
    ((-1, 0, 0, -1), (2, 5), (-3, 1)),  # half a turn
    ((0, 1, -1, 0), (0, 2), (1, 3)),  # a quarter turn to the right
    ((-1, 0, 0, 1), (2, 5), (-3, -1)),  # mirrored
])
def test_shown_frames(matrix, place, vector):
    """A block at row 2, column 0 of 5 x 6 cells moves by (3, -1)."""
    one = frame((-1, 4, 4, 2, 10, -3, 1, 1), height=20, matrix=matrix)
    grid = vector_map(one, Orientation(one))
    moving = np.argwhere(grid.any(axis=-1)).tolist()
    assert moving == [list(place)]
    assert tuple(grid[place]) == vector


def test_accumulate_is_the_loop():
    rng = np.random.default_rng(0)
    vectors, earlier = (
        4 * rng.integers(-2, 3, (5, 6, 2)).astype(np.float32)
        for _ in range(2))
    got = accumulate(vectors, earlier)
    for y in range(5):
        for x in range(6):
            from_x = int(np.clip(x - vectors[y, x, 0] / 4, 0, 5))
            from_y = int(np.clip(y - vectors[y, x, 1] / 4, 0, 4))
            np.testing.assert_array_equal(
                got[y, x], vectors[y, x] + earlier[from_y, from_x])


def test_motion_that_explains_all_leaves_nothing():
    rng = np.random.default_rng(0)
    large = rng.integers(0, 256, (40, 40, 3), dtype=np.uint8)
    reference, image = large[8:34, 8:38], large[10:36, 5:35]
    vectors = np.tile(np.array([3, -2], np.float32), (7, 8, 1))
    left = residual(image, reference, vectors)
    assert left.shape == image.shape
    assert (left[:-2, 3:] == 0).all()  # what came in from outside differs
    assert np.abs(residual(image, reference, 0 * vectors)).mean() > 50


def test_bytes():
    vectors = np.zeros((2, 3, 2), np.float32)
    vectors[..., 0], vectors[..., 1] = 4, -100
    got = vectors_as_bytes(vectors, (4, 6), 2.)
    assert got.shape == (4, 6, 2) and got.dtype == np.uint8
    assert (got[..., 0] == 179).all()  # 128 + 51
    assert (got[..., 1] == 0).all()
    left = np.full((4, 4, 3), -30.4, np.float32)
    assert (residual_as_bytes(left, (2, 2)) == 98).all()
