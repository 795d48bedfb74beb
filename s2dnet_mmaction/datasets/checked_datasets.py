"""MMAction2's data sets, with checked annotation files."""

import errno
import os.path as osp
from abc import abstractmethod
from typing import Any, List

from mmaction.datasets import BaseActionDataset, RawframeDataset, VideoDataset
from mmaction.registry import DATASETS

from .._checks import require
from .annotation_list import read_lines, split_line
from .decoding.errors import UnreadableVideoError

_WRONG_NAME = (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EACCES)


class _Checked(BaseActionDataset):
    """Reads an annotation file line by line, by ``parse`` of a subclass."""

    def load_data_list(self) -> List[dict]:
        """Read the annotation file."""
        require(not self.multi_class or self.num_classes, 'num_classes',
                self.num_classes, 'the number of classes',
                'A data set with multi_class=True needs it.')
        return [
            dict(self.parse(f'line {number} of {self.ann_file}', line),
                 line=number)
            for number, line in read_lines(self.ann_file)
        ]

    @abstractmethod
    def parse(self, where: str, line: str) -> dict:
        """Data info of a line; ``where`` names the line in messages."""

    def path(self, kind: str, name: str) -> str:
        """Path of a file or folder of the list."""
        require(kind in self.data_prefix, 'data_prefix',
                dict(self.data_prefix), f'the key {kind!r}',
                f'Set data_prefix=dict({kind}=...); a derived config removes '
                'other keys with _delete_=True.')
        return osp.join(self.data_prefix[kind], name)

    def label(self, where: str, labels: List[int]) -> Any:
        """The label, or the list of them if ``multi_class``."""
        bounds = '0 <= label'
        if self.num_classes is not None:
            bounds += f' < num_classes={self.num_classes}'
        for label in labels:
            require(
                label >= 0 and label < (self.num_classes or label + 1), where,
                f'the label {label}', bounds, 'Count the labels from 0. '
                'Where it is not known, as in a list for predictions alone, '
                'write 0: an accuracy then means nothing.')
        return labels if self.multi_class else labels[0]

    def prepare_data(self, idx: int) -> Any:
        """Run the pipeline; its errors keep their kind and name the line."""
        try:
            return super().prepare_data(idx)
        except (OSError, ValueError) as error:
            reason = str(error)
            if getattr(error, 'errno', None) in _WRONG_NAME:
                reason = (f'got {error}, expected a file that can be read. '
                          'Correct the line, or data_root and data_prefix of '
                          'the data set.')
            line = self.get_data_info(idx)['line']
            kind = next(kind
                        for kind in (UnreadableVideoError, OSError, ValueError)
                        if isinstance(error, kind))
            raise kind(
                f'line {line} of {self.ann_file}: {reason}') from error


@DATASETS.register_module()
class CheckedVideoDataset(_Checked, VideoDataset):
    """MMAction2's ``VideoDataset``, with a checked annotation file.

    A line is ``<file> <label>``, or ``<file> <label> ...`` with
    ``multi_class=True``. Names may contain spaces; blank lines, a byte-order
    mark and any line ends are allowed. Errors, also those of the pipeline,
    name file and line.

    Args: as of ``VideoDataset``.

    Raises:
        OSError: if the annotation file cannot be read.
        ValueError: if a line is malformed, or a label is missing, below 0
            or not below ``num_classes``, where that is set.
    """

    def parse(self, where: str, line: str) -> dict:
        """Data info of a line; ``where`` names the line in messages."""
        name, labels = split_line(where, line, '<file>', {'<label>': int},
                                  self.delimiter, self.multi_class)
        return dict(filename=self.path('video', name),
                    label=self.label(where, labels))


@DATASETS.register_module()
class CheckedRawframeDataset(_Checked, RawframeDataset):
    """MMAction2's ``RawframeDataset``, with a checked annotation file.

    A line is ``<folder> <frames> <label>``, or
    ``<folder> <offset> <frames> <label>`` with ``with_offset=True``; with
    ``multi_class=True`` it may have several labels. See
    :class:`CheckedVideoDataset`.

    Args:
        delimiter: between the fields; ``' '``: any white space.
        others: as of ``RawframeDataset``.

    Raises:
        OSError: if the annotation file cannot be read.
        ValueError: if a line is malformed, a label is missing, below 0 or
            not below ``num_classes``, an offset is below 0 or a number of
            frames below 1.
    """

    def __init__(self, *args: Any, delimiter: str = ' ',
                 **kwargs: Any) -> None:
        self.delimiter = delimiter
        super().__init__(*args, **kwargs)

    def parse(self, where: str, line: str) -> dict:
        """Data info of a line; ``where`` names the line in messages."""
        names = ['offset', 'total_frames'][not self.with_offset:]
        columns = {f'<{name}>': int for name in (*names, 'label')}
        folder, numbers = split_line(where, line, '<folder>', columns,
                                     self.delimiter, self.multi_class)
        counts = dict(zip(names, numbers))
        for name, lowest in dict(offset=0, total_frames=1).items():
            require(
                counts.get(name, lowest) >= lowest, where,
                f'{name} {counts.get(name)}', f'{name} >= {lowest}',
                'Correct or remove the line.')
        return dict(frame_dir=self.path('img', folder), **counts,
                    label=self.label(where, numbers[len(names):]))
