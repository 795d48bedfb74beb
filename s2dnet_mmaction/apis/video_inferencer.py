"""Inference in one line, with all that a network knows; for any method."""

import copy
from abc import abstractmethod
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Union

import numpy as np
import torch
from mmaction.apis.inferencers import ActionRecogInferencer
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.fileio import list_from_file
from rich.progress import track
from torch import nn
from torch.utils.data import DataLoader, Dataset

from .._checks import require
from ..datasets.array_pipeline import from_array
from ..datasets.path_pipeline import from_path, reads_raw_frames
from ..visualization.draw import (
    FORMATS,
    file_stem,
    pack_timing,
    stored_classes,
    video_files,
    write_drawings,
)
from ..visualization.seen import return_seen

PACKAGE = 's2dnet_mmaction'
Video = Union[str, Path, np.ndarray]


class VideoInferencer(ActionRecogInferencer):
    """MMAction2's inferencer with the pipeline and the numbers of a method.

    It keeps the config's own test pipeline, so its scores are those of a
    test. One object takes files and arrays. A method has a subclass with its
    ``kind`` and :meth:`fields`.

    Args:
        model: config file, or name of a config of this package or of
            MMAction2; None: the config that the checkpoint holds.
        weights: checkpoint file.
        device: None: a GPU if there is one.
        label_file: text file with one class name per line; None: those that
            the checkpoint holds (``metainfo=dict(classes=...)`` of the
            training data set), or numbers.
        show_progress: whether to show a bar.

    Raises:
        ValueError: if the model is of another kind, or there are names for
            another number of classes.
    """

    kind: type

    def __init__(self, model: Optional[Union[str, Config]] = None,
                 weights: Optional[str] = None,
                 device: Optional[str] = None,
                 label_file: Optional[str] = None,
                 show_progress: bool = True) -> None:
        self.classes: Optional[List[str]] = None
        super().__init__(model, weights, device)
        self.show_progress = show_progress
        if label_file is not None:
            self.classes = list_from_file(label_file)
        number = self.model.cls_head.num_classes
        require(self.classes is None or len(self.classes) == number,
                'classes', f'{len(self.classes or ())} names',
                f'{number}, one for each class of the model',
                'Pass the label_file of its data set.')

    def __call__(self, inputs: Union[Video, Sequence[Video]],
                 return_datasamples: bool = False, batch_size: int = 1,
                 num_workers: int = 0, out_dir: str = '',
                 formats: Sequence[str] = ('html', ),
                 print_result: bool = False, pred_out_file: str = ''
                 ) -> Dict[str, Any]:
        """Recognize the action of each video.

        Args:
            inputs: files, folders whose videos are taken, or arrays (T, H, W,
                3) of uint8 RGB frames; one or several. For a config of raw
                frames a folder is a video.
            return_datasamples: whether predictions are
                ``ActionDataSample``.
            batch_size: videos at a time.
            num_workers: processes that decode; 0: this one does.
            out_dir: folder for drawings of each video; '': none.
            formats: of the drawings, see
                :func:`~s2dnet_mmaction.visualization.draw.draw`.
            print_result: whether to print the result.
            pred_out_file: file for the result (.json, .pkl, .yml).

        Returns:
            dict with ``predictions``, one for each video, and
            ``visualization``, the list of drawings of each, or None. A
            prediction has lists and numbers:

            - ``input``: the file, or the number of an array among the
              videos;
            - ``pred_labels`` (1,), ``pred_scores`` (N,) as of MMAction2,
              ``pred_class``: its name;
            - those of the method, see :meth:`fields`.
        """
        require(not isinstance(formats, str), 'formats', repr(formats),
                'a list of names', f'Write [{formats!r}].', TypeError)
        for name in formats:
            require(name in FORMATS, 'formats', name, f'some of {FORMATS}',
                    'Correct the name.')
        videos = self._inputs_to_list(inputs)
        batches = self.preprocess(videos, batch_size, num_workers)
        if self.show_progress:
            batches = track(batches, description='Inference')
        predictions = [prediction for batch in batches
                       for prediction in self.forward(batch)]
        for i, (video, prediction) in enumerate(zip(videos, predictions)):
            prediction.set_field(
                i if isinstance(video, np.ndarray) else video, 'input')
        # The file is written before the drawings, which may fail.
        result = self.postprocess(predictions, None, return_datasamples,
                                  print_result, pred_out_file)
        result['visualization'] = self.visualize(
            videos, predictions, out_dir, formats) if out_dir else None
        return result

    def _load_model_from_metafile(self, model: str):
        """Config of this package, or config and weights of MMAction2."""
        folder = Path(self._get_repo_or_mim_dir(PACKAGE), 'configs')
        for file in folder.rglob(f'{model}.py'):
            return Config.fromfile(str(file)), None
        return super()._load_model_from_metafile(model)

    def _load_weights_to_model(self, model: nn.Module,
                               checkpoint: Optional[dict],
                               cfg: Optional[Config]) -> None:
        require(isinstance(model, self.kind), 'model.type',
                type(model).__name__, self.kind.__name__,
                'Use the inferencer of its method, or MMAction2Inferencer.')
        require(checkpoint is not None, 'weights', None, 'a checkpoint file',
                'Pass weights: there are none for this model yet.')
        super()._load_weights_to_model(model, checkpoint, cfg)
        self.classes = stored_classes(checkpoint)
        return_seen(model)

    def _init_pipeline(self, cfg: Config) -> Compose:
        """The config's own pipeline; arrays have one of their own."""
        dataset = copy.deepcopy(cfg.test_dataloader.dataset)
        pack_timing(dataset.pipeline)
        self.raw_frames = reads_raw_frames(dataset.pipeline)
        self.array_pipeline = Compose([
            dict(type='InferencerPackInput', input_format='array'),
            *from_array(dataset.pipeline)])
        return Compose(from_path(dataset))

    def _inputs_to_list(self, inputs: Union[Video, Sequence[Video]]
                        ) -> List[Video]:
        if not isinstance(inputs, (list, tuple)):
            inputs = [inputs]
        found: List[Video] = []
        for one in inputs:
            if isinstance(one, np.ndarray):
                require(one.ndim == 4 and one.shape[-1] == 3 and len(one)
                        and one.dtype == np.uint8, 'inputs',
                        f'an array {one.shape} of {one.dtype}',
                        '(T, H, W, 3) of uint8 RGB frames', 'Convert it.')
                found.append(one)
            else:
                found += [str(one)] if self.raw_frames else video_files([one])
        require(found, 'inputs', 'no video', 'at least one',
                'Pass files, folders or arrays.')
        return found

    def preprocess(self, inputs: List[Video], batch_size: int = 1,
                   num_workers: int = 0) -> DataLoader:
        """Batches of videos. It has a length, which the bar shows."""
        return DataLoader(self._open(inputs), batch_size,
                          collate_fn=self.collate_fn, num_workers=num_workers)

    def read(self, video: Video) -> Dict[str, Any]:
        """Read a video, as the pipeline packs it."""
        return self._open([video])[0]

    def _open(self, videos: List[Video]) -> '_Videos':
        return _Videos(videos, self.pipeline, self.array_pipeline)

    @torch.no_grad()
    def forward(self, inputs: Any) -> List[ActionDataSample]:
        """Run the network."""
        return self.model.test_step(inputs)

    def visualize(self, inputs: List[Video], preds: List[ActionDataSample],
                  out_dir: str, formats: Sequence[str] = ('html', )
                  ) -> List[List[str]]:
        """Draw each video; it is read again, so that none has to be kept."""
        folder, drawings = Path(out_dir), []
        folder.mkdir(parents=True, exist_ok=True)
        opened = self._open(inputs)
        for i, (video, prediction) in enumerate(zip(inputs, preds)):
            name = f'{i:05d}' if isinstance(
                video, np.ndarray) else file_stem(i, Path(video).stem)
            drawings.append(list(map(str, write_drawings(
                folder / name, self.model, opened[i], prediction,
                self.classes, formats))))
        return drawings

    def pred2dict(self, data_sample: ActionDataSample) -> Dict[str, Any]:
        """What a prediction holds, as lists and numbers."""
        result = dict(input=data_sample.input,
                      **super().pred2dict(data_sample))
        result['pred_class'] = self._name(result['pred_labels'][0])
        return dict(result, **self.fields(data_sample))

    @abstractmethod
    def fields(self, data_sample: ActionDataSample) -> Dict[str, Any]:
        """What the method adds, as lists and numbers."""

    def _name(self, label: int) -> str:
        return f'class {label}' if self.classes is None else self.classes[
            label]


class _Videos(Dataset):
    """Videos of an inferencer, read one by one."""

    def __init__(self, videos: List[Video], pipeline: Compose,
                 array_pipeline: Compose) -> None:
        self.videos = videos
        self.pipeline, self.array_pipeline = pipeline, array_pipeline

    def __len__(self) -> int:
        return len(self.videos)

    def __getitem__(self, index: int) -> Dict[str, Any]:
        video = self.videos[index]
        pipeline = self.array_pipeline if isinstance(
            video, np.ndarray) else self.pipeline
        return pipeline(video)
