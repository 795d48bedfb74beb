"""Loading that leaves no entry of a network as it was initialised.

mmengine loads with ``strict=False`` and only logs what a file lacks. Here
that is an error, whatever reads the file: a Runner, ``load_checkpoint``,
``init_recognizer`` or an inferencer.
"""

from typing import Any, Dict, List, NamedTuple, Optional

import torch.nn as nn
from torch import Tensor

from .checkpoints import listed

_REMEDY = (
    'Give the file of this network, with the options that it was trained '
    "with. To train from it all the same (load_from), set default_hooks=dict("
    "fine_tune=dict(type='FineTuneHook', new_classes=True)) for other "
    'classes, or allow_missing=[...] there for other entries '
    '(docs/checkpoints.md). In Python, load_state_dict(weights, '
    'strict=False) takes a part.')
_FOREIGN = (
    'It is the file of another network, or has other prefixes. That of a '
    "single net (TSM, X3D, ...) belongs into snet.init_cfg or dnet.init_cfg="
    "dict(type='Pretrained', checkpoint=...) (docs/checkpoints.md); prefixes "
    'change with revise_keys of load_checkpoint.')


class _Loading(NamedTuple):
    """One call of ``_load_from_state_dict``."""

    weights: Dict[str, Tensor]
    prefix: str
    errors: List[str]
    others_errors: int  # of modules before this one


class CompleteLoading(nn.Module):
    """Base of modules that refuse a file which does not fill them.

    Raises:
        ValueError: when weights are loaded that lack entries of the module
            or have them in another shape. They are loaded as far as they
            fit. ``load_state_dict(..., strict=False)`` of the module itself
            does not raise for entries that are missing: it returns them.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._loading: Optional[_Loading] = None
        self._may_lack = False
        self.register_load_state_dict_post_hook(_check)

    def load_state_dict(self, state_dict: Dict[str, Tensor],
                        strict: bool = True, **options: Any) -> Any:
        """As that of torch, where ``strict=False`` returns what is missing."""
        self._may_lack = not strict
        try:
            return super().load_state_dict(state_dict, strict, **options)
        finally:
            self._may_lack = False

    def _load_from_state_dict(self, state_dict, prefix, local_metadata,
                              strict, missing_keys, unexpected_keys,
                              error_msgs) -> None:
        # Loading calls this for the submodules next, and _check after all of
        # them, without the errors.
        self._loading = _Loading(state_dict, prefix, error_msgs,
                                 len(error_msgs))
        super()._load_from_state_dict(state_dict, prefix, local_metadata,
                                      strict, missing_keys, unexpected_keys,
                                      error_msgs)


def _check(module: CompleteLoading, keys: Any) -> None:
    """Hook after loading; a function, so that it survives a deep copy."""
    weights, prefix, errors, others_errors = module._loading
    module._loading = None
    errors = errors[others_errors:]
    lacking = [key for key in keys.missing_keys
               if key.startswith(prefix) and is_needed(key)]
    if module._may_lack or not (lacking or errors):
        return
    own = {prefix + name: value
           for name, value in module.state_dict().items()}
    shapes = other_shapes(own, weights)
    problems = []
    if lacking:
        problems.append(f'the file lacks {listed(lacking)}')
    if shapes or errors:
        problems.append(
            f'others do not fit: {listed(list(shapes.values()) or errors)}')
    wanted = list(filter(is_needed, own))
    bad = {*lacking, *shapes}
    fitting = sum(key not in bad for key in wanted)
    names = list(weights)
    raise ValueError(
        f'weights of {type(module).__name__}: got {fitting} of {len(wanted)} '
        f'entries, expected all of them; {"; ".join(problems)}. The file has '
        f'{len(names)} entries ({", ".join(names[:3])}, ...). '
        f'{_REMEDY if fitting else _FOREIGN}')


def is_needed(key: str) -> bool:
    """Whether a file must have an entry; torch < 0.4.1 did not count batches.
    """
    return not key.endswith('num_batches_tracked')


def other_shapes(own: Dict[str, Tensor],
                 weights: Dict[str, Tensor]) -> Dict[str, str]:
    """Entries that have another shape in a file -> both shapes, for messages.
    """
    return {
        key: f'{key} (shape {tuple(weights[key].shape)} instead of '
        f'{tuple(value.shape)})'
        for key, value in own.items()
        if isinstance(weights.get(key), Tensor)
        and weights[key].shape != value.shape
    }
