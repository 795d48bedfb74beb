from .s2dnet import S2DNet
from .s2dnet_branch import S2DNetBranch

__all__ = ['S2DNet', 'S2DNetBranch']
