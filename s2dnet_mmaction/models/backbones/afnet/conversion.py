"""The authors' checkpoints as checkpoints of :class:`AFNet`."""

from typing import Any, Dict, Optional

from mmaction.registry import MODELS
from mmengine.registry import init_default_scope
from torch import Tensor, nn

from ...._checks import require
from ...common.checkpoints import listed
from .af_resnet import DEPTHS
from .official_keys import from_official

_DECIDE = ('decide.weight', 'decide.bias')


def convert(weights: Dict[str, Tensor],
            num_segments: Optional[int] = None) -> Dict[str, Tensor]:
    """Weights of an :class:`AFNet` with ``mask_position='input'``.

    Args:
        weights: of one of the authors' files, without ``module.``.
        num_segments: T; None: that of the file. For another one the
            navigation's weights of all positions are averaged.

    Raises:
        ValueError: if the file is not theirs, or has entries that are
            missing or left over.
    """
    renamed = from_official(weights)
    require(renamed is not weights, 'checkpoint',
            f'the entries {listed(list(weights)[:3])}, ...',
            "those of the authors' AFNet", 'Give one of their files.')
    renamed = with_length(renamed, num_segments)
    model = network_of(renamed)
    own = model.state_dict()
    missing = [name for name in own if name not in renamed]
    left = [name for name in renamed if name not in own]
    require(not missing and not left, 'checkpoint',
            f'without {listed(missing) or "nothing"}, and left over: '
            f'{listed(left) or "nothing"}',
            f'the entries of {type(model.backbone).__name__}',
            'The file is damaged, or of a network with other options.')
    model.load_state_dict(renamed)
    return renamed


def with_length(weights: Dict[str, Tensor],
                num_segments: Optional[int]) -> Dict[str, Tensor]:
    """Weights whose navigation is for T frames, averaged over positions."""
    if num_segments is None:
        return dict(weights)
    changed = dict(weights)
    for name, value in weights.items():
        if name.endswith(_DECIDE):
            mean = value.unflatten(0, (-1, 2)).mean(0)
            changed[name] = mean.repeat(num_segments,
                                        *[1] * (value.dim() - 1))
    return changed


def network_of(weights: Dict[str, Tensor],
               shift: bool = False) -> nn.Module:
    """The AFNet that has the weights, see :func:`from_official`.

    Args:
        weights: with our names.
        shift: whether a ResNet shifts, which its weights do not show.
    """
    lengths = {len(value) // 2 for name, value in weights.items()
               if name.endswith('decide.bias')}
    require(len(lengths) <= 1, 'navigation', f'for {sorted(lengths)} frames',
            'one number of frames', 'The file is damaged.')
    frames = lengths.pop() if lengths else None
    backbone: Dict[str, Any] = dict(
        num_segments=frames or 1, mask_position='input',
        gate='none' if frames is None else 'gumbel')
    head: Dict[str, Any] = dict(
        type='TSMHead', num_segments=frames or 1, is_shift=False)
    if any(name.startswith('backbone.stage2.') for name in weights):
        backbone.update(type='AFMobileNetV3')
        head.update(type='MobileNetV3Head', in_channels=960)
    else:
        backbone.update(type='AFResNet', depth=_depth_of(weights),
                        shift=shift)
        head.update(in_channels=512 * DEPTHS[backbone['depth']].expansion)
    classifier = weights.get('cls_head.fc_cls.bias')
    require(classifier is not None, 'checkpoint', 'no classifier',
            'fc or new_fc', 'The file is damaged.')
    head.update(num_classes=len(classifier))
    init_default_scope('mmaction')  # of the default preprocessor
    return MODELS.build(dict(type='AFNet', backbone=backbone, cls_head=head))


def _depth_of(weights: Dict[str, Tensor]) -> int:
    """34, 50 or 101."""
    pairs = {name.split('.')[3] for name in weights
             if name.startswith('backbone.layer3.focal.')}
    is_basic = 'backbone.layer4.0.stack.conv3.weight' not in weights
    for depth, kind in DEPTHS.items():
        if is_basic == (kind.expansion == 1) \
                and len(pairs) == kind.blocks[2] - 1:
            return depth
    raise ValueError(
        f'checkpoint: got {len(pairs)} pairs of blocks in stage 3, expected '
        f'those of a depth of {list(DEPTHS)}. Build the network with '
        'stage_blocks and load from_official(weights) yourself.')
