"""Transforms and collation that the host lacks."""

from .collate import video_collate
from .transforms import (
    ClipDecode,
    ClipInit,
    FuseClip,
    SampleStridedFrames,
    SynopsisFirst,
    ThreePatchCrop,
)

__all__ = [
    'ClipDecode', 'ClipInit', 'FuseClip', 'SampleStridedFrames',
    'SynopsisFirst', 'ThreePatchCrop', 'video_collate'
]
