"""Data sets, transforms and collation that MMAction2 lacks."""

from .checked_datasets import CheckedRawframeDataset, CheckedVideoDataset
from .collate import video_collate
from .placed_video_dataset import PlacedVideoDataset
from .transforms.audio_view import AudioView
from .transforms.clip_decode import ClipDecode
from .transforms.clip_init import ClipInit
from .transforms.decoded_init import DecodedInit
from .transforms.feature_view import FeatureInit, FeatureView
from .transforms.frame_view import FrameView
from .transforms.fuse_clip import FuseClip
from .transforms.load_clip_scores import LoadClipScores
from .transforms.motion_view import MotionView
from .transforms.raw_clip_decode import RawClipDecode
from .transforms.sample_candidates import SampleCandidates
from .transforms.sample_strided_frames import SampleStridedFrames
from .transforms.skim_first import SkimFirst
from .transforms.synopsis_first import SynopsisFirst
from .transforms.three_patch_crop import ThreePatchCrop

__all__ = [
    'AudioView', 'CheckedRawframeDataset', 'CheckedVideoDataset',
    'ClipDecode', 'ClipInit', 'DecodedInit', 'FeatureInit', 'FeatureView',
    'FrameView', 'FuseClip', 'LoadClipScores', 'MotionView',
    'PlacedVideoDataset', 'RawClipDecode', 'SampleCandidates',
    'SampleStridedFrames', 'SkimFirst', 'SynopsisFirst', 'ThreePatchCrop',
    'video_collate'
]
