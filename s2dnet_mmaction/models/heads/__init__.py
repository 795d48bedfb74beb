from .mobilenet_v3_head import MobileNetV3Head
from .topk_masked_head import TopKMaskedHead

__all__ = ['MobileNetV3Head', 'TopKMaskedHead']
