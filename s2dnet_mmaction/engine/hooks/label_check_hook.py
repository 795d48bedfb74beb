"""Hook that compares the labels of the data with the classes of the model."""

from typing import Any, Iterator

import numpy as np
from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.runner import Runner

from ..._checks import require
from .runner_access import bare_model


@HOOKS.register_module()
class LabelCheckHook(Hook):
    """Stop before the first step if a label does not fit the head.

    A label must be in 0..num_classes-1, and several labels be one number for
    each class. MMAction2 computes an accuracy of any others, and a GPU ends
    with an assertion without a name. The check covers training, validation
    and testing, with data sets of MMAction2 and their wrappers; others, and
    models without ``cls_head.num_classes``, are not checked.

    Raises:
        ValueError: if a label does not fit; it names file and line.
    """

    def before_train(self, runner: Runner) -> None:
        """Check the data of training and validation."""
        _check(runner, runner.train_dataloader.dataset)
        if runner.val_loop is not None:
            self.before_val(runner)

    def before_val(self, runner: Runner) -> None:
        """Check the data of a validation."""
        _check(runner, runner.val_dataloader.dataset)

    def before_test(self, runner: Runner) -> None:
        """Check the data of a test."""
        _check(runner, runner.test_dataloader.dataset)


def _check(runner: Runner, dataset: Any) -> None:
    head = getattr(bare_model(runner), 'cls_head', None)
    num_classes = getattr(head, 'num_classes', None)
    if num_classes is None:
        return
    for part in _parts(dataset):
        for i in range(len(part)):
            info = part.get_data_info(i)
            label = info.get('label')
            if np.ndim(label) == 0:
                fits = label is not None and 0 <= label < num_classes
            else:
                fits = len(label) == num_classes
                label = f'of {len(label)} numbers'
            require(
                fits, f'{_place(info, i)} of {part.ann_file}',
                f'the label {label}',
                f'0 <= label < num_classes={num_classes}, or a number for '
                'each class', 'Count the labels from 0, correct the line, or '
                'set model.cls_head.num_classes. Where the label is not '
                'known, as in a list for predictions alone, write 0: an '
                'accuracy then means nothing.')


def _place(info: dict, index: int) -> str:
    return f'line {info["line"]}' if 'line' in info else f'clip {index}'


def _parts(dataset: Any) -> Iterator[Any]:
    """The data sets with annotations within wrappers of mmengine."""
    if 'datasets' in vars(dataset):
        for part in dataset.datasets:
            yield from _parts(part)
    elif 'dataset' in vars(dataset):
        yield from _parts(dataset.dataset)
    elif '_dataset' in vars(dataset):  # sliced, by num_batch_per_epoch
        yield from _parts(dataset._dataset)
    elif hasattr(dataset, 'get_data_info') and hasattr(dataset, 'ann_file'):
        yield dataset
