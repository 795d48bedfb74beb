"""Weights and frames that follow from names and shapes alone."""

import math
import zlib

import torch


def filled(shapes, gain=lambda name: 1):
    """A tensor for each name and shape; matrices have variance gain / inputs.
    """
    return {name: _fill(name, shape, gain(name))
            for name, shape in shapes.items()}


def _fill(name, shape, gain):
    generator = _generator(name)
    if name.endswith('num_batches_tracked'):
        return torch.zeros(shape, dtype=torch.long)
    if name.endswith('running_var'):
        return 1 + .2 * torch.rand(shape, generator=generator)
    numbers = torch.randn(shape, generator=generator)
    if len(shape) >= 2:
        return numbers * math.sqrt(gain / math.prod(shape[1:]))
    shift = name.endswith('weight')  # of a norm
    return .1 * numbers + float(shift)


def frames(name, videos, length, size=224):
    """Frames of their own colour, with blocks and a little noise."""
    generator = _generator(f'input:{name}')
    colour, blocks, noise = (
        torch.randn((videos, length, 3, each, each), generator=generator)
        for each in (1, size // 32, size))
    for axis in (-1, -2):
        blocks = blocks.repeat_interleave(32, axis)
    return colour + blocks + .25 * noise


def _generator(name):
    return torch.Generator().manual_seed(zlib.crc32(name.encode()))
