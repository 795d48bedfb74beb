from .keep_ratio_loss import KeepRatioLoss

__all__ = ['KeepRatioLoss']
