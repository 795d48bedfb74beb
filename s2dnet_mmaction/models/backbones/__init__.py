from .dnet import DNet
from .lateral_fusion import LateralFusion
from .snet import SNet
from .video_backbone import VideoBackbone

__all__ = ['DNet', 'LateralFusion', 'SNet', 'VideoBackbone']
