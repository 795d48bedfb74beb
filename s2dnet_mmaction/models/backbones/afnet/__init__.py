"""Backbones of AFNet, and their parts."""

from .af_mobilenet_v3 import AFMobileNetV3
from .af_resnet import AFResNet

__all__ = ['AFMobileNetV3', 'AFResNet']
