"""Convolutions of the residual blocks: ResNet's and MobileNetV3's."""

from collections import OrderedDict

from torch import Tensor, nn


def bottleneck_stack(in_channels: int, out_channels: int, stride: int = 1,
                     groups: int = 1) -> nn.Sequential:
    """1x1, 3x3 and 1x1 convolution with norms (ResNet-50, -101).

    The middle ones have a quarter of ``out_channels``.
    """
    width = out_channels // 4
    return nn.Sequential(OrderedDict(
        conv1=nn.Conv2d(in_channels, width, 1, groups=groups, bias=False),
        bn1=nn.BatchNorm2d(width), relu1=nn.ReLU(inplace=True),
        conv2=nn.Conv2d(width, width, 3, stride, 1, groups=groups,
                        bias=False),
        bn2=nn.BatchNorm2d(width), relu2=nn.ReLU(inplace=True),
        conv3=nn.Conv2d(width, out_channels, 1, groups=groups, bias=False),
        bn3=nn.BatchNorm2d(out_channels)))


def basic_stack(in_channels: int, out_channels: int, stride: int = 1,
                groups: int = 1) -> nn.Sequential:
    """Two 3x3 convolutions with norms (ResNet-34)."""
    return nn.Sequential(OrderedDict(
        conv1=nn.Conv2d(in_channels, out_channels, 3, stride, 1,
                        groups=groups, bias=False),
        bn1=nn.BatchNorm2d(out_channels), relu1=nn.ReLU(inplace=True),
        conv2=nn.Conv2d(out_channels, out_channels, 3, 1, 1, groups=groups,
                        bias=False),
        bn2=nn.BatchNorm2d(out_channels)))


class SqueezeExcite(nn.Module):
    """Channels times a hard sigmoid of two linear layers of their means.

    Args:
        channels: C.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        hidden = make_divisible(channels // 4)
        self.fc1 = nn.Linear(channels, hidden)
        self.fc2 = nn.Linear(hidden, channels)
        self.relu = nn.ReLU()
        self.gate = nn.Hardsigmoid()

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, H, W)."""
        weights = self.fc2(self.relu(self.fc1(x.mean((2, 3)))))
        return x * self.gate(weights)[..., None, None]


def inverted_stack(in_channels: int, hidden: int, out_channels: int,
                   kernel: int, stride: int, squeeze: bool, hardswish: bool,
                   groups: int = 1) -> nn.Sequential:
    """MobileNetV3's widening, depthwise and narrowing convolution.

    Where nothing is widened (``hidden == in_channels``) the first one is
    missing. Squeeze-and-excitation comes before the second activation, as in
    the authors' code.

    Args:
        groups: of the 1x1 convolutions.
    """
    def activation() -> nn.Module:
        return nn.Hardswish() if hardswish else nn.ReLU(inplace=True)

    layers: 'OrderedDict[str, nn.Module]' = OrderedDict()
    depthwise = nn.Conv2d(hidden, hidden, kernel, stride, kernel // 2,
                          groups=hidden, bias=False)
    excite = SqueezeExcite(hidden) if squeeze else nn.Identity()
    if in_channels == hidden:
        layers.update(conv1=depthwise, bn1=nn.BatchNorm2d(hidden),
                      act1=activation(), se=excite)
        last = 2
    else:
        layers.update(
            conv1=nn.Conv2d(in_channels, hidden, 1, groups=groups,
                            bias=False),
            bn1=nn.BatchNorm2d(hidden), act1=activation(), conv2=depthwise,
            bn2=nn.BatchNorm2d(hidden), se=excite, act2=activation())
        last = 3
    layers[f'conv{last}'] = nn.Conv2d(hidden, out_channels, 1, groups=groups,
                                      bias=False)
    layers[f'bn{last}'] = nn.BatchNorm2d(out_channels)
    return nn.Sequential(layers)


def make_divisible(number: float, divisor: int = 8) -> int:
    """Nearest multiple of the divisor, not below 90 % of the number."""
    nearest = max(divisor, int(number + divisor / 2) // divisor * divisor)
    return nearest if nearest >= 0.9 * number else nearest + divisor


def resnet_shortcut(in_channels: int, out_channels: int,
                    stride: int = 1) -> nn.Module:
    """Mean of 3x3 where the size halves; 1x1 convolution if channels change.

    The mean counts the padding, as in the authors' code.
    """
    layers = []
    if stride == 2:
        layers.append(('pool', nn.AvgPool2d(3, 2, 1)))
    if in_channels != out_channels:
        layers += [('conv', nn.Conv2d(in_channels, out_channels, 1,
                                      bias=False)),
                   ('bn', nn.BatchNorm2d(out_channels))]
    return nn.Sequential(OrderedDict(layers)) if layers else nn.Identity()
