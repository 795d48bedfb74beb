"""The network that predicts for many videos."""

import contextlib
from typing import Any, Dict, List, Optional, Sequence, Tuple

import torch
from mmaction.structures import ActionDataSample
from mmengine.config import Config

from ..._checks import require_choice
from ...datasets.decoding.errors import UnreadableVideoError
from ...visualization.draw import load_model
from ...visualization.seen import class_names
from .batches import Batch, Read, reason_of
from .fields import fields_of

Rows = List[Dict[str, Any]]
# of a file that a model reads itself, in the second of two passes
_UNREADABLE = (UnreadableVideoError, OSError)


class BulkNetwork:
    """A recognizer that turns batches into rows of results.

    Args:
        cfg: its config.
        checkpoint: file with the weights.
        device: where it runs.
        fields: names of :func:`fields_of`, beside those that are always
            kept.
        classes: class names; None: those of the checkpoint, or numbers.
        amp: whether to run in half precision where autocast does.

    Attributes:
        columns: types of the columns of a row by their names, see
            :class:`Field`.

    Raises:
        ValueError: if the model has no such field.
    """

    def __init__(self, cfg: Config, checkpoint: str, device: str = 'cpu',
                 fields: Sequence[str] = (),
                 classes: Optional[Sequence[str]] = None,
                 amp: bool = False) -> None:
        self.device, self.amp = torch.device(device), amp
        self.model, stored = load_model(cfg, checkpoint, device)
        known = fields_of(self.model)
        for name in fields:
            require_choice('fields', name, known)
        self.fields = [field for name, field in known.items()
                       if field.always or name in fields]
        for field in self.fields:
            if field.test_cfg:
                self.model.test_cfg.update(field.test_cfg)
        self.classes = class_names(classes or stored,
                                   self.model.cls_head.num_classes)
        self.columns: Dict[str, str] = {}
        for field in self.fields:
            self.columns.update(field.columns)
        self.columns['pred_class'] = 'text'

    @torch.no_grad()
    def predict(self, batch: Batch) -> Tuple[Rows, List[Read]]:
        """Predict for the videos of a batch.

        Returns:
            rows of results, each with ``index``; and the videos that could
            not be read, also by the model, as in two passes.
        """
        rows: Rows = []
        broken = list(batch.broken)
        for indices, data in batch.parts:
            try:
                samples = self._step(data)
            except _UNREADABLE as error:
                if len(indices) == 1:
                    broken.append(Read(indices[0], None, reason_of(error)))
                    continue
                # The others of the batch are well: one at a time.
                samples = []
                for i, index in enumerate(indices):
                    more, other = self.predict(
                        Batch([([index], _only(data, i))], []))
                    rows += more
                    broken += other
            rows += [self._row(index, sample)
                     for index, sample in zip(indices, samples)]
        return rows, broken

    def _step(self, data: dict) -> List[ActionDataSample]:
        autocast = torch.autocast(
            self.device.type) if self.amp else contextlib.nullcontext()
        with autocast:
            return self.model.test_step(data)

    def _row(self, index: int, sample: ActionDataSample) -> Dict[str, Any]:
        row = dict(index=index)
        for field in self.fields:
            row.update(field.values(sample))
        return dict(row, pred_class=self.classes[row['pred_label']])


def _only(data: dict, i: int) -> dict:
    """Video i of a batch; its values are tensors or lists, or dicts of them.
    """
    return {name: _only(value, i) if isinstance(value, dict) else
            value[i:i + 1] for name, value in data.items()}
