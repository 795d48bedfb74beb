"""A detail sampler that is told where the detail is."""

from contextlib import contextmanager
from typing import Iterator, Optional, Sequence

import torch
from mmaction.registry import MODELS
from torch import Tensor

from ..._checks import require, require_choice
from ...functional.sampling.grid import Theta
from .detail_sampler import DetailSampler
from .location_scale import AXES


@MODELS.register_module()
class OracleSampler(DetailSampler):
    """The window around the true place, of fixed strides; no f_theta.

    Args:
        size: (T_D, H_D, W_D) of the sampled volume; S2DNet fills it in.
        stride: (time, space), in raw frames and raw pixels.
        axes: axes of which it is told, of ``('time', 'space')``; the others
            are frozen, as in Tab. 2c.
        kwargs: other options of :class:`DetailSampler`.
    """

    def __init__(self,
                 size: Sequence[int],
                 in_shape: Optional[Sequence[int]] = None,
                 num_classes: Optional[int] = None,
                 stride: Sequence[float] = (1.0, 1.0),
                 axes: Sequence[str] = AXES,
                 **kwargs) -> None:
        require(
            isinstance(stride, (tuple, list)) and len(stride) == 2
            and min(stride) > 0, 'stride', stride,
            'two numbers > 0: raw frames in time, raw pixels in space',
            'Write (1.0, 1.0) for neighbouring samples.')
        for axis in axes:
            require_choice('axes', axis, AXES)
        super().__init__(size, in_shape, num_classes, axes=(), **kwargs)
        self.stride, self.axes = tuple(stride), tuple(axes)
        self._places: Optional[Tensor] = None

    @contextmanager
    def told(self, places: Tensor) -> Iterator[None]:
        """Use (B, 3) true places (t, y, x), in [-1, 1], inside the block."""
        self._places = places
        try:
            yield
        finally:
            self._places = None

    def locate(self,
               lengths: Tensor,
               frame_size: Sequence[int],
               e: Optional[Tensor] = None,
               topk: Optional[Tensor] = None) -> Theta:
        """Theta of each video: centred on its place along ``axes``."""
        require(self._places is not None, 'places', None,
                '(B, 3) true places',
                'Run it inside OracleSampler.told(places), as OracleS2DNet '
                "does in the modes 'loss' and 'predict'.")
        center_t, *center_yx = self._places.unbind(dim=1)
        center_y, center_x = (
            center.unsqueeze(-1).expand(-1, self.size[0])
            for center in center_yx)
        told = dict(
            time=(center_t, torch.full_like(center_t, self.stride[0])),
            space=(center_y, torch.full_like(center_y, self.stride[1]),
                   center_x, torch.full_like(center_x, self.stride[1])))
        parts = self._frozen(lengths.to(torch.float32))
        parts.update({axis: told[axis] for axis in self.axes})
        return Theta(*parts['time'], *parts['space'])
