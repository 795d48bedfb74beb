"""What recognizers cost: parameters, multiply-adds, latency, memory."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, List, Mapping, Optional, Sequence, Tuple, Union

import numpy as np
import torch
import torch.nn as nn
from mmaction.registry import MODELS
from mmcv.cnn.utils import fuse_conv_bn
from mmengine.analysis import parameter_count
from mmengine.config import Config
from mmengine.registry import init_default_scope

from .._checks import require, require_int
from ..models import AFNet
from ..models.backbones.execution import lay_out
from .complexity import FOCAL, count_macs
from .inputs import View, one_view, raw_video
from .latency import check_device, make_step, measure_in_turns


@dataclass
class Cost:
    """Cost of one config.

    Attributes:
        label: name in tables.
        config: path of the config, within its package or this folder.
        params: number of parameters.
        macs: multiply-adds of one view by part.
        missed_ops: matrix products that the counter does not support.
        view_extent: (T, H, W) of one view.
        num_views: views of the config's test pipeline.
        times_ms: milliseconds per video of one view, one number per round;
            empty if not timed.
        peak_mib: memory of one test step beyond weights and inputs, MiB;
            None if not measured.
        peak_unknown: why this machine does not report it; '' otherwise.
        block_shares: of a network that skips frames, share of each focal
            block in the multiply-adds that may be skipped.
    """
    label: str
    config: str
    params: int
    macs: Dict[str, int]
    missed_ops: Dict[str, int]
    view_extent: Tuple[int, int, int]
    num_views: int
    times_ms: List[float] = field(default_factory=list)
    peak_mib: Optional[float] = None
    peak_unknown: str = ''
    block_shares: List[float] = field(default_factory=list)

    @property
    def gmacs(self) -> float:
        """Multiply-adds of one view in 1e9; all that may be skipped too."""
        return sum(self.macs.values()) / 1e9

    @property
    def depends_on_video(self) -> bool:
        """Whether a network skips some of the work."""
        return FOCAL in self.macs

    def gmacs_at(self, ratios: Union[float, Sequence[float]]) -> float:
        """Those at a keep ratio, or at that of each focal block."""
        kept = float(np.dot(self.block_shares, np.broadcast_to(
            ratios, len(self.block_shares))))
        return self.gmacs - (1 - kept) * self.macs.get(FOCAL, 0) / 1e9


@dataclass
class Options:
    """Settings of a measurement.

    Attributes:
        latency: whether to time test steps at all.
        batch_size: videos per step.
        device: ``'cpu'`` or ``'cuda:<i>'``.
        warmup: rounds before the timed ones.
        rounds: timed rounds.
        num_frames: frames of the raw video.
        size: its (H, W) in pixels.
        crop: see :func:`one_view`.
        amp: see :func:`make_step`.
        fuse_conv_bn: whether to fold batch norms into convolutions, after
            the multiply-adds are counted.
        channels_last: whether to lay out weights with the channels last.
        threads: CPU threads; None: torch's choice.

    Raises:
        TypeError: if a number is no int.
        ValueError: if a number is out of range or there is no such device.
    """
    latency: bool = True
    batch_size: int = 1
    device: str = 'cpu'
    warmup: int = 3
    rounds: int = 20
    num_frames: int = 300
    size: Tuple[int, int] = (256, 340)
    crop: Optional[int] = None
    amp: bool = False
    fuse_conv_bn: bool = False
    channels_last: bool = False
    threads: Optional[int] = None

    def __post_init__(self) -> None:
        check_device(self.device)
        for name in ('batch_size', 'rounds', 'num_frames'):
            require_int(name, getattr(self, name))
        require_int('warmup', self.warmup, minimum=0)
        for name in ('crop', 'threads'):
            if getattr(self, name) is not None:
                require_int(name, getattr(self, name))


def measure(configs: Mapping[str, Config],
            options: Options = Options()) -> List[Cost]:
    """Measure configs side by side, with random weights.

    Args:
        configs: by label.
        options: settings of the measurement.

    Raises:
        ValueError: if a config lacks a model or a test pipeline, or is not
            of a recognizer that takes video frames.
    """
    video = raw_video(options.num_frames, options.size)
    if options.threads is not None:
        torch.set_num_threads(options.threads)
    costs, models, views = [], {}, {}
    for label, cfg in configs.items():
        models[label] = model = build(cfg)
        if isinstance(model, AFNet):  # the masks of random weights say nothing
            model.backbone.execution = 'mask'
        views[label] = view = one_view(cfg, model, video, options.crop)
        macs, missed_ops = count_macs(model, view.frames)
        costs.append(
            Cost(label, _place(cfg), int(parameter_count(model)['']), macs,
                 missed_ops, view.extent, view.num_views,
                 block_shares=_block_shares(model, view)))
    if options.latency:
        _time(costs, models, views, options)
    return costs


def _block_shares(model: nn.Module, view: View) -> List[float]:
    if not isinstance(model, AFNet):
        return []
    blocks = model.frame_macs(view.extent[1:]).blocks
    return (blocks / blocks.sum()).tolist()


def build(cfg: Config) -> nn.Module:
    """The model of a config in eval mode, with reproducible weights.

    ``init_weights`` is not called: it would download weights.

    Raises:
        ValueError: if the config has no model.
    """
    require(cfg.get('model') is not None, f'config {cfg.filename}', 'no model',
            'the config of a recognizer', 'Set model.')
    init_default_scope(cfg.get('default_scope', 'mmaction'))
    torch.manual_seed(0)
    model = MODELS.build(cfg.model)
    model.eval()  # the eval() of MMAction2's X3D returns None
    return model


def _place(cfg: Config) -> str:
    """Path of a config, without the folders of this machine."""
    if cfg.filename is None:  # made in memory
        return ''
    path = Path(cfg.filename).resolve()
    if '.mim' in path.parts:  # of an installed package
        return '/'.join(path.parts[path.parts.index('.mim') - 1:])
    try:
        return path.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return path.name


def _time(costs: List[Cost], models: Dict[str, nn.Module],
          views: Dict[str, View], options: Options) -> None:
    """Fill in times and memory."""
    device = check_device(options.device)
    steps = {
        label: make_step(
            _prepare(model, options, device), views[label].frames,
            options.batch_size, device, options.amp)
        for label, model in models.items()
    }
    measured = measure_in_turns(steps, options.rounds, options.warmup, device)
    for cost in costs:
        step = measured[cost.label]
        cost.times_ms = [1e3 * sec / options.batch_size
                         for sec in step.times_sec]
        cost.peak_mib, cost.peak_unknown = step.peak_mib, step.peak_unknown


def _prepare(model: nn.Module, options: Options,
             device: torch.device) -> nn.Module:
    if options.fuse_conv_bn:
        model = fuse_conv_bn(model)
    model.to(device)
    model.eval()  # SNet and DNet lay their weights out for the device
    if options.channels_last:
        lay_out(model, channels_last=True)
    return model
