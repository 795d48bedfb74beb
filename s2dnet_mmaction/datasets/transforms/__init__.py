from .sample_strided_frames import SampleStridedFrames

__all__ = ['SampleStridedFrames']
