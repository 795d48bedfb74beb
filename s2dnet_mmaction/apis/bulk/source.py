"""The videos to predict for: a folder, a list, or an annotation file."""

import copy
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Sequence, Union

import torch
from mmaction.registry import DATASETS
from mmengine.config import Config
from mmengine.dataset import Compose

from ..._checks import require
from ...datasets.annotation_list import read_lines
from ...datasets.decoding.video_source import name_of
from ...datasets.path_pipeline import from_path, reads_raw_frames
from ...visualization.draw import VIDEO_SUFFIXES, video_files


class Source(NamedTuple):
    """Videos, each with a name of its own.

    Attributes:
        names: paths, as results name them.
        labels: true classes, where an annotation file has them; of a data
            set with ``multi_class`` a list of each video.
        samples: ``samples[i]`` reads video i, as the pipeline packs it.
    """
    names: List[str]
    labels: Union[List[int], List[List[int]], None]
    samples: Sequence[Dict[str, Any]]


def open_source(path: str, cfg: Config) -> Source:
    """Find videos, for the test pipeline of a config.

    Args:
        path: a folder, whose videos are taken, also those of its folders (of
            a config of raw frames: its folders); or a text file. If its
            lines end in the suffixes of videos they are paths, as seen from
            the current folder. Otherwise it is an annotation file of the
            config's test data set.
        cfg: the config.

    Raises:
        OSError: if there is nothing at the path.
        ValueError: if it holds no videos, or one twice.
    """
    dataset = copy.deepcopy(cfg.test_dataloader.dataset)
    raw, labels = reads_raw_frames(dataset.pipeline), None
    if Path(path).is_dir():
        names = video_files([path]) if not raw else _folders(path)
        samples: Any = _Paths(names, dataset)
    elif _is_list(path, raw):
        names = [_path(path, number, line, raw)
                 for number, line in read_lines(path)]
        samples = _Paths(names, dataset)
    else:
        dataset.ann_file = str(Path(path).resolve())
        samples = DATASETS.build(dataset)
        infos = [samples.get_data_info(i) for i in range(len(samples))]
        names = list(map(name_of, infos))
        labels = [info.get('label') for info in infos]
        if all(isinstance(label, torch.Tensor) for label in labels):
            labels = [label.nonzero().flatten().tolist() for label in labels]
        elif not all(isinstance(label, int) for label in labels):
            labels = None
    twice = len(names) - len(set(names))
    require(not twice, 'videos', f'{twice} of {path} twice', 'each once: '
            'results are named by the paths', 'Remove the repeated ones.')
    return Source(names, labels, samples)


class _Paths(Sequence):
    """Samples of paths, without annotations."""

    def __init__(self, paths: List[str], dataset: dict) -> None:
        self.paths, self.pipeline = paths, Compose(from_path(dataset))

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> Dict[str, Any]:
        return self.pipeline(self.paths[index])


def _is_list(path: str, raw: bool) -> bool:
    """Whether the first line is a path alone."""
    line = read_lines(path)[0][1]
    return Path(line).is_dir() if raw else _is_video(line)


def _path(path: str, number: int, line: str, raw: bool) -> str:
    require(raw or _is_video(line), f'line {number} of {path}', repr(line),
            f'a path that ends in {", ".join(VIDEO_SUFFIXES)}, as the first '
            'line', 'Write paths alone, or a label behind each.')
    return line


def _is_video(line: str) -> bool:
    return line.lower().endswith(VIDEO_SUFFIXES)


def _folders(path: str) -> List[str]:
    """Folders of raw frames."""
    found = sorted(str(each) for each in Path(path).iterdir() if each.is_dir())
    require(found, 'videos', f'{path} without folders', 'a folder for each '
            'video, with its frames', 'Check the path.')
    return found
