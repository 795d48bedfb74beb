"""The sampler's equations, point by point in float64: slow and plain."""

import math

import numpy as np


def positions(center, stride, n, length):
    """Eq. (6), one point after the other."""
    return [(1 + center) * (length - 1) / 2 + (i - (n - 1) / 2) * stride
            for i in range(n)]


def gaussian_row(p, length, var):
    """Eq. (7); the largest exponent is taken out, as in any softmax."""
    exponents = [-(p - r)**2 / (2 * var) for r in range(length)]
    top = max(exponents)
    row = [math.exp(e - top) for e in exponents]
    return [w / sum(row) for w in row]


def linear_row(p, length, var):
    """Linear interpolation between the two neighbours, border repeated."""
    p = min(max(p, 0), length - 1)
    low = min(int(math.floor(p)), max(length - 2, 0))
    row = [0.0] * length
    row[low] = 1 - (p - low)
    if length > 1:
        row[low + 1] = p - low
    return row


ROWS = dict(gaussian=gaussian_row, linear=linear_row)


def detail_sample(frames, lengths, theta, size, temporal, spatial, var):
    """(B, T, C, H, W) -> (B, T_D, C, H_D, W_D), float64."""
    batch, _, channels, height, width = frames.shape
    frames = frames.astype(np.float64)
    out = np.zeros((batch, size[0], channels, size[1], size[2]))
    for b in range(batch):
        length = int(lengths[b])
        p_t = positions(theta['center_t'][b], theta['stride_t'][b], size[0],
                        length)
        for z in range(size[0]):
            g_t = ROWS[temporal](p_t[z], length, var)
            image = sum(w * frames[b, r] for r, w in enumerate(g_t))
            p_y = positions(theta['center_y'][b, z], theta['stride_y'][b, z],
                            size[1], height)
            p_x = positions(theta['center_x'][b, z], theta['stride_x'][b, z],
                            size[2], width)
            for j in range(size[1]):
                g_y = ROWS[spatial](p_y[j], height, var)
                for i in range(size[2]):
                    g_x = ROWS[spatial](p_x[i], width, var)
                    for c in range(channels):
                        out[b, z, c, j, i] = np.dot(g_y, image[c]) @ g_x
    return out
