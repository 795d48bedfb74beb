from .sample_strided_frames import SampleStridedFrames
from .three_patch_crop import ThreePatchCrop

__all__ = ['SampleStridedFrames', 'ThreePatchCrop']
