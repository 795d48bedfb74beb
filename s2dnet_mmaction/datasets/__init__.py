"""Transforms that the host lacks."""

from .transforms import SampleStridedFrames, ThreePatchCrop

__all__ = ['SampleStridedFrames', 'ThreePatchCrop']
