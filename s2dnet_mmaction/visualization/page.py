"""One HTML file with a scrubber: the video, and what the network saw."""

import base64
from pathlib import Path
from typing import Any, Dict, List, Sequence

import cv2
import numpy as np

from .._checks import require
from .seen import Seen
from .template import render

# Tried in turn until the frames fit: longest side in px, quality of WebP
_STEPS = ((640, 80), (480, 75), (400, 70), (320, 65), (256, 60), (192, 50),
          (128, 40), (96, 30))
# Weights below this share of a window's largest one are left out.
_SMALLEST = 0.01


def write_page(path: Path, seen: Seen, title: str,
               max_bytes: int = 4_500_000) -> None:
    """Write a page that needs no other file and no network.

    It shows the raw video with the windows and, on a time line, when each of
    them was read. A window is drawn on a frame as strongly as the frame
    counts in it, relative to the frame that counts most.

    Args:
        path: of the file.
        seen: what to show.
        title: of the page; any text.
        max_bytes: limit of all encoded images. Raw frames are shrunk to fit;
            what the windows got is not.

    Raises:
        ValueError: if the frames do not fit at the smallest size.
    """
    page = render('page.html', title=title, seen=seen,
                  data=_data(seen, max_bytes))
    path.write_text(page, encoding='utf-8')


def _data(seen: Seen, max_bytes: int) -> Dict[str, Any]:
    """What the script of the page reads, ready for JSON."""
    height, width = seen.frames.shape[1:3]
    pieces = [_encoded(window.image, 90) for window in seen.windows]
    return dict(
        width=width, height=height, fps=seen.fps, start=seen.start,
        frames=_fitting(seen.frames, max_bytes - sum(map(len, pieces))),
        windows=[dict(
            box=_rounded(window.box),
            weights=[[int(t), round(float(window.weights[t]), 5)]
                     for t in np.flatnonzero(
                         window.weights >= _SMALLEST * window.weights.max())],
            image=piece) for window, piece in zip(seen.windows, pieces)],
        whole=list(map(int, seen.whole)),
        kept=None if seen.kept is None else [
            _rounded(row) for row in seen.kept],
        frameWeights=None if seen.frame_weights is None else _rounded(
            seen.frame_weights),
        mapScale=max((max(4 / cells.size, float(cells.max()))
                      for cells in seen.maps.values()), default=1),
        maps=[dict(frame=frame, rows=[_rounded(row) for row in cells])
              for frame, cells in seen.maps.items()])


def _rounded(numbers: Sequence[float]) -> List[float]:
    return [round(float(number), 5) for number in numbers]


def _fitting(frames: np.ndarray, max_bytes: int) -> List[str]:
    """All frames as data URLs, in the best quality that fits."""
    longest = max(frames.shape[1:3])
    for side, quality in _STEPS:
        scale = min(1, side / longest)
        size = [max(1, round(n * scale)) for n in frames.shape[2:0:-1]]
        urls, total = [], 0
        for frame in frames:
            if scale < 1:
                frame = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
            urls.append(_encoded(frame, quality))
            total += len(urls[-1])
            if total > max_bytes:
                break
        else:
            return urls
    require(False, 'video', f'{len(frames)} frames', 'frames that fit in '
            f'{max_bytes} bytes at {side} px', 'Draw a part of the video, or '
            'leave out the page.')


def _encoded(image: np.ndarray, quality: int) -> str:
    """(h, w, 3) RGB -> data URL of a WebP file."""
    _, data = cv2.imencode('.webp', image[..., ::-1],
                           [cv2.IMWRITE_WEBP_QUALITY, quality])
    return ('data:image/webp;base64,'
            f'{base64.b64encode(data.tobytes()).decode()}')
