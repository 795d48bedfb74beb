"""Mathematics on plain tensors: no registry, no config."""

from .losses import detail_loss
from .sampling.detail_sample import detail_sample
from .sampling.filters import gaussian_weights, linear_weights
from .sampling.gradients import scale_to_unit
from .sampling.grid import Theta, grid_positions, window_boxes
from .sampling.statistics import correlation, sampling_statistics
from .synopsis_sample import synopsis_sample, uniform_indices
from .topk import topk_vector

__all__ = [
    'Theta', 'correlation', 'detail_loss', 'detail_sample',
    'gaussian_weights', 'grid_positions', 'linear_weights',
    'sampling_statistics', 'scale_to_unit', 'synopsis_sample', 'topk_vector',
    'uniform_indices', 'window_boxes'
]
