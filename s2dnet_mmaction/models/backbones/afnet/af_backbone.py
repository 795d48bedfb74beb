"""Base of the backbones with ample and focal branches."""

import re
import warnings
from abc import abstractmethod
from typing import Any, Dict, List, Optional, Sequence, Tuple, Union

import torch
import torch.nn as nn
from mmengine.model import kaiming_init, normal_init
from torch import Tensor

from ...._checks import require, require_choice, require_int
from ...._compat import is_compiling, is_exporting, run_while_tracing
from ...common.checkpoints import load_backbone, patterns, read_checkpoint
from ..execution import LaidOut, one_at_a_time
from .af_module import FUSIONS, AFModule
from .blocks import FocalBlock
from .gate import GATES, FrameGate
from .navigation import Navigation
from .official_keys import from_official

EXECUTIONS = ('gather', 'mask')
MASK_POSITIONS = ('after_bn', 'input')
_NAVIGATION = re.compile(r'(^|.*\.)navigation\.')


class AFBackbone(LaidOut):
    """A 2D network some of whose blocks look at some frames only.

    Subclasses implement :meth:`stem` and :meth:`tail`, and add stages
    between them with :meth:`add_stage`; some are :class:`AFModule`.

    Args:
        num_segments: T, frames of a clip.
        gate: ``'gumbel'``, ``'soft'`` (see :class:`FrameGate`), or
            ``'none'``: every frame is seen, and there is no navigation, as
            when the backbone is trained on images.
        eval_gate: see :class:`FrameGate`.
        mask_position: ``'after_bn'``, or ``'input'``, which the authors'
            weights need, see :class:`FocalBlock`.
        execution: what evaluation does with frames that are not picked:
            ``'gather'`` leaves their work out; ``'mask'`` computes and
            discards it. The results are the same. Training, ``torch.compile``
            and export always mask.
        fusion: ``'dynamic'`` or ``'add'``.
        start_logits: biases of 'skip' and 'keep' at the start of a training
            (authors' code: 1 and 10). The chance of a frame to be skipped,
            about exp(skip - keep), is also the size of the gate's gradient:
            far apart they move by the weight decay alone, in some thousand
            iterations. A short training needs them closer.
        init_cfg: MMEngine's, or ``dict(type='Pretrained', checkpoint=...,
            allow_missing=[...])`` with a file of this network or of the
            authors. The navigation may be missing in the file: that of
            ImageNet has none.

    Raises:
        TypeError: if a number is no int.
        ValueError: if an option is unknown.
    """

    def __init__(self, num_segments: int, gate: str = 'gumbel',
                 eval_gate: str = 'argmax', mask_position: str = 'after_bn',
                 execution: str = 'gather', fusion: str = 'dynamic',
                 start_logits: Tuple[float, float] = (1.0, 10.0),
                 init_cfg: Optional[dict] = None) -> None:
        pretrained = (init_cfg or {}).get('type') == 'Pretrained'
        super().__init__(None if pretrained else init_cfg)
        self.pretrained: Optional[Dict[str, Any]] = \
            dict(init_cfg) if pretrained else None
        require_int('num_segments', num_segments)
        require_choice('gate', gate, ('none', *GATES))
        require_choice('mask_position', mask_position, MASK_POSITIONS)
        require_choice('execution', execution, EXECUTIONS)
        require_choice('fusion', fusion, FUSIONS)
        self.num_segments, self.execution = num_segments, execution
        self.mask_position, self.fusion_kind = mask_position, fusion
        require(len(start_logits) == 2, 'start_logits', start_logits,
                '(skip, keep)', 'Give two numbers.')
        self.start_logits = start_logits
        self.has_navigation = gate != 'none'
        self.gate = FrameGate(gate if self.has_navigation else 'gumbel',
                              eval_gate)
        # Checkpoints remember it: with the other one they answer wrongly.
        self.register_buffer('mask_input',
                             torch.tensor(mask_position == 'input'))
        self._stage_names: List[str] = []

    @property
    def stages(self) -> List[nn.Module]:
        """Modules between stem and tail, in their order."""
        return [getattr(self, name) for name in self._stage_names]

    def add_stage(self, name: str, stage: nn.Module) -> None:
        """Append a module to :attr:`stages`."""
        self.add_module(name, stage)
        self._stage_names.append(name)

    @abstractmethod
    def stem(self, frames: Tensor) -> Tensor:
        """Frames (N T, 3, H, W) -> the first map."""

    def tail(self, x: Tensor) -> Tensor:
        """The last layers."""
        return x

    def forward(self, frames: Tensor, masks: Optional[Tensor] = None
                ) -> Tuple[Tensor, Tensor]:
        """Features of each frame, and which frames the blocks saw.

        Args:
            frames: (N T, 3, H, W), normalised.
            masks: (blocks, N, T) to use, 0 or 1; None: the navigation's.

        Returns:
            features (N T, C', h, w); masks (blocks, N, T).

        Raises:
            ValueError: if the frames are no multiple of T.
        """
        # Not len(frames), at which an export would fix the batch.
        require(frames.size(0) % self.num_segments == 0, 'frames',
                frames.size(0), f'a multiple of num_segments='
                f'{self.num_segments}', 'Set clip_len * num_clips of the '
                'pipeline to it (crops multiply it).')
        if one_at_a_time(self, frames) \
                and frames.size(0) > self.num_segments:
            clips = frames.split(self.num_segments)
            given = (None, ) * len(clips) if masks is None \
                else masks.split(1, dim=1)
            features, used = zip(*map(self._run, clips, given))
            return torch.cat(features), torch.cat(used, dim=1)
        return self._run(frames, masks)

    def _run(self, frames: Tensor,
             masks: Optional[Tensor]) -> Tuple[Tensor, Tensor]:
        skip = self.skips_frames
        x, used = self.stem(frames), []
        for stage in self.stages:
            if not isinstance(stage, AFModule):
                x = stage(x)
                continue
            given = None
            if masks is not None:
                begin = sum(map(len, used))
                given = masks[begin:begin + len(stage.focal)].flatten(1)
            x, stage_masks = stage(x, self.gate, skip, given)
            used.append(stage_masks)
        all_masks = torch.cat(used).unflatten(1, (-1, self.num_segments))
        return self.tail(x), all_masks

    @property
    def skips_frames(self) -> bool:
        """Whether a forward pass leaves out the work of skipped frames."""
        if self.execution != 'gather' or self.training \
                or not self.gate.is_hard or torch.jit.is_tracing():
            return False
        if self.gate.eval_kind == 'sample' and torch.is_grad_enabled():
            return False  # the choice has a gradient
        if is_compiling() or is_exporting():
            _say_that_it_masks()
            return False
        return True

    @property
    def focal_blocks(self) -> List[FocalBlock]:
        """In the order of the masks."""
        return [block for stage in self.stages
                if isinstance(stage, AFModule) for block in stage.focal]

    def _load_from_state_dict(self, state_dict: Dict[str, Tensor],
                              prefix: str, *args: Any) -> None:
        stored = state_dict.get(f'{prefix}mask_input')
        require(stored is None or bool(stored) == bool(self.mask_input),
                'mask_position', repr(self.mask_position), 'that of the '
                f'weights, {MASK_POSITIONS[int(stored or 0)]!r}',
                'Set model.backbone.mask_position to it; to train on with '
                'the other one, give the file to the backbone as init_cfg.')
        check_length({
            name: value for name, value in state_dict.items()
            if name.startswith(prefix)}, self.num_segments, 'the weights')
        super()._load_from_state_dict(state_dict, prefix, *args)

    def make_navigation(self, channels: List[int]
                        ) -> Optional[List[Navigation]]:
        """A navigation module for each number of channels of ample maps."""
        if not self.has_navigation:
            return None
        return [Navigation(each, self.num_segments) for each in channels]

    def init_weights(self) -> None:
        """Initialise; then load the file of ``init_cfg``."""
        if self.is_init:
            return
        self.apply(_initialise)
        self.lay_out_weights()
        super().init_weights()
        for module in self.modules():
            if isinstance(module, Navigation):
                module.init_decision(*self.start_logits)
        if self.pretrained is not None:
            self._load(**self.pretrained)
        self._is_init = True

    def _load(self, checkpoint: str,
              allow_missing: Union[str, Sequence[str]] = (),
              **options: Any) -> None:
        """Load a file of this network or of the authors."""
        options.pop('type', None)
        weights = from_official(read_checkpoint(checkpoint))
        weights.pop('mask_input', None)
        weights.pop('backbone.mask_input', None)
        missing = [*patterns(allow_missing), re.compile('mask_input')]
        if not any(_NAVIGATION.search(name) for name in weights):
            missing.append(_NAVIGATION)  # trained on images
        check_length(weights, self.num_segments, checkpoint)
        load_backbone(self, weights, checkpoint, allow_missing=missing,
                      **options)


def _initialise(module: nn.Module) -> None:
    """As the authors' code; norms start as torch's."""
    if isinstance(module, nn.Conv2d):
        kaiming_init(module)  # of He: normal, by the outputs
    elif isinstance(module, nn.Linear):
        normal_init(module, std=0.01)


@run_while_tracing
def _say_that_it_masks() -> None:
    warnings.warn(
        'AFNet: a compiled or exported graph computes the focal blocks of all '
        'frames and masks those that are not picked. Eager evaluation leaves '
        'them out.', stacklevel=2)


def check_length(weights: Dict[str, Tensor], num_segments: int,
                 file: str) -> None:
    """Raise ValueError if weights are of a navigation for another T."""
    for name, value in weights.items():
        if name.endswith('decide.bias'):
            require(len(value) == 2 * num_segments, 'num_segments',
                    f'{num_segments} with {file}, whose navigation is for '
                    f'{len(value) // 2} frames', 'the same', 'Set '
                    'num_segments to it. A file of the authors can be '
                    'converted with tools/model_converters/convert_afnet.py '
                    f'--num-segments {num_segments}, which averages over the '
                    'frames.')
