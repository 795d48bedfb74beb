"""X3D with the widths and depths of its stages given one by one."""

from typing import Any, Sequence

from mmaction.models.backbones.x3d import X3D
from mmaction.registry import MODELS
from mmcv.cnn import ConvModule

from ..._checks import require, require_int, require_ints
from .reductions import STAGES


@MODELS.register_module()
class X3DStages(X3D):
    """X3D (Feichtenhofer, CVPR 2020) with explicit widths and depths.

    MMAction2's ``X3D`` rounds the width of the first stage and doubles it
    from stage to stage. X3D-XL rounds each stage's width by itself, so that
    no ``gamma_w`` gives it. The defaults here are X3D-XL (Tab. 3): widths
    72, 162, 306, 630 inside the blocks are ``int(width * gamma_b)``, and so
    are the 630 channels of conv5, the output. State dicts have the same form
    as those of ``X3D``.

    Args:
        stage_channels: widths of res2, res3, ...: channels out of each block.
        stage_blocks: number of blocks of each stage.
        stem_channels: width of conv1.
        gamma_b: width inside a block / width of its stage.
        num_stages: number of stages, 1..4.
        spatial_strides: stride of each stage's first block.
        options: all others of MMAction2's X3D (``se_style``, ``norm_cfg``,
            ``norm_eval``, ``frozen_stages``, ``pretrained``, ...) except
            ``gamma_w`` and ``gamma_d``.

    Raises:
        TypeError: if a number is no int or an option is unknown.
        ValueError: if a sequence does not have ``num_stages`` numbers or a
            number is below 1.
    """

    def __init__(self,
                 stage_channels: Sequence[int] = (32, 72, 136, 280),
                 stage_blocks: Sequence[int] = (5, 10, 25, 15),
                 stem_channels: int = 32,
                 gamma_b: float = 2.25,
                 num_stages: int = 4,
                 spatial_strides: Sequence[int] = (2, 2, 2, 2),
                 **options: Any) -> None:
        require_int('num_stages', num_stages)
        require(num_stages <= 4, 'num_stages', num_stages, 'at most 4',
                'X3D has res2, res3, res4 and res5.')
        require_int('stem_channels', stem_channels)
        for name, got in (('stage_channels', stage_channels),
                          ('stage_blocks', stage_blocks),
                          ('spatial_strides', spatial_strides)):
            require_ints(name, got, STAGES[:num_stages],
                         f'Give {name} and num_stages to match.')
        for name in ('gamma_w', 'gamma_d'):
            require(name not in options, name, options.get(name),
                    'no such option',
                    'Give stage_channels, stem_channels and stage_blocks.',
                    TypeError)
        # X3D reads and checks its options and builds its smallest network,
        # whose layers are then replaced.
        super().__init__(
            gamma_b=gamma_b, num_stages=1, spatial_strides=(1, ), **options)
        self.gamma_w = self.gamma_d = None
        self.num_stages = num_stages
        self.spatial_strides = tuple(spatial_strides)
        self.stage_channels = tuple(stage_channels)
        self.stage_blocks = list(stage_blocks)
        self.base_channels = stem_channels
        # Delete all first: the order of the state dict is the order in which
        # modules are added.
        for name in [name for name, _ in self.named_children()]:
            delattr(self, name)
        self._make_stem_layer()
        self._make_stages()
        self._make_conv5()

    def _make_stages(self) -> None:
        self.res_layers = []
        self.layer_inplanes = self.base_channels
        stages = zip(self.stage_channels, self.stage_blocks,
                     self.spatial_strides)
        for index, (channels, blocks, stride) in enumerate(stages, 1):
            layer = self.make_res_layer(
                self.block, self.layer_inplanes, channels,
                int(channels * self.gamma_b), blocks, spatial_stride=stride,
                se_style=self.se_style, se_ratio=self.se_ratio,
                use_swish=self.use_swish, norm_cfg=self.norm_cfg,
                conv_cfg=self.conv_cfg, act_cfg=self.act_cfg,
                with_cp=self.with_cp)
            self.layer_inplanes = channels
            self.res_layers.append(f'layer{index}')
            self.add_module(self.res_layers[-1], layer)

    def _make_conv5(self) -> None:
        self.feat_dim = int(self.layer_inplanes * self.gamma_b)
        self.conv5 = ConvModule(
            self.layer_inplanes, self.feat_dim, kernel_size=1, bias=False,
            conv_cfg=self.conv_cfg, norm_cfg=self.norm_cfg,
            act_cfg=self.act_cfg)
