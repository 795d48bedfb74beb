"""SNet, the small network of the synopsis (Sec. 3.1)."""

from typing import Optional, Sequence, Union

from mmaction.registry import MODELS
from torch import Tensor

from ..._checks import require_choice
from ...functional.synopsis_sample import RESIZE_MODES, synopsis_sample
from .execution import video_by_video
from .video_backbone import VideoBackbone


@MODELS.register_module()
class SNet(VideoBackbone):
    """Synopsis sampler and synopsis backbone.

    Eq. (1): ``e = f_s(V)``, V the synopsis: T_S uniform frames, resized.

    Args:
        backbone: config of any backbone, see :func:`build_backbone`.
        num_frames: T_S.
        size: (H_S, W_S) or one number for both, in pixels.
        resize_mode: ``'bilinear'`` (antialiased) or ``'nearest'`` (the
            release; the paper is silent).
        input_format, feature_shape, init_cfg, temporal_shift: see
            :class:`VideoBackbone`.
    """

    def __init__(self,
                 backbone: dict,
                 num_frames: int = 8,
                 size: Union[int, Sequence[int]] = 144,
                 resize_mode: str = 'bilinear',
                 input_format: Optional[str] = None,
                 feature_shape: Optional[Sequence[int]] = None,
                 init_cfg: Optional[dict] = None,
                 temporal_shift: Optional[dict] = None) -> None:
        require_choice('resize_mode', resize_mode, RESIZE_MODES)
        super().__init__(backbone, num_frames, size, input_format,
                         feature_shape, init_cfg,
                         temporal_shift=temporal_shift)
        self.resize_mode = resize_mode

    def sample(self, frames: Tensor, lengths: Optional[Tensor]) -> Tensor:
        """Cut the synopsis out of raw frames, see :func:`synopsis_sample`."""
        return synopsis_sample(frames, lengths, self.num_frames, self.size,
                               self.resize_mode)

    def forward(self, synopsis: Tensor) -> Tensor:
        """(B, T_S, C, H_S, W_S) normalised -> e (B, C_S, T_S, h, w)."""
        return video_by_video(self, self.extract, synopsis)
