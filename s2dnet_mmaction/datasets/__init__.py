"""Data sets, transforms and collation that MMAction2 lacks."""

from .collate import video_collate
from .placed_video_dataset import PlacedVideoDataset
from .transforms import (
    ClipDecode,
    ClipInit,
    DecodedInit,
    FuseClip,
    SampleStridedFrames,
    SynopsisFirst,
    ThreePatchCrop,
)

__all__ = [
    'ClipDecode', 'ClipInit', 'DecodedInit', 'FuseClip', 'PlacedVideoDataset',
    'SampleStridedFrames', 'SynopsisFirst', 'ThreePatchCrop', 'video_collate'
]
