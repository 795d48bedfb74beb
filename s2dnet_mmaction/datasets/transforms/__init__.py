from .clip_decode import ClipDecode
from .clip_init import ClipInit
from .decoded_init import DecodedInit
from .fuse_clip import FuseClip
from .sample_strided_frames import SampleStridedFrames
from .synopsis_first import SynopsisFirst
from .three_patch_crop import ThreePatchCrop

__all__ = [
    'ClipDecode', 'ClipInit', 'DecodedInit', 'FuseClip',
    'SampleStridedFrames', 'SynopsisFirst', 'ThreePatchCrop'
]
