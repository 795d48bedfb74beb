from .s2dnet_data_preprocessor import S2DNetDataPreprocessor

__all__ = ['S2DNetDataPreprocessor']
