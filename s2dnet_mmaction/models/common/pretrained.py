"""``init_cfg=dict(type='Pretrained', ...)`` of SNet and DNet."""

import inspect
import re
from contextlib import contextmanager
from typing import Iterator, List, Optional, Sequence, Tuple, Union

import torch
import torch.nn as nn
from mmengine.logging import print_log

from ..._checks import require, require_choice
from .checkpoints import (
    AllowMissing,
    Classifier,
    find_classifier,
    listed,
    load_backbone,
    load_classifier,
    read_checkpoint,
)

InitCfg = Union[dict, Sequence[dict], None]


class Pretrained:
    """A file that one of the two nets starts from.

    It is ``init_cfg=dict(type='Pretrained', ...)`` of SNet or DNet.

    Args:
        checkpoint: see :func:`read_checkpoint`.
        prefix: see :func:`load_backbone`.
        allow_missing: see :func:`load_backbone`.
        classifier: whether to load the classifier too. None: where its
            class count agrees. Equal counts are no proof of equal classes:
            set it to False where the labels are in another order.
    """

    def __init__(self,
                 checkpoint: str,
                 prefix: Optional[str] = None,
                 allow_missing: AllowMissing = False,
                 classifier: Optional[bool] = None) -> None:
        self.checkpoint = checkpoint
        self.prefix = prefix
        self.allow_missing = _check_patterns(allow_missing)
        self.wants_classifier = classifier
        self._classifier: Optional[Classifier] = None

    def load_backbone(self, backbone: nn.Module) -> None:
        """Fill the backbone; keep the classifier for later."""
        weights = read_checkpoint(self.checkpoint)
        load_backbone(backbone, weights, self.checkpoint, self.prefix,
                      self.allow_missing)
        self._classifier = find_classifier(weights)

    def drop_classifier(self, why: str) -> None:
        """Leave the classifier of the file out.

        Raises:
            ValueError: if it must be loaded.
        """
        require(not self.wants_classifier, 'classifier', 'True',
                f'None or False for the one of {self.checkpoint}, {why}',
                'Leave classifier=True out.')
        if self._classifier is not None:
            print_log(
                f'classifier of {self.checkpoint}, {why}: not loaded.',
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

    For files named in the backbone's own config, which the host loads with
    ``strict=False``. Inside, all numbers start as NaN; one that is NaN at
    the end was written neither by the file nor by the host.

    Raises:
        ValueError: at the end, if there are such entries.
    """
    entries = {
        name: value
        for name, value in backbone.state_dict().items()
        if value.is_floating_point()
    }
    with torch.no_grad():
        for value in entries.values():
            value.fill_(float('nan'))
    remedy = ("Leave 'pretrained' and 'init_cfg' out of the backbone and give "
              "the file to SNet / DNet as init_cfg=dict(type='Pretrained', "
              'checkpoint=...), which knows the dialects of the files.')
    try:
        yield
    except Exception as error:  # whatever the host's loaders raise
        raise ValueError(
            f'weights of {type(backbone).__name__}: got '
            f"{type(error).__name__} ({error}) in the host's own loading, "
            f'expected a file that it reads. {remedy}') from error
    lost = [name for name, value in entries.items()
            if bool(value.isnan().any())]
    require(
        not lost, f'weights of {type(backbone).__name__}',
        f'{len(entries) - len(lost)} of {len(entries)} entries',
        f'all of them; nothing has set {listed(lost)}', remedy)


def _as_list(init_cfg: InitCfg) -> List[dict]:
    if init_cfg is None:
        return []
    return [init_cfg] if isinstance(init_cfg, dict) else list(init_cfg)


def names_file(cfg: dict, backbone: nn.Module) -> bool:
    """Whether a backbone's own config names a file.

    Raises:
        ValueError: if the host would leave out the file without a word, or
            hide that it did not fit.
    """
    remedy = ("Give it to SNet / DNet as init_cfg=dict(type='Pretrained', "
              'checkpoint=...).')
    named = cfg.get('pretrained')
    require(
        named is None or hasattr(backbone, 'pretrained'),
        'backbone.pretrained', repr(named),
        f'None: {type(backbone).__name__} does not load it', remedy)
    init_cfgs = _as_list(cfg.get('init_cfg'))
    files = [each for each in init_cfgs if each.get('type') == 'Pretrained']
    require(not files or len(init_cfgs) == 1, 'backbone.init_cfg',
            f'Pretrained beside {len(init_cfgs) - 1} others',
            'a file alone; what others initialise cannot be told from it',
            remedy)
    return named is not None or len(files) > 0


def take_pretrained(
        init_cfg: InitCfg) -> Tuple[InitCfg, Optional[Pretrained]]:
    """Split the file off mmengine's initialisation config."""
    cfgs = _as_list(init_cfg)
    files = [dict(cfg) for cfg in cfgs if cfg.get('type') == 'Pretrained']
    require(
        len(files) <= 1, 'init_cfg', f'{len(files)} of type Pretrained',
        'at most one', 'Start a net from one file.')
    if not files:
        return init_cfg, None
    files[0].pop('type')
    parameters = inspect.signature(Pretrained).parameters
    for name in files[0]:
        require_choice('init_cfg of type Pretrained', name, parameters)
    others = [cfg for cfg in cfgs if cfg.get('type') != 'Pretrained']
    return others or None, Pretrained(**files[0])


def _check_patterns(
        allow_missing: Union[bool, str, Sequence[str]]) -> AllowMissing:
    if isinstance(allow_missing, bool):
        return allow_missing
    patterns = (allow_missing, ) if isinstance(allow_missing,
                                               str) else tuple(allow_missing)
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(
                f'allow_missing: got {pattern!r} ({error}), expected a '
                'regular expression. Escape special characters with a '
                'backslash.') from error
    return patterns
