from .contextual_features import ContextualFeatures
from .detail_sampler import DetailSampler
from .location_scale import LocationScale

__all__ = ['ContextualFeatures', 'DetailSampler', 'LocationScale']
