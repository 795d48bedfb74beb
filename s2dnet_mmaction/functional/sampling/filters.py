"""Filter rows over the samples of one axis (Eq. 7 of the paper)."""

from typing import Callable, Dict, NamedTuple, Optional

import torch
from torch import Tensor


class Filters(NamedTuple):
    """Options of the sampler's filters.

    Attributes:
        temporal: kind in time, ``'gaussian'`` or ``'linear'``.
        spatial: kind along rows and columns, likewise.
        var: variance of the Gaussians, in samples squared.
    """
    temporal: str = 'gaussian'
    spatial: str = 'gaussian'
    var: float = 1.0


def gaussian_weights(positions: Tensor, num_samples: int,
                     lengths: Optional[Tensor] = None, var: float = 1.0,
                     dtype: Optional[torch.dtype] = None) -> Tensor:
    """Gaussian filter rows.

    Eq. (7): ``w(i, r) = exp(-(p(i) - r)^2 / (2 var)) / sum_r exp(...)``.

    Convention: rows sum to 1 over the valid samples wherever p lies. Far
    outside, the border sample gets all the weight. Gradients flow to
    ``positions``.

    Args:
        positions: (B, ..., n) in samples.
        num_samples: number of samples of the axis, padding included.
        lengths: (B,) valid samples per item; None means all of them.
        var: variance in samples squared.
        dtype: of the weights; None: that of the positions.

    Returns:
        (B, ..., n, num_samples) weights, zero on padding.
    """
    samples, last = _samples_and_last(positions, num_samples, lengths)
    # Let n be the sample nearest to p, g = p - n and m = r - n. Then
    # (p - r)^2 = g^2 - 2 g m + m^2. The term g^2 is the same for the whole
    # row and cancels. Leaving it out avoids the difference of two large
    # numbers, so the row stays exact even if p lies far outside.
    offset, excess = _split(positions, positions, samples, last, dtype)
    logits = (excess * offset - offset.square() / 2) / var
    if lengths is not None:
        logits = logits.masked_fill(samples > last.unsqueeze(-1), -torch.inf)
    return logits.softmax(dim=-1)


def linear_weights(positions: Tensor, num_samples: int,
                   lengths: Optional[Tensor] = None, var: float = 1.0,
                   dtype: Optional[torch.dtype] = None) -> Tensor:
    """Rows of linear interpolation at p; the border sample is repeated.

    ``w(i, r) = max(0, 1 - |clamp(p(i), 0, L - 1) - r|)``.

    Arguments and result are those of :func:`gaussian_weights`; ``var`` is
    not used.
    """
    samples, last = _samples_and_last(positions, num_samples, lengths)
    inside = torch.minimum(positions.clamp(min=0), last)
    offset, excess = _split(positions, inside, samples, last, dtype)
    return (1 - (excess - offset).abs()).clamp(min=0)


def _split(positions, inside, samples, last, dtype):
    """m = r - n (B, ..., n, num_samples) and g = inside - n.

    n is the sample nearest to p. Both differences are exact even in a dtype
    that cannot hold a large p.
    """
    nearest = torch.minimum(positions.detach().round().clamp(min=0), last)
    dtype = positions.dtype if dtype is None else dtype
    offset = (samples - nearest.unsqueeze(-1)).to(dtype)
    return offset, (inside - nearest).to(dtype).unsqueeze(-1)


def _samples_and_last(positions, num_samples, lengths):
    samples = torch.arange(
        num_samples, device=positions.device, dtype=positions.dtype)
    if lengths is None:
        last = positions.new_full((), num_samples - 1)
    else:
        last = (lengths - 1).to(positions.dtype)
        last = last.view(-1, *[1] * (positions.dim() - 1))
    return samples, last


FILTERS: Dict[str, Callable[..., Tensor]] = dict(
    gaussian=gaussian_weights, linear=linear_weights)
