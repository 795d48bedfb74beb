"""Frames that are decoded when their pixels are asked for."""

from collections.abc import Sequence
from typing import Dict, Iterator, List, Optional, Tuple, Union

import numpy as np

from ..._checks import require
from .rgb_window import Window
from .video_file import VideoFile


class PendingFrames(Sequence):
    """Stands in for the list of images of the host's pipelines.

    The length is known at once. Any transform that looks at an image has all
    of them decoded and kept, as the host's decoders do; ``FuseClip`` takes
    them one by one instead and keeps none.

    Args:
        video: where they come from.
        indices: (T, ) ints, of the frames; some may be there twice.

    Attributes:
        shape: (H, W) of a frame.
    """

    def __init__(self, video: VideoFile, indices: np.ndarray) -> None:
        self.shape = video.shape
        self._video = video
        self._indices = [int(n) for n in indices]
        self._images: Optional[List[np.ndarray]] = None

    def __len__(self) -> int:
        return len(self._indices)

    def __getitem__(self, item: Union[int, slice]):
        if self._images is None:
            images: List[np.ndarray] = [np.empty(0)] * len(self)
            for positions, image in self.decode():
                for position in positions:
                    images[position] = image.copy()
            self._images = images
        return self._images[item]

    def decode(
        self,
        window: Optional[Window] = None
    ) -> Iterator[Tuple[List[int], np.ndarray]]:
        """Decode each frame once.

        Frames that the decoder leaves out are replaced by their nearest
        neighbours.

        Args:
            window: what is wanted of each frame; None: all of it.

        Yields:
            the positions in this sequence at which a frame stands, and the
            frame's window, (h, w, 3) uint8 RGB.

        Raises:
            ValueError: if the file is damaged, or all frames are left out.
        """
        if self._images is not None:
            for position, image in enumerate(self._images):
                yield [position], window.of(image) if window else image
            return
        positions: Dict[int, List[int]] = {}
        for position, n in enumerate(self._indices):
            positions.setdefault(n, []).append(position)
        arrived = []
        for n, image in self._video.frames(positions, window):
            arrived.append(n)
            yield positions[n], image
        lost = set(positions).difference(arrived)
        if lost:
            require(arrived, self._video.name,
                    f'none of the frames {sorted(lost)}',
                    'frames that can be decoded',
                    'Repair the file or remove it from the annotation file.')
            substitutes: Dict[int, List[int]] = {}
            for n in lost:
                nearest = min(arrived, key=lambda other: abs(other - n))
                substitutes.setdefault(nearest, []).extend(positions[n])
            for n, image in self._video.frames(substitutes, window):
                yield substitutes[n], image
