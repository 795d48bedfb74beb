"""The detail sampler: from synopsis features to the sampled volume."""

import logging
from typing import Callable, List, NamedTuple, Optional, Sequence, Set, Tuple

import torch
from mmaction.registry import MODELS
from mmengine.logging import print_log
from mmengine.model import BaseModule
from torch import Tensor

from ..._checks import require, require_choice
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
from ..common.options import build_module
from .locators.located import AXES, Heatmaps, Located, frozen_theta
from .locators.strides import Strides

_WARNED: Set[str] = set()  # messages of this process


class Detail(NamedTuple):
    """What the detail sampler gives.

    Attributes:
        volume: V_hat of the normalised frames, (B, T_D, C, H_D, W_D)
            float32 (under autocast on CUDA the type that autocast casts to,
            unless its gradient is going to be normalised).
        theta: where it was sampled.
        zero: a zero to be added to the detail loss, see
            :func:`normalise_gradient`.
        heatmaps: of a locator that has some.
    """
    volume: Tensor
    theta: Theta
    zero: Tensor
    heatmaps: Optional[Heatmaps] = None


@MODELS.register_module()
class DetailSampler(BaseModule):
    """A locator, which gives theta, and the sampler: Eqs. (4), (6), (7).

    While :attr:`live` is false (stage 1 of the training) theta is frozen at
    centre 0, time stride L / T_D, space stride 1 px: the centre crop of
    uniform frames. The locator does not run at all then. The flag is saved
    with the weights, so a checkpoint is tested as it was validated.

    Args:
        size: (T_D, H_D, W_D) of the sampled volume; S2DNet fills it in, as
            it does the next two.
        in_shape: (C_S, T_S, h, w) of the synopsis features; None without a
            locator.
        num_classes: length N of the top-k vector s; None without a locator.
        locator: config of the module that gives theta: the paper's f_theta,
            :class:`LocationScale`, or :class:`HeatmapLocator`. Another one
            has the same arguments, and the result of its ``forward``.
        temporal, spatial: ``'gaussian'`` or ``'linear'``.
        var: variance of the Gaussians, in samples squared.
        axes: axes that the locator predicts, of ``('time', 'space')``; the
            others stay frozen (Tab. 2c). () freezes all and builds no
            locator.
        detach_synopsis: whether e is detached before the locator.
        init_span: (time, space) of the first window, see :class:`Strides`:
            (0.5, None) in the paper, (1.0, 1.0) in the release.
        max_zoom: (time, space): bound of the strides, see :class:`Strides`;
            None for no bound (paper and release). Without one a single bad
            step can send a stride to infinity (docs/fidelity.md).
        normalise_grad: how the gradient of the sampled volume is divided by
            its largest magnitude: ``'batch'`` (supplement), ``'video'`` or
            None, not at all (release; it learns better, docs/fidelity.md),
            see :func:`~s2dnet_mmaction.functional.scale_to_unit`.
        backend: implementation of the sampler, see
            :func:`~s2dnet_mmaction.functional.sampling.detail_sample`.
        init_cfg: mmengine's initialisation config.

    Attributes:
        staged: whether a TwoStageHook sets :attr:`live` and keeps the
            gradients of an idle locator from the optimiser. Only then does
            an idle locator get gradients, of zero.

    Raises:
        TypeError: if a size is no int.
        ValueError: if an option is unknown or out of range.
    """

    def __init__(self,
                 size: Sequence[int],
                 in_shape: Optional[Sequence[int]] = None,
                 num_classes: Optional[int] = None,
                 locator: dict = dict(type='LocationScale'),
                 temporal: str = 'gaussian',
                 spatial: str = 'gaussian',
                 var: float = 1.0,
                 axes: Sequence[str] = AXES,
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
        self.size: Tuple[int, int, int] = tuple(size)
        self.detach_synopsis = detach_synopsis
        self.normalise_grad = normalise_grad
        self.backend = backend
        strides = Strides(self.size, init_span, max_zoom)
        self.locator = None
        if len(axes) > 0:
            require(
                None not in (in_shape, num_classes),
                'in_shape and num_classes', f'{in_shape} and {num_classes}',
                'both, for the locator', 'Give both, or set axes=().')
            self.locator = build_module(
                'locator', locator, in_shape=in_shape,
                num_classes=num_classes, strides=strides, axes=axes)
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
                fetch: Optional[Callable[[Tensor], Tensor]] = None,
                synopsis: Optional[Tensor] = None) -> Detail:
        """Sample the detail.

        Args:
            frames: (B, T, C, H, W) raw frames, uint8 or floating point.
            lengths: (B,) valid frames; None: all T.
            e: (B, C_S, T_S, h, w) synopsis features; None without a locator.
            topk: (B, N) vector s; None without a locator.
            mean, std: see :func:`detail_sample`.
            fetch: gives the raw frames (B, L, C, H, W) where ``frames``
                have only their size. It gets a (B, L) bool tensor that
                marks the frames it has to fetch.
            synopsis: (B, T_S, C, H_S, W_S) normalised synopsis; None without
                a locator that sees it.
        """
        batch, num_frames, _, *frame_size = frames.shape
        if lengths is None:
            lengths = torch.full((batch, ), num_frames, device=frames.device)
        theta, heatmaps = self.locate(lengths, frame_size, e, topk,
                                      synopsis)
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
        return Detail(volume, theta, zero, heatmaps)

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
               topk: Optional[Tensor] = None,
               synopsis: Optional[Tensor] = None) -> Located:
        """Theta of each video, centres in [-1, 1] and strides.

        Args:
            lengths: (B,) valid raw frames.
            frame_size: (H, W) of the raw frames.
            e, topk, synopsis: see :meth:`forward`.
        """
        if self.training and not self.staged and self._idle_parameters():
            _warn_once(
                'DetailSampler: training with a frozen sampler (as a '
                'checkpoint of stage 1 leaves it) and no TwoStageHook to '
                'make it live. Add the hook to custom_hooks, or set '
                'model.neck.live = True.')
        lengths = lengths.to(torch.float32)
        if not self._live or self.locator is None:
            return Located(frozen_theta(lengths, self.size[0]))
        e = e.detach() if self.detach_synopsis else e
        return self.locator(e, topk, lengths, frame_size, synopsis)

    def _idle_parameters(self) -> List[Tensor]:
        """Parameters of a locator that does not run."""
        idle = self.locator is not None and not self._live
        return list(self.locator.parameters()) if idle else []


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
