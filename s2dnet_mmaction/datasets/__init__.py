"""Transforms that the host lacks."""

from .transforms import SampleStridedFrames

__all__ = ['SampleStridedFrames']
