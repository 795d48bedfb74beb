"""Detail sampler that gets the true place of the detail."""

from typing import Any, Optional, Sequence

import torch
from mmaction.registry import MODELS
from torch import Tensor

from ..._checks import require, require_choice, require_pair
from .detail_sampler import DetailSampler
from .locators.located import AXES, Located, frozen_theta


@MODELS.register_module()
class OracleSampler(DetailSampler):
    """A window of fixed strides around the true place; no locator.

    Args:
        size: (T_D, H_D, W_D) of the sampled volume; S2DNet fills it in.
        stride: (time, space), in raw frames and raw pixels.
        axes: axes along which the window follows the place, of ``('time',
            'space')``; the others are frozen, as in Tab. 2c.
        args, kwargs: other options of :class:`DetailSampler`.

    Attributes:
        places: (B, 3) true places (t, y, x) in [-1, 1], to be set around
            each forward pass with :class:`temporary_attributes`.
    """

    def __init__(self, size: Sequence[int], *args: Any,
                 stride: Sequence[float] = (1.0, 1.0),
                 axes: Sequence[str] = AXES, **kwargs: Any) -> None:
        require_pair('stride', stride, 0, 'Write (1.0, 1.0), in raw frames '
                     'and raw pixels, for neighbouring samples.')
        for axis in axes:
            require_choice('axes', axis, AXES)
        super().__init__(size, *args, axes=(), **kwargs)
        self.stride, self.axes = tuple(stride), tuple(axes)
        self.places: Optional[Tensor] = None

    def locate(self, lengths: Tensor, frame_size: Sequence[int],
               e: Optional[Tensor] = None,
               topk: Optional[Tensor] = None,
               synopsis: Optional[Tensor] = None) -> Located:
        """Theta of each video: centred on its place along ``axes``."""
        require(self.places is not None, 'places', None, '(B, 3) true places',
                "Run OracleS2DNet in mode 'loss' or 'predict', or set them "
                'with temporary_attributes(neck, places=...).')
        stride_t, stride_yx = self.stride
        center_t, *center_yx = self.places.unbind(dim=1)
        center_y, center_x = (
            center.unsqueeze(-1).expand(-1, self.size[0])
            for center in center_yx)
        strides = torch.full_like(center_y, stride_yx)
        theta = frozen_theta(lengths.to(torch.float32), self.size[0])
        if 'time' in self.axes:
            theta = theta._replace(
                center_t=center_t,
                stride_t=torch.full_like(center_t, stride_t))
        if 'space' in self.axes:
            theta = theta._replace(center_y=center_y, stride_y=strides,
                                   center_x=center_x, stride_x=strides)
        return Located(theta)
