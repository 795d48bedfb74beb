from .contextual_features import ContextualFeatures
from .detail_sampler import DetailSampler
from .location_scale import LocationScale
from .oracle_sampler import OracleSampler

__all__ = [
    'ContextualFeatures', 'DetailSampler', 'LocationScale', 'OracleSampler'
]
