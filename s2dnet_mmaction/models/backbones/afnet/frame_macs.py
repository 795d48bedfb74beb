"""Multiply-adds of a frame, apart for what may be skipped."""

from typing import Dict, NamedTuple, Tuple

import torch
from torch import Tensor, nn

from .af_backbone import AFBackbone


class FrameMacs(NamedTuple):
    """Multiply-adds of convolutions and linear layers for one frame.

    Attributes:
        fixed: of what every frame passes.
        blocks: of the stack of each focal block (blocks,).
    """
    fixed: float
    blocks: Tensor

    def of(self, masks: Tensor) -> float:
        """Those of all frames of masks (blocks, ...)."""
        kept = masks.flatten(1).double().sum(1).cpu()
        return self.fixed * masks[0].numel() + float(kept @ self.blocks)


@torch.no_grad()
def count_frame_macs(backbone: AFBackbone, head: nn.Module,
                     size: Tuple[int, int]) -> FrameMacs:
    """Count by hooks, in a pass over one clip of zeros that computes all
    frames.

    Args:
        backbone, head: of a recognizer, in eval mode.
        size: (H, W) of the frames.
    """
    counts: Dict[nn.Module, int] = {}

    def count(module: nn.Module, _: tuple, out: Tensor) -> None:
        # Each number of the output is a product with a row of the weight.
        counts[module] = out.numel() * module.weight[0].numel()

    handles = [module.register_forward_hook(count)
               for net in (backbone, head) for module in net.modules()
               if isinstance(module, (nn.Conv2d, nn.Linear))]
    frames = backbone.num_segments
    parameter = next(backbone.parameters())
    execution = backbone.execution
    try:
        backbone.execution = 'mask'
        features, _ = backbone(parameter.new_zeros(frames, 3, *size))
        head(features, num_segs=frames)
    finally:
        backbone.execution = execution
        for handle in handles:
            handle.remove()
    blocks = torch.tensor([
        sum(counts.get(module, 0) for module in block.stack.modules())
        for block in backbone.focal_blocks], dtype=torch.float64) / frames
    fixed = sum(counts.values()) / frames - float(blocks.sum())
    return FrameMacs(fixed, blocks)
