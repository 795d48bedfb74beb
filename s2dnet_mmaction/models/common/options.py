"""What the recognizers of this package do with parts and inputs."""

import difflib
import inspect
from typing import Any, Optional, Tuple

import torch
from mmaction.registry import MODELS
from torch import Tensor

from ..._checks import require, require_frame_dtype
from ..._compat import is_compiling
from ...functional.sampling.detail_sample import check_lengths
from ..data_preprocessors import S2DNetDataPreprocessor

STAGES = ('backbone', 'neck', 'head')  # of extract_feat


def build_preprocessor(cfg: Optional[dict]) -> S2DNetDataPreprocessor:
    """Build the preprocessor of raw frames; None builds one without options.

    Built here because mmengine's BaseModel would look it up in mmengine's
    registry, and find it only within the default scope.

    Raises:
        ValueError: if it is another preprocessor.
    """
    built = MODELS.build(cfg or dict(type='S2DNetDataPreprocessor'))
    require(
        isinstance(built, S2DNetDataPreprocessor), 'data_preprocessor',
        type(built).__name__, 'S2DNetDataPreprocessor',
        'Set its type to S2DNetDataPreprocessor: that of the host widens '
        'all raw frames to float and cannot batch unequal lengths.')
    return built


def fill_part(part: str, cfg: dict, **known: Any) -> dict:
    """Add what other parts decide; refuse a config that contradicts it."""
    cfg = dict(cfg)
    _check_names(part, cfg)
    for name, value in known.items():
        given = cfg.setdefault(name, value)
        same = tuple(given) == tuple(value) if isinstance(
            given, (list, tuple)) else given == value
        require(same, f'{part}.{name}', given, value,
                f'Leave {name} out of {part}: the other parts of the model '
                'decide it.')
    return cfg


def _check_names(part: str, cfg: dict) -> None:
    """Refuse options that the part does not have, and say which it has."""
    require('type' in cfg, part, 'no type', 'a registered module',
            f'Set {part}.type.')
    module = MODELS.get(cfg['type']) if isinstance(cfg['type'],
                                                   str) else cfg['type']
    if module is None:  # build() says so in the host's words
        return
    parameters = inspect.signature(module).parameters
    if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return
    for name in cfg:
        if name != 'type' and name not in parameters:
            close = difflib.get_close_matches(name, parameters, 1)
            remedy = f'Did you mean {close[0]}?' if close else 'Remove it.'
            require(False, part, f'unknown option {name!r}',
                    f'some of {sorted(parameters)}', remedy)


def split_views(inputs: Tensor,
                 lengths: Optional[Tensor]) -> Tuple[Tensor, Tensor]:
    """(N, V, C, T, H, W) -> (N V, T, C, H, W) and (N V,) lengths.

    Views of a video follow each other. Without the axis V there is one.

    Raises:
        TypeError: if the frames are neither uint8 nor floating point.
        ValueError: if a shape or a length does not fit.
    """
    require(
        inputs.dim() in (5, 6), 'inputs.shape', tuple(inputs.shape),
        '(N, V, C, T, H, W) or (N, C, T, H, W)',
        "End the pipeline with FormatShape(input_format='NCTHW').")
    require_frame_dtype('inputs', inputs)
    batch, num_frames = inputs.size(0), inputs.size(-3)
    if lengths is None:
        lengths = torch.full((batch, ), num_frames)
    # A look at the numbers would wait for the device, or break the graph.
    look = lengths.device.type == 'cpu' and not is_compiling()
    check_lengths(lengths, batch, num_frames, values=look)
    lengths = lengths.to(inputs.device)
    if inputs.dim() == 6:
        lengths = lengths.repeat_interleave(inputs.size(1))
        inputs = inputs.flatten(0, 1)
    return inputs.transpose(1, 2), lengths
