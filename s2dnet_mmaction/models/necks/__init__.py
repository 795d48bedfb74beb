from .contextual_features import ContextualFeatures
from .detail_sampler import DetailSampler
from .locators import HeatmapLocator, LocationScale
from .oracle_sampler import OracleSampler

__all__ = [
    'ContextualFeatures', 'DetailSampler', 'HeatmapLocator', 'LocationScale',
    'OracleSampler'
]
