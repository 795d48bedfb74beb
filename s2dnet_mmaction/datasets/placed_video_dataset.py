"""Videos with the place of the detail."""

from typing import List

from mmaction.registry import DATASETS

from .._checks import require
from .annotation_list import split_line
from .checked_datasets import CheckedVideoDataset

_COLUMNS = {'<label>': int, '<t>': float, '<y>': float, '<x>': float}


@DATASETS.register_module()
class PlacedVideoDataset(CheckedVideoDataset):
    """:class:`CheckedVideoDataset` with the place of the detail.

    A line of ``ann_file`` is ``<file> <label> <t> <y> <x>``, for example
    ``videos/00000.mp4 3 -0.35 0.1 0.25``. Each data info has ``place``,
    (t, y, x): relative to the frames of the video and to the frame, -1 is
    the first sample and +1 the last. ``PackActionInputs(meta_keys=(...,
    'place'))`` passes it on to ``PlaceMetric``. It refers to the whole
    video: transforms that drop frames, crop or flip do not adapt it.

    Args: as of ``VideoDataset``, with one label for each video.

    Raises:
        OSError: if the annotation file cannot be read.
        ValueError: if ``multi_class`` is set, or a line is malformed.
    """

    def load_data_list(self) -> List[dict]:
        """Read the annotation file."""
        require(not self.multi_class, 'multi_class', True, 'False',
                'A line has one label.')
        return super().load_data_list()

    def parse(self, where: str, line: str) -> dict:
        """Data info of a line; ``where`` names the line in messages."""
        name, (label, *place) = split_line(where, line, '<file>', _COLUMNS,
                                           self.delimiter)
        require(
            all(abs(at) <= 1 for at in place),  # False for NaN
            where, f'the place {tuple(place)}', 't, y, x, each in [-1, 1]',
            'Give it relative to the frames: -1 the first, 1 the last sample.')
        return dict(filename=self.path('video', name),
                    label=self.label(where, [label]), place=tuple(place))
