from .s2dnet import S2DNet

__all__ = ['S2DNet']
