"""Random sampling parameters and frames, and a check against float64."""

import torch

from s2dnet_mmaction.functional import Theta, detail_sample


def make_theta(batch, frames_out, center=None, stride=None, seed=0):
    """Random numbers, or one centre / stride for all axes."""
    generator = torch.Generator().manual_seed(seed)

    def draw(shape, value, low, high):
        if value is not None:
            return torch.full(shape, float(value))
        return low + (high - low) * torch.rand(shape, generator=generator)

    numbers = []
    for shape in ((batch, ), (batch, frames_out), (batch, frames_out)):
        numbers.append(draw(shape, center, -1, 1))
        # strides from 0.05 to 50, evenly in their logarithm
        numbers.append(draw(shape, stride, 0, 1))
        if stride is None:
            numbers[-1] = 0.05 * 1000**numbers[-1]
    return Theta(*numbers)


def make_frames(batch, num_frames, channels, frame_size, seed=0, last=False):
    generator = torch.Generator().manual_seed(seed)
    shape = (batch, num_frames, channels, *frame_size)
    frames = torch.randint(
        0, 256, shape, dtype=torch.uint8, generator=generator)
    if last:  # channels last in memory
        frames = frames.permute(0, 1, 3, 4, 2).contiguous()
        frames = frames.permute(0, 1, 4, 2, 3)
    return frames


def run(frames, lengths, theta, size, backend, dtype=torch.float32, **options):
    """The volume, and the gradients of a weighted sum of it."""
    theta = Theta(*(n.to(dtype, copy=True).requires_grad_() for n in theta))
    volume = detail_sample(
        frames,
        lengths,
        **theta._asdict(),
        size=size,
        backend=backend,
        **options)
    weights = torch.randn(
        volume.shape, generator=torch.Generator().manual_seed(1))
    return volume, torch.autograd.grad((volume * weights).sum(), theta)


def check(frames, lengths, theta, size, backend, atol=1e-3, **options):
    """Values within 1e-3 of 0..255, gradients within 1e-3 of their norm."""
    volume, grads = run(frames, lengths, theta, size, backend, **options)
    expected, expected_grads = run(frames, lengths, theta, size, 'dense',
                                   torch.float64, **options)
    assert volume.dtype == torch.float32
    assert (volume - expected).abs().max() < atol
    # A gradient is the sum of many numbers of either sign. Where they nearly
    # cancel, float32 keeps few digits.
    count = volume[0, 0].numel()
    for name, got, wanted in zip(Theta._fields, grads, expected_grads):
        assert got.shape == wanted.shape
        error = (got - wanted).norm()
        assert error <= 1e-3 * wanted.norm() + 1e-4 * count**0.5, name
