"""``init_cfg=dict(type='Pretrained', ...)`` of SNet and DNet."""

import inspect
from contextlib import contextmanager
from typing import Iterator, List, Optional, Sequence, Tuple, Union

import torch
import torch.nn as nn
from mmengine.logging import print_log
from mmengine.model import PretrainedInit

from ..._checks import require, require_choice
from .checkpoints import (
    CLASSIFIERS,
    Classifier,
    find_classifier,
    layers_before_classifier,
    listed,
    load_backbone,
    load_classifier,
    patterns,
    read_checkpoint,
)

InitCfg = Union[dict, Sequence[dict], None]
_REMEDY = ("Leave 'pretrained' and 'init_cfg' out of the backbone and give "
           "the file to SNet / DNet as init_cfg=dict(type='Pretrained', "
           'checkpoint=...).')


class Pretrained:
    """A file to start SNet or DNet from.

    Args:
        checkpoint: see :func:`read_file`.
        prefix: see :func:`load_backbone`.
        allow_missing: one or more regular expressions, see
            :func:`load_backbone`; True allows all entries to be missing.
        classifier: whether to load the classifier too. None: if the number
            of classes agrees. The classes may still differ: set it to False
            where the labels have another order.
    """

    def __init__(self, checkpoint: str, prefix: Optional[str] = None,
                 allow_missing: Union[bool, str, Sequence[str]] = (),
                 classifier: Optional[bool] = None) -> None:
        self.checkpoint = checkpoint
        self.prefix = prefix
        self.allow_missing = patterns(allow_missing)
        self.wants_classifier = classifier
        self._classifier: Optional[Classifier] = None

    def load_backbone(self, backbone: nn.Module, wrapper: str = '',
                      classifiers: Optional[Sequence[str]] = None) -> None:
        """Fill the backbone; keep the classifier for later.

        Args:
            backbone: the network.
            wrapper: see :func:`load_backbone`.
            classifiers: names of layers that read the mean of the map. None:
                the usual ones, if the file has nothing else behind the map.
        """
        weights = read_checkpoint(self.checkpoint)
        unused = load_backbone(backbone, weights, self.checkpoint,
                               self.prefix, self.allow_missing, wrapper)
        self._classifier = find_classifier(
            weights, CLASSIFIERS if classifiers is None else classifiers)
        between = layers_before_classifier(unused)
        if between and classifiers is None:
            self.drop_classifier(f'which follows {listed(between)}')

    def drop_classifier(self, why: str) -> None:
        """Leave the classifier of the file out.

        Raises:
            ValueError: if it must be loaded.
        """
        require(not self.wants_classifier, 'classifier', 'True',
                f'None or False for the one of {self.checkpoint}, {why}',
                'Leave classifier=True out.')
        if self._classifier is not None:
            print_log(f'classifier of {self.checkpoint}, {why}: not loaded.',
                      logger='current')
        self._classifier = None

    def load_classifier(self, fc: Optional[nn.Linear]) -> None:
        """Fill the classifier, after :meth:`load_backbone`.

        Args:
            fc: the layer; None if the head has no single one.

        Raises:
            ValueError: if it must be filled and cannot.
        """
        if fc is None:
            require(not self.wants_classifier, 'classifier', 'True',
                    'a head with a single linear layer (fc_cls)',
                    'Leave classifier=True out.')
        elif self.wants_classifier is not False:
            load_classifier(fc, self._classifier, self.checkpoint,
                            self.wants_classifier)
        self._classifier = None


@contextmanager
def every_entry_set(backbone: nn.Module) -> Iterator[None]:
    """Refuse an initialisation that leaves entries unset.

    For files named in the backbone's own config, which MMAction2 loads with
    ``strict=False``. All numbers start as NaN inside the block. A number
    that is NaN at its end was set neither from the file nor otherwise.

    Raises:
        ValueError: at the end, if there are such entries.
    """
    name = f'weights of {type(backbone).__name__}'
    entries = {
        key: value
        for key, value in backbone.state_dict().items()
        if value.is_floating_point()
    }
    with torch.no_grad():
        for value in entries.values():
            value.fill_(float('nan'))
    try:
        yield
    except Exception as error:  # MMAction2's loaders may raise anything
        raise ValueError(
            f'{name}: got {type(error).__name__} ({error}) from MMAction2, '
            f'expected a file that it reads. {_REMEDY}') from error
    unset = [key for key, value in entries.items()
             if bool(value.isnan().any())]
    require(not unset, name,
            f'{len(entries) - len(unset)} of {len(entries)} entries',
            f'all of them; nothing has set {listed(unset)}', _REMEDY)


def names_file(cfg: dict, backbone: nn.Module) -> bool:
    """Whether a backbone's own config names a file.

    Raises:
        ValueError: if MMAction2 would ignore the file, or if other
            initialisers would hide that it did not fit.
    """
    named = cfg.get('pretrained')
    require(named is None or hasattr(backbone, 'pretrained'),
            'backbone.pretrained', repr(named),
            f'None: {type(backbone).__name__} does not load it', _REMEDY)
    files, others = _split(cfg.get('init_cfg'))
    require(not files or len(files + others) == 1, 'backbone.init_cfg',
            f'Pretrained beside {len(files + others) - 1} others',
            'a file alone, so that what it lacks can be found', _REMEDY)
    return named is not None or len(files) > 0


def take_pretrained(init_cfg: InitCfg) -> Tuple[InitCfg, Optional[Pretrained]]:
    """Split an initialisation config: mmengine's part, and the file."""
    files, others = _split(init_cfg)
    require(len(files) <= 1, 'init_cfg', f'{len(files)} of type Pretrained',
            'at most one', 'Start a net from one file.')
    if not files:
        return init_cfg, None
    options = {k: v for k, v in files[0].items() if k != 'type'}
    for name in options:
        require_choice('init_cfg of type Pretrained', name,
                       inspect.signature(Pretrained).parameters)
    return others or None, Pretrained(**options)


def refuse_file(name: str, init_cfg: InitCfg) -> None:
    """Raise ValueError if a part that is no net shall start from a file."""
    files, _ = _split(init_cfg)
    require(not files, f'{name}.init_cfg', 'Pretrained',
            'another initialiser: mmengine would hide what the file lacks',
            'Give the file of the whole network to load_from, and name what '
            'it lacks in FineTuneHook (docs/checkpoints.md).')


def _split(init_cfg: InitCfg) -> Tuple[List[dict], List[dict]]:
    """Initialisers of type Pretrained, and others."""
    cfgs = [init_cfg] if isinstance(init_cfg, dict) else list(init_cfg or ())
    files = [cfg for cfg in cfgs
             if cfg.get('type') in ('Pretrained', PretrainedInit)]
    return files, [cfg for cfg in cfgs if cfg not in files]
