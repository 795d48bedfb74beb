from .afnet import AFNet
from .oracle_s2dnet import OracleS2DNet
from .s2dnet import S2DNet
from .s2dnet_branch import S2DNetBranch
from .sampled import SampledRecognizer

__all__ = [
    'AFNet', 'OracleS2DNet', 'S2DNet', 'S2DNetBranch', 'SampledRecognizer'
]
