"""Frames of a video that are decoded on first access."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Iterator, List, Optional, Tuple, Union

import numpy as np

from .video_file import VideoFile


class LazyFrames(Sequence):
    """A sequence of images that takes the place of MMAction2's list.

    Its length and shape are known without decoding. Access to any image
    decodes all of them and keeps them, as MMAction2's decoders do.
    ``FuseClip`` calls ``decode`` instead, which keeps none.

    A copy, deep copy or pickle of it is the plain list of its images: an
    open video cannot be copied, and tools change the images of a copy.

    Args:
        video: the video file.
        indices: (T, ) ints, numbers of the frames; repetitions are allowed.

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

    def __reduce__(self) -> Tuple[type, Tuple[List[np.ndarray]]]:
        """Copy and pickle as the list of the images."""
        return list, (self[:], )

    def decode(self) -> Iterator[Tuple[List[int], np.ndarray]]:
        """Decode each frame once.

        Yields:
            the positions of a frame in this sequence, and its image,
            (H, W, 3) uint8 RGB. If one comes twice, the later one is right
            (see ``VideoFile.frames``).

        Raises:
            UnreadableVideoError: if the file is damaged.
        """
        if self._images is not None:
            for position, image in enumerate(self._images):
                yield [position], image
            return
        positions = defaultdict(list)  # of each frame in this sequence
        for position, n in enumerate(self._indices):
            positions[n].append(position)
        for n, image in self._video.frames(positions):
            yield positions[n], image
