"""NSNet: frames that matter, taught by what does not."""

from .nsnet_sampler import NSNetSampler

__all__ = ['NSNetSampler']
