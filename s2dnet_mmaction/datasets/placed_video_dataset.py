"""Videos with the place of the detail."""

import os.path as osp
from typing import List

from mmaction.datasets import VideoDataset
from mmaction.registry import DATASETS
from mmengine.fileio import list_from_file

from .._checks import require


@DATASETS.register_module()
class PlacedVideoDataset(VideoDataset):
    """MMAction2's ``VideoDataset`` with the place of the detail.

    A line of ``ann_file`` is ``<file> <label> <t> <y> <x>``, for example
    ``videos/00000.mp4 3 -0.35 0.1 0.25``. Each data info has ``place``,
    (t, y, x): relative to the frames of the video and to the frame, -1 is
    the first sample and +1 the last. ``PackActionInputs(meta_keys=(...,
    'place'))`` passes it on to ``PlaceMetric``. It refers to the whole
    video: transforms that drop frames, crop or flip do not adapt it.

    Args: as of ``VideoDataset``, with one label for each video.

    Raises:
        ValueError: if ``multi_class`` is set, or a line is malformed.
    """

    def load_data_list(self) -> List[dict]:
        """Read the annotation file."""
        require(not self.multi_class, 'multi_class', True, 'False',
                'A line has one label.')
        return [
            self._parse(f'line {number} of {self.ann_file}', line)
            for number, line in enumerate(list_from_file(self.ann_file), 1)
        ]

    def _parse(self, name: str, line: str) -> dict:
        """Data info of a line; ``name`` is that of the line."""
        try:
            filename, label, *place = line.strip().split(self.delimiter)
            label = int(label)
            t, y, x = map(float, place)
        except ValueError as error:
            form = self.delimiter.join(
                ('<file>', '<label>', '<t>', '<y>', '<x>'))
            raise ValueError(f'{name}: got {line!r}, expected {form}. Give a '
                             'label and three numbers.') from error
        require(
            all(abs(at) <= 1 for at in (t, y, x)),  # False for NaN
            name, f'the place {(t, y, x)}', 't, y, x, each in [-1, 1]',
            'Give it relative to the frames: -1 the first, 1 the last sample.')
        if self.data_prefix['video'] is not None:
            filename = osp.join(self.data_prefix['video'], filename)
        return dict(filename=filename, label=label, place=(t, y, x))
