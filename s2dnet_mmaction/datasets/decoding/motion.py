"""Motion vectors of compressed video, and what they leave unexplained."""

from typing import Any, List, Tuple

import cv2
import numpy as np

from .orientation import Orientation

# Blocks of all codecs begin and end at multiples of it.
CELL_PX = 4


def vector_map(frame: Any, orientation: Orientation) -> np.ndarray:
    """How far the content of each block has moved since its reference.

    Vectors into the future (of B-frames) are left out. Blocks without a
    vector, such as intra-coded ones, have 0.

    Args:
        frame: a decoded frame (PyAV) with motion vectors.
        orientation: of the video.

    Returns:
        (ceil(H / 4), ceil(W / 4), 2) float32, (x, y) in pixels, x to the
        right and y down, of the upright frame.
    """
    height, width = (-(-each // CELL_PX) for each in (frame.height,
                                                      frame.width))
    grid = np.zeros((height, width, 2), np.float32)
    exported = frame.side_data.get('MOTION_VECTORS')
    vectors = exported.to_ndarray() if exported is not None else ()
    for block in _by_shape(vectors):
        _fill(grid, block)
    return orientation.turned(grid)


def _by_shape(vectors: Any) -> List[np.ndarray]:
    """Vectors into the past, those of one block size together."""
    if not len(vectors):
        return []
    vectors = vectors[vectors['source'] < 0]
    shapes = np.unique(vectors[['w', 'h']])
    return [vectors[(vectors['w'] == w) & (vectors['h'] == h)]
            for w, h in shapes]


def _fill(grid: np.ndarray, vectors: np.ndarray) -> None:
    """Write vectors of blocks of one size into the cells of these blocks."""
    rows, columns = grid.shape[:2]
    width, height = (int(vectors[name][0]) for name in ('w', 'h'))
    # dst is the middle of a block; motion points to where it comes from.
    left = (vectors['dst_x'].astype(int) - width // 2) // CELL_PX
    top = (vectors['dst_y'].astype(int) - height // 2) // CELL_PX
    moved = -np.stack([vectors['motion_x'], vectors['motion_y']], 1) / (
        vectors['motion_scale'][:, None])
    for down in range(max(1, height // CELL_PX)):
        for right in range(max(1, width // CELL_PX)):
            y, x = top + down, left + right
            inside = (y >= 0) & (y < rows) & (x >= 0) & (x < columns)
            grid[y[inside], x[inside]] = moved[inside]


def accumulate(vectors: np.ndarray, earlier: np.ndarray) -> np.ndarray:
    """Motion since the frame that ``earlier`` begins at.

    ``a_t(p) = v_t(p) + a_{t-1}(p - v_t(p))``, as CoViAR traces vectors back.

    Args:
        vectors: v_t, (h, w, 2) of cells, in pixels.
        earlier: a_{t-1}, of the reference.
    """
    return vectors + _fetch(earlier, vectors / CELL_PX, cv2.INTER_NEAREST)


def residual(image: np.ndarray, reference: np.ndarray,
             vectors: np.ndarray) -> np.ndarray:
    """What motion does not explain: ``I_t(p) - I_ref(p - v(p))``.

    Args:
        image, reference: (H, W, 3) uint8.
        vectors: (h, w, 2) of cells, in pixels.

    Returns:
        (H, W, 3) float32, -255..255.
    """
    height, width = image.shape[:2]
    fine = vectors.repeat(CELL_PX, 0).repeat(CELL_PX, 1)[:height, :width]
    moved = _fetch(reference, fine, cv2.INTER_LINEAR)
    return image.astype(np.float32) - moved


def _fetch(image: np.ndarray, vectors: np.ndarray, how: int) -> np.ndarray:
    """``image(p - v(p))``; outside of the frame its border goes on."""
    height, width = vectors.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32),
                       np.arange(height, dtype=np.float32))
    return cv2.remap(image, x - vectors[..., 0], y - vectors[..., 1], how,
                     borderMode=cv2.BORDER_REPLICATE)


def vectors_as_bytes(vectors: np.ndarray, size: Tuple[int, int],
                     scale: float) -> np.ndarray:
    """``128 + 127.5 / 20 v`` of a resized map, within a byte (CoViAR).

    Args:
        vectors: (h, w, 2) in pixels.
        size: (H, W) of the result.
        scale: from these pixels to those of a frame with a short side of
            256, so that all resolutions count alike.

    Returns:
        (H, W, 2) uint8.
    """
    resized = cv2.resize(vectors, size[::-1], interpolation=cv2.INTER_AREA)
    return _as_bytes(resized.reshape(*size, 2) * scale * 127.5 / 20)


def residual_as_bytes(left: np.ndarray, size: Tuple[int, int]) -> np.ndarray:
    """``128 + r`` of a resized residual, within a byte: (H, W, 3) uint8."""
    return _as_bytes(
        cv2.resize(left, size[::-1], interpolation=cv2.INTER_AREA))


def _as_bytes(values: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(values + 128), 0, 255).astype(np.uint8)
