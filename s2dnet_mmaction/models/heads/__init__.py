from .topk_masked_head import TopKMaskedHead

__all__ = ['TopKMaskedHead']
