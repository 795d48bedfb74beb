"""The detail sampler: from synopsis features to the sampled volume."""

import logging
import math
from typing import Callable, Dict, List, Optional, Sequence, Set, Tuple

import torch
from mmaction.registry import MODELS
from mmengine.logging import print_log
from mmengine.model import BaseModule
from torch import Tensor

from ..._checks import require, require_choice, require_pair
from ..._compat import autocast_dtype
from ...functional.sampling.backends.choice import (
    BACKENDS,
    missing_kernels,
    problem_with,
)
from ...functional.sampling.bands import frames_read
from ...functional.sampling.detail_sample import check_options, sample_window
from ...functional.sampling.filters import Filters
from ...functional.sampling.gradients import GRAD_NORMS, normalise_gradient
from ...functional.sampling.grid import Theta
from .location_scale import AXES, LocationScale
from .stride_bounds import LARGEST_LOG, stride_factor

_WARNED: Set[str] = set()  # messages of this process


@MODELS.register_module()
class DetailSampler(BaseModule):
    """f_theta, its scaling, and the sampler: Eqs. (4), (6), (7).

    Scaling (supplement, Eqs. 1-2): centres ``tanh(mu)``, strides
    ``d exp(delta)`` with ``d_t = span_t L / T_D`` and, in space, ``d = 1``
    px or ``span_yx H / H_D``. With ``max_zoom`` z the strides stay within
    (d / z, d z): ``d exp(b tanh(delta / b))``, b = log z, which is the same
    near delta = 0. The supplement has no such bound, and without one a
    single bad step can send a stride to infinity (docs/fidelity.md).

    While :attr:`live` is false (stage 1 of the training) theta is frozen at
    centre 0, time stride L / T_D, space stride 1 px: the centre crop of
    uniform frames. f_theta does not run at all then. The flag is saved with
    the weights, so a checkpoint is tested as it was validated.

    Args:
        size: (T_D, H_D, W_D) of the sampled volume; S2DNet fills it in, as
            it does the next two.
        in_shape: (C_S, T_S, h, w) of the synopsis features; None without
            f_theta.
        num_classes: length N of the top-k vector s; None without f_theta.
        temporal, spatial: ``'gaussian'`` or ``'linear'``.
        var: variance of the Gaussians, in samples squared.
        axes: axes that f_theta predicts, of ``('time', 'space')``; the
            others stay frozen (Tab. 2c). () freezes all and builds no
            f_theta.
        trunk, space_follows_time: see :class:`LocationScale`.
        detach_synopsis: whether e is detached before f_theta.
        init_span: (time, space): the share of the video, and of the frame,
            that the first window spans. None in space means a stride of 1
            px (paper); the release has (1.0, 1.0).
        max_zoom: (time, space): largest factor, > 1, by which a stride may
            grow or shrink; None for no bound (paper and release), for one
            axis or for both.
        normalise_grad: how the gradient of the sampled volume is divided by
            its largest magnitude: ``'batch'`` (supplement), ``'video'`` or
            None, not at all (release; it learns better, docs/fidelity.md),
            see :func:`~s2dnet_mmaction.functional.scale_to_unit`.
        backend: implementation of the sampler, see
            :func:`~s2dnet_mmaction.functional.sampling.detail_sample`.
        init_cfg: mmengine's initialisation config.

    Attributes:
        staged: whether a TwoStageHook sets :attr:`live` and keeps the
            gradients of an idle f_theta from the optimiser. Only then does
            an idle f_theta get gradients, of zero.

    Raises:
        TypeError: if a size is no int.
        ValueError: if an option is unknown or out of range.
    """

    def __init__(self,
                 size: Sequence[int],
                 in_shape: Optional[Sequence[int]] = None,
                 num_classes: Optional[int] = None,
                 temporal: str = 'gaussian',
                 spatial: str = 'gaussian',
                 var: float = 1.0,
                 axes: Sequence[str] = AXES,
                 trunk: str = 'conv',
                 space_follows_time: bool = False,
                 detach_synopsis: bool = True,
                 init_span: Sequence[Optional[float]] = (0.5, None),
                 max_zoom: Optional[Sequence[Optional[float]]] = None,
                 normalise_grad: Optional[str] = None,
                 backend: str = 'auto',
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg=init_cfg)
        self.filters = Filters(temporal, spatial, var)
        check_options(size, self.filters)
        require_choice('normalise_grad', normalise_grad, GRAD_NORMS)
        require_choice('backend', backend, BACKENDS)
        for axis in axes:
            require_choice('axes', axis, AXES)
        require_pair('init_span', init_span, 0, 'Give shares of the video and '
                     'of the frame; the paper has (0.5, None), the release '
                     '(1.0, 1.0).', optional=(1, ))
        max_zoom = (None, None) if max_zoom is None else max_zoom
        require_pair('max_zoom', max_zoom, 1, 'Write (2.0, 2.0) for strides '
                     'from half to twice the first ones, None for no bound. '
                     'To keep an axis frozen leave it out of axes.',
                     below=math.exp(LARGEST_LOG), optional=(0, 1))
        self.size: Tuple[int, int, int] = tuple(size)
        self.detach_synopsis = detach_synopsis
        self.init_span = tuple(init_span)
        self.max_zoom = tuple(max_zoom)
        self.normalise_grad = normalise_grad
        self.backend = backend
        self.location_scale = None
        if len(axes) > 0:
            require(
                None not in (in_shape, num_classes),
                'in_shape and num_classes', f'{in_shape} and {num_classes}',
                'both, for f_theta', 'Give both, or set axes=().')
            self.location_scale = LocationScale(in_shape, num_classes,
                                                size[0], trunk,
                                                space_follows_time, axes)
        # A float rather than a bool: mmengine averages buffers over ranks
        # (SyncBuffersHook) and over time (EMAHook). A flag that was 1 at
        # any time stays above 0, and one that never was stays 0.
        self.register_buffer('live_flag', torch.ones(()))
        self._live = True
        self.staged = False
        # Import the kernels here rather than in the first step. They are
        # checked there, as the model's device is not known yet.
        for kernels in ('numba', 'triton')[:1 + torch.cuda.is_available()]:
            problem_with(kernels)

    @property
    def live(self) -> bool:
        """Whether theta follows the synopsis; false in stage 1.

        ``live_flag`` is the same in the state dict. To read it in every
        forward pass would wait for the device.
        """
        return self._live

    @live.setter
    def live(self, live: bool) -> None:
        self._live = bool(live)
        self.live_flag.fill_(float(self._live))

    def _load_from_state_dict(self, *args, **kwargs) -> None:
        super()._load_from_state_dict(*args, **kwargs)
        self._live = bool(self.live_flag > 0)

    def forward(self, frames: Tensor, lengths: Optional[Tensor],
                e: Optional[Tensor] = None, topk: Optional[Tensor] = None,
                mean: Optional[Tensor] = None, std: Optional[Tensor] = None,
                fetch: Optional[Callable[[Tensor], Tensor]] = None
                ) -> Tuple[Tensor, Theta, Tensor]:
        """Sample the detail.

        Args:
            frames: (B, T, C, H, W) raw frames, uint8 or floating point.
            lengths: (B,) valid frames; None: all T.
            e: (B, C_S, T_S, h, w) synopsis features; None without f_theta.
            topk: (B, N) vector s; None without f_theta.
            mean, std: see :func:`detail_sample`.
            fetch: gives the raw frames (B, L, C, H, W) where ``frames``
                have only their size. It gets a (B, L) bool tensor that
                marks the frames it has to fetch.

        Returns:
            V_hat of the normalised frames, (B, T_D, C, H_D, W_D) float32
            (under autocast on CUDA the type that autocast casts to, unless
            its gradient is going to be normalised); theta; and a zero to be
            added to the detail loss, see :func:`normalise_gradient`.
        """
        batch, num_frames, _, *frame_size = frames.shape
        if lengths is None:
            lengths = torch.full((batch, ), num_frames, device=frames.device)
        theta = self.locate(lengths, frame_size, e, topk)
        if fetch is not None:
            frames = fetch(
                frames_read(theta, self.size[0], lengths, self.filters))
        if self.backend == 'auto':
            _warn_of_missing_kernel(frames.device)
        volume = sample_window(
            frames, lengths, theta, self.size, self.filters, mean=mean,
            std=std, dtype=self._dtype(frames), backend=self.backend)
        volume, zero = normalise_gradient(
            volume, self.normalise_grad,
            self._idle_parameters() if self.staged else ())
        return volume, theta, zero

    def _dtype(self, frames: Tensor) -> Optional[torch.dtype]:
        """The type that autocast casts the volume to in DNet.

        None (float32) where its gradient is normalised: multiplied by the
        loss scale it would overflow in half precision.
        """
        if not frames.is_cuda or (self.normalise_grad
                                  and torch.is_grad_enabled()):
            return None
        return autocast_dtype('cuda')

    def locate(self, lengths: Tensor, frame_size: Sequence[int],
               e: Optional[Tensor] = None,
               topk: Optional[Tensor] = None) -> Theta:
        """Theta of each video, scaled to centres in (-1, 1) and strides.

        Args:
            lengths: (B,) valid raw frames.
            frame_size: (H, W) of the raw frames.
            e, topk: see :meth:`forward`.
        """
        if self.training and not self.staged and self._idle_parameters():
            _warn_once(
                'DetailSampler: training with a frozen sampler (as a '
                'checkpoint of stage 1 leaves it) and no TwoStageHook to '
                'make it live. Add the hook to custom_hooks, or set '
                'model.neck.live = True.')
        lengths = lengths.to(torch.float32)
        theta = self._frozen(lengths)
        if self._live and self.location_scale is not None:
            e = e.detach() if self.detach_synopsis else e
            raw = self.location_scale(e, topk)
            theta.update(self._scale(raw, lengths, frame_size))
        return Theta(*theta['time'], *theta['space'])

    def _idle_parameters(self) -> List[Tensor]:
        """Parameters of an f_theta that does not run."""
        idle = self.location_scale is not None and not self._live
        return list(self.location_scale.parameters()) if idle else []

    def _frozen(self, lengths: Tensor) -> Dict[str, Tuple[Tensor, ...]]:
        """The centre crop of uniform frames (supplement, Sec. 3)."""
        zero = torch.zeros_like(lengths)
        zeros = zero.unsqueeze(-1).expand(-1, self.size[0])
        ones = torch.ones_like(zeros)
        return dict(time=(zero, lengths / self.size[0]),
                    space=(zeros, ones, zeros, ones))

    def _scale(self, raw: Dict[str, Tensor], lengths: Tensor,
               frame_size: Sequence[int]) -> Dict[str, Tuple[Tensor, ...]]:
        """Supplement, Eqs. (1)-(2)."""
        span_t, span_yx = self.init_span
        zoom_t, zoom_yx = self.max_zoom
        theta = {}
        if 'time' in raw:
            mu, delta = raw['time'].squeeze(-1).unbind(1)  # (B,)
            d_t = span_t * lengths / self.size[0]
            theta['time'] = (mu.tanh(), d_t * stride_factor(delta, zoom_t))
        if 'space' in raw:
            mu, delta = raw['space'].unbind(1)  # (B, 2 T_D)
            theta['space'] = ()
            for mu_i, delta_i, full, points in zip(
                    mu.chunk(2, 1), delta.chunk(2, 1), frame_size,
                    self.size[1:]):  # y, then x
                d_i = 1.0 if span_yx is None else span_yx * full / points
                theta['space'] += (mu_i.tanh(),
                                   d_i * stride_factor(delta_i, zoom_yx))
        return theta


def _warn_of_missing_kernel(device: torch.device) -> None:
    reason = missing_kernels(device)
    if reason is not None:
        _warn_once(
            f'DetailSampler: no compiled kernel ({reason}). It runs in plain '
            'torch: the same result, but slower (docs/performance.md).')


def _warn_once(message: str) -> None:
    if message not in _WARNED:
        _WARNED.add(message)
        print_log(message, logger='current', level=logging.WARNING)
