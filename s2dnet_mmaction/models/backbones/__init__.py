from .afnet import AFMobileNetV3, AFResNet
from .dnet import DNet
from .image_backbone import ImageBackbone
from .lateral_fusion import LateralFusion
from .snet import SNet
from .vggish import VGGish
from .video_backbone import VideoBackbone
from .x3d_stages import X3DStages

__all__ = [
    'AFMobileNetV3', 'AFResNet', 'DNet', 'ImageBackbone', 'LateralFusion',
    'SNet', 'VGGish', 'VideoBackbone', 'X3DStages'
]
