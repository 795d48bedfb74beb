"""One calling convention for 2D and 3D backbones."""

import copy
from contextlib import nullcontext
from typing import Dict, List, Optional, Sequence, Tuple, Union

import torch
import torch.nn as nn
from mmaction.models.backbones import TimeSformer
from torch import Tensor

from ..._checks import (
    require,
    require_choice,
    require_int,
    require_ints,
    require_shape,
)
from ..common.checkpoints import CLASSIFIERS
from ..common.pretrained import (
    InitCfg,
    every_entry_set,
    names_file,
    take_pretrained,
)
from .execution import LaidOut
from .image_backbone import ImageBackbone, build_backbone
from .stages import find_stage
from .temporal_shift import add_temporal_shift

INPUT_FORMATS = ('NCHW', 'NCTHW')


class VideoBackbone(LaidOut):
    """Any backbone that MMAction2 takes, from frames to (B, C, T, h, w).

    Args:
        backbone: config of the backbone, see :func:`build_backbone`.
        num_frames: frames T per video.
        size: (H, W) or one number for both, in pixels.
        input_format: ``'NCHW'``: a 2D backbone, frames are folded into the
            batch; ``'NCTHW'``: a 3D backbone. None: ``'NCTHW'`` if the
            backbone's first convolution is three-dimensional.
        feature_shape: (C, T', h, w) of the features of one video. None:
            found by running the backbone on the meta device.
        init_cfg: mmengine's initialisation config. ``dict(type='Pretrained',
            checkpoint=...)`` fills the backbone from a recognizer's, a
            backbone's or a classifier's file; more options, see
            :class:`~s2dnet_mmaction.models.common.pretrained.Pretrained`.
        stages: submodules whose output shapes go into ``stage_shapes``.
        temporal_shift: options of :func:`add_temporal_shift` without the
            number of frames, ``dict()`` for none; None for a net without
            temporal shift or with one of its own.

    Raises:
        TypeError: if a number is no int.
        ValueError: if the backbone does not fit ``num_frames`` or ``size``,
            or gives no single feature map.
    """

    def __init__(self,
                 backbone: dict,
                 num_frames: int,
                 size: Union[int, Sequence[int]],
                 input_format: Optional[str] = None,
                 feature_shape: Optional[Sequence[int]] = None,
                 init_cfg: InitCfg = None,
                 stages: Sequence[str] = (),
                 temporal_shift: Optional[dict] = None,
                 in_channels: int = 3) -> None:
        init_cfg, pretrained = take_pretrained(init_cfg)
        super().__init__(init_cfg=init_cfg)
        self.pretrained = pretrained
        require_int('num_frames', num_frames)
        require_int('in_channels', in_channels)
        self.in_channels = in_channels
        size = (size, size) if isinstance(size, int) else size
        require_ints('size', size, ('H', 'W'), 'Give height and width in '
                     'pixels, or one number for both.')
        self.num_frames = num_frames
        self.size: Tuple[int, int] = tuple(size)
        self.backbone = build_backbone(backbone)
        # An ImageBackbone has its weights from its package already.
        self._backbone_has_file = not isinstance(
            self.backbone, ImageBackbone) and names_file(
                backbone, self.backbone)
        self.input_format = input_format or _guess_format(self.backbone)
        require_choice('input_format', self.input_format, INPUT_FORMATS)
        if temporal_shift is not None:
            require(self.input_format == 'NCHW', 'temporal_shift',
                    f'{type(self.backbone).__name__}, a 3D backbone',
                    'a 2D backbone', 'Leave temporal_shift out.')
            add_temporal_shift(self.backbone, num_frames, **temporal_shift)
        self._check_num_segments()
        self.stage_shapes: Dict[str, Tuple[int, ...]] = {}
        self.leaves_token = False
        if feature_shape is None or stages:
            probed = self._probe(stages)
            feature_shape = probed if feature_shape is None else feature_shape
        require_ints('feature_shape', feature_shape, ('C', 'T', 'h', 'w'),
                     'Give the shape of the features of one video.')
        self.feature_shape: Tuple[int, int, int, int] = tuple(feature_shape)

    @property
    def out_channels(self) -> int:
        """Channels C of the feature map."""
        return self.feature_shape[0]

    def init_weights(self) -> None:
        """Initialise; then fill the backbone from its file, if it has one.

        Raises:
            ValueError: if a file leaves parameters unset.
        """
        if self.is_init:
            return
        # Before initialisation, which fills weights in memory order.
        self.lay_out_weights()
        if getattr(self.backbone, 'pretrained', None) is None:
            # True by default in MMAction2, which then fails without a file.
            for name in ('pretrained2d', 'clip_pretrained'):
                if hasattr(self.backbone, name):
                    setattr(self.backbone, name, False)
        with every_entry_set(
                self.backbone) if self._backbone_has_file else nullcontext():
            super().init_weights()
        if self.pretrained is not None:
            if isinstance(self.backbone, ImageBackbone):
                self._load_image_backbone()
            else:
                self.pretrained.load_backbone(self.backbone)
            if self.leaves_token:
                self.pretrained.drop_classifier(
                    'which reads the class token instead of the map')

    def extract(self, frames: Tensor) -> Tensor:
        """Run the backbone.

        Args:
            frames: (B, T, C, H, W) normalised frames.

        Returns:
            (B, C', T', h, w) features.
        """
        require(frames.size(1) == self.num_frames,
                f'frames of {type(self).__name__}', frames.size(1),
                f'num_frames={self.num_frames}',
                'Sample as many frames as the network is built for.')
        name = type(self.backbone).__name__
        output = _call(self.backbone, frames, self.input_format)
        features = _as_features(output, frames, self.input_format, name)
        require_shape(
            f'features of {name}', features, ('B', *self.feature_shape),
            'Leave feature_shape out, or give frames of the size that '
            f'{type(self).__name__} is built for.')
        return features

    def _load_image_backbone(self) -> None:
        classifier = self.backbone.classifier
        self.pretrained.load_backbone(
            self.backbone, self.backbone.body_name,
            ('cls_head.fc_cls', classifier) if classifier else CLASSIFIERS)
        if classifier is None:
            self.pretrained.drop_classifier(
                'which may read more than the mean of the map')

    def _check_num_segments(self) -> None:
        segments = getattr(self.backbone, 'num_segments', self.num_frames)
        require(
            segments == self.num_frames,
            f'num_segments of {type(self.backbone).__name__}', segments,
            f'num_frames={self.num_frames} of {type(self).__name__}',
            f'Set backbone.num_segments={self.num_frames}: the temporal '
            'shift would mix frames of different videos.')

    def _probe(self, stages: Sequence[str]) -> Tuple[int, ...]:
        """Shape of the features; fills ``stage_shapes`` as well.

        A copy on the meta device computes shapes without numbers.
        """
        probe = copy.deepcopy(self.backbone).to('meta')
        probe.eval()  # not chained: that of some backbones returns None
        outputs: Dict[str, object] = {}

        def record(name):
            return lambda module, inputs, output: outputs.update(
                {name: output})

        for stage in stages:
            find_stage(probe, stage).register_forward_hook(record(stage))
        frames = torch.empty(1, self.num_frames, self.in_channels,
                             *self.size, device='meta')
        name = type(self.backbone).__name__
        try:
            with torch.no_grad():
                output = _call(probe, frames, self.input_format)
        except Exception as error:  # a backbone may raise anything
            raise ValueError(
                f'{name}: got an error for {self.num_frames} frames of '
                f'{self.size} in format {self.input_format}, expected a '
                f'backbone that takes them ({error}). Change size or '
                'num_frames or set input_format. For a backbone that cannot '
                'run on the meta device give feature_shape, and no fusion '
                'stages.') from error
        features = _as_features(output, frames, self.input_format, name)
        self.leaves_token = len(_tensors(output)) > 1
        for stage, output in outputs.items():
            first = output[0] if isinstance(output, tuple) else output
            require(isinstance(first, Tensor), f'output of {stage}',
                    type(first).__name__, 'one map, or a tuple with it first',
                    'Fuse after another stage.')
            require(
                first.shape[0] in (1, self.num_frames), f'output of {stage}',
                tuple(first.shape),
                f'1 or {self.num_frames} along the first axis for one video',
                'Fuse after a stage that keeps the batch first.')
            self.stage_shapes[stage] = tuple(first.shape)
        shape = tuple(features.shape[1:])
        require(
            not isinstance(self.backbone, ImageBackbone) or
            self.size[0] != self.size[1] or shape[2] == shape[3],
            f'map of {name}', f'{shape[:1] + shape[2:]} for one square frame',
            '(N, C, h, w), with the channels first',
            'End with another stage: set out_stage.')
        require(min(shape) > 0, f'features of {name}', shape,
                'a map with no empty axis',
                f'Raise size above {self.size} or use fewer stages.')
        return shape


def _guess_format(backbone: nn.Module) -> str:
    if isinstance(backbone, TimeSformer):  # embeds patches frame by frame
        return 'NCTHW'
    for module in backbone.modules():
        if isinstance(module, nn.Conv3d):
            return 'NCTHW'
        if isinstance(module, nn.Conv2d):
            return 'NCHW'
    raise ValueError(
        f'input_format: got none for {type(backbone).__name__}, which has no '
        "convolution to guess it from, expected 'NCHW' or 'NCTHW'. Set it.")


def _tensors(output) -> List[Tensor]:
    """All tensors in nested tuples and lists."""
    if isinstance(output, (tuple, list)):
        return [tensor for item in output for tensor in _tensors(item)]
    return [output] if isinstance(output, Tensor) else []


def _feature_map(output, name: str) -> Tensor:
    """The one feature map in the output of a backbone.

    Transformers return it together with a class token, ``([map, token], )``.
    """
    tensors = _tensors(output)
    maps = [tensor for tensor in tensors if tensor.dim() > 2] or tensors
    got = (f'a tensor of shape {tuple(maps[0].shape)}'
           if len(maps) == 1 else type(output).__name__)
    require(
        len(maps) == 1 and maps[0].dim() in (2, 4, 5), f'output of {name}',
        got, 'one feature map of four or five axes, or one vector (B, C)',
        'Let the backbone give a single map (out_indices, out_scales with '
        'one entry, return_feat_map=True).')
    return maps[0]


def _call(backbone: nn.Module, frames: Tensor, input_format: str):
    """Run a backbone on (B, T, C, H, W) frames."""
    if input_format == 'NCTHW':
        return backbone(frames.transpose(1, 2))
    return backbone(frames.flatten(0, 1))


def _as_features(output, frames: Tensor, input_format: str,
                 name: str) -> Tensor:
    """Output of a backbone for ``frames`` -> (B, C', T', h, w)."""
    features = _feature_map(output, name)
    rank = 5 if input_format == 'NCTHW' else 4
    if features.dim() == 2:  # pooled already: a map of one position
        features = features.view(*features.shape, *[1] * (rank - 2))
    require(
        features.dim() == rank, f'features of {name}', tuple(features.shape),
        f'{rank} axes for input_format={input_format!r}',
        'Set input_format to what the backbone takes.')
    if input_format == 'NCTHW':
        return features
    batch, num_frames = frames.shape[:2]
    require(features.size(0) == batch * num_frames, f'features of {name}',
            features.size(0), f'{batch * num_frames}, one map per input frame',
            'Use a backbone that keeps the number of frames.')
    return features.unflatten(0, (batch, num_frames)).transpose(1, 2)
