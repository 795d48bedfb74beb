"""DNet, the network of the detail (Sec. 3.2)."""

from typing import Optional, Sequence, Union

import torch.nn as nn
from mmaction.registry import MODELS
from torch import Tensor

from ..._checks import require
from ..common.temporary_attributes import temporary_attributes
from .execution import video_by_video
from .lateral_fusion import LateralFusion
from .stages import channel_axis, find_stage
from .video_backbone import VideoBackbone


@MODELS.register_module()
class DNet(VideoBackbone):
    """Detail backbone with lateral fusions of the contextual features.

    Eq. (8): ``e_hat = f_d(V_hat, m)``; after each of ``fusion_stages`` the
    map e becomes ``f_u([e, E(m)])``, Eq. (9).

    Args:
        backbone: config of any backbone, see :func:`build_backbone`.
        num_frames: T_D.
        size: (H_D, W_D) or one number for both, in pixels.
        fusion_stages: stages after which to fuse, ``('res3', 'res4')`` in
            the paper; () for none. Stages are named as in
            :mod:`~s2dnet_mmaction.models.backbones.stages`, or by the
            backbone's own submodule names.
        context_channels: length C_m of m; S2DNet fills it in.
        norm_cfg: norm of the fusions; None for none (the release).
        input_format, feature_shape, init_cfg, temporal_shift: see
            :class:`VideoBackbone`.

    Raises:
        ValueError: if a stage does not exist or cannot be fused.
    """

    def __init__(self,
                 backbone: dict,
                 num_frames: int = 12,
                 size: Union[int, Sequence[int]] = 144,
                 fusion_stages: Sequence[str] = (),
                 context_channels: Optional[int] = None,
                 norm_cfg: Optional[dict] = dict(type='BN'),
                 input_format: Optional[str] = None,
                 feature_shape: Optional[Sequence[int]] = None,
                 init_cfg: Optional[dict] = None,
                 temporal_shift: Optional[dict] = None) -> None:
        require(not isinstance(fusion_stages, str), 'fusion_stages',
                repr(fusion_stages), 'a tuple of names',
                f"Write fusion_stages=('{fusion_stages}', ).")
        stages = tuple(fusion_stages)
        require(not stages or context_channels is not None, 'context_channels',
                None, f'the length of m, which is fused after {stages}',
                'Give S2DNet a context module or set fusion_stages=().')
        super().__init__(backbone, num_frames, size, input_format,
                         feature_shape, init_cfg, stages, temporal_shift)
        self.fusion_stages = stages
        self.fusions = nn.ModuleList()
        # All stages before the first hook: some are found by a run.
        modules = [find_stage(self.backbone, stage) for stage in stages]
        for stage, module in zip(stages, modules):
            fusion = self._build_fusion(stage, context_channels, norm_cfg)
            self.fusions.append(fusion)
            # Before other hooks: some networks of timm collect their maps
            # with hooks of their own.
            module.register_forward_hook(fusion.after_stage, prepend=True)

    def _build_fusion(self, stage: str, context_channels: int,
                      norm_cfg: Optional[dict]) -> LateralFusion:
        shape = self.stage_shapes.get(stage)
        require(shape is not None, f'fusion stage {stage!r}', 'no output',
                'a stage that runs in forward', 'Name another stage.')
        axis = channel_axis(self.backbone, shape, self.size)
        return LateralFusion(shape[axis], context_channels, len(shape) - 2,
                             norm_cfg, axis)

    def forward(self, volume: Tensor,
                context: Optional[Tensor] = None) -> Tensor:
        """Run the detail backbone.

        Args:
            volume: (B, T_D, C, H_D, W_D) normalised sampled volume V_hat.
            context: (B, C_m) contextual features m; may be None if there
                are no fusions.

        Returns:
            e_hat (B, C_D, T', h, w).
        """
        return video_by_video(self, self._extract_with, volume, context)

    def _extract_with(self, volume: Tensor,
                      context: Optional[Tensor]) -> Tensor:
        with temporary_attributes(*self.fusions, context=context):
            return self.extract(volume)
