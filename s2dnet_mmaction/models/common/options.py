"""Building the modules of a recognizer from their configs."""

import difflib
import inspect
from typing import Any, Optional

from mmaction.registry import MODELS

from ..._checks import require
from ..data_preprocessors import S2DNetDataPreprocessor
from .pretrained import refuse_file

NETS = ('snet', 'dnet', 'backbone', 'sampler')  # load a file of their own


def build_preprocessor(cfg: Optional[dict]) -> S2DNetDataPreprocessor:
    """Build the preprocessor of raw frames; None builds one without options.

    mmengine's BaseModel would search its own registry, and find the class
    only within the default scope.

    Raises:
        ValueError: if it is another preprocessor.
    """
    built = build_module('data_preprocessor', cfg
                         or dict(type='S2DNetDataPreprocessor'))
    require(
        isinstance(built, S2DNetDataPreprocessor), 'data_preprocessor',
        type(built).__name__, 'S2DNetDataPreprocessor',
        'Set its type to S2DNetDataPreprocessor: ActionDataPreprocessor '
        'converts all raw frames to float and cannot batch unequal lengths.')
    return built


def build_module(name: str, cfg: dict, **known: Any):
    """Build a module of a recognizer; other modules set some options.

    Args:
        name: of the option that ``cfg`` is, for messages.
        cfg: config of the module.
        known: options that follow from other modules.

    Raises:
        ValueError: if the config has no type, an unknown option, another
            value for one of ``known``, or a file that only a net can read.
    """
    require('type' in cfg, name, 'no type', 'a registered module',
            f'Set {name}.type.')
    _check_options(name, cfg)
    if name not in NETS:
        refuse_file(name, cfg.get('init_cfg'))
    cfg = {**known, **cfg}
    for option, value in known.items():
        given = cfg[option]
        same = tuple(given) == tuple(value) if isinstance(
            given, (list, tuple)) else given == value
        require(same, f'{name}.{option}', given, value,
                f'Leave {option} out of {name}: it follows from the other '
                'modules of the network.')
    return MODELS.build(cfg)


def _check_options(name: str, cfg: dict) -> None:
    """Refuse options that the module does not have, and list those it has."""
    module = cfg['type']
    if isinstance(module, str):
        module = MODELS.get(module)
    if module is None:  # MODELS.build() reports it
        return
    parameters = inspect.signature(module).parameters
    if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return
    for option in cfg:
        close = difflib.get_close_matches(option, parameters, 1)
        require(option in ('type', *parameters), name,
                f'unknown option {option!r}', f'some of {sorted(parameters)}',
                f'Did you mean {close[0]}?' if close else 'Remove it.')
