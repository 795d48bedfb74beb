"""Fused Triton kernels of the detail sampler, started by ``launch``.

One program computes one tile of one output frame, ``V_hat = G_X G_Y G_T I``::

    for each block of input columns that the tile's filters read:
        for each block of input rows that they read:
            block = sum over the taps in time of weight * frame
            rows += row filters @ block
        tile += rows @ column filters

Positions and filters are computed inside the kernel, so one launch samples a
batch. A Gaussian has few taps: 2 ceil(sqrt(2 var ln(1 / 1.6e-8))), which is 12
for a variance of 1. Samples beyond them weigh less than 1.6e-8 of a row.

Instructions are the bottleneck, not memory (docs/performance.md): every number
that a tile reads takes about 70, for 12 unpackings, subtractions and
multiply-adds in time. Each byte is loaded from memory once: the output frames
of a video are computed one after the other, and the video (13 MB) fits into
the L2 cache. The tensor cores compute the matrix products at the same time.

Blocks of input that no tap needs are read, too. Only strides above 12 taps
plus a block's 16 rows leave such gaps. A frame of 224 pixels then has eight
grid points.
"""

import triton
import triton.language as tl

from .filters import (
    clamp,
    filter_row,
    filter_slopes,
    filter_time,
    filter_weights,
    first_tap,
    matmul,
    position,
    zeros,
)


@triton.jit
def _split_program(out_t, out_h, out_w, groups, BLOCK_Y: tl.constexpr,
                   BLOCK_X: tl.constexpr):
    """The part of the result that this program computes.

    Output frames vary fastest, since neighbours read the same input. Tiles
    have equal sizes; there are no full blocks with a small remainder.

    Returns: video, frame, group of channels, [start, stop) of the rows and
        of the columns, index of the part in its frame, number of parts.
    """
    tiles_y = (out_h + BLOCK_Y - 1) // BLOCK_Y
    tiles_x = (out_w + BLOCK_X - 1) // BLOCK_X
    tile_h = (out_h + tiles_y - 1) // tiles_y
    tile_w = (out_w + tiles_x - 1) // tiles_x
    parts = tiles_y * tiles_x * groups
    i = tl.program_id(0) % out_t
    part = tl.program_id(0) // out_t % parts
    b = tl.program_id(0) // out_t // parts
    k = part % tiles_x * tile_w
    j = part // tiles_x % tiles_y * tile_h
    group = part // tiles_x // tiles_y
    return (b, i, group, j, tl.minimum(j + tile_h, out_h), k,
            tl.minimum(k + tile_w, out_w), part, parts)


@triton.jit
def _axis(center_ptr, stride_ptr, item, index, start, stop, points, length,
          sharp, KIND: tl.constexpr, HALF: tl.constexpr):
    """Filter rows of the grid points ``index`` (see ``filter_row``), and
    [start, stop) of the samples that grid points [start, stop) read."""
    center, stride = tl.load(center_ptr + item), tl.load(stride_ptr + item)
    row = filter_row(position(center, stride, index, points, length), length,
                     sharp, KIND, HALF)
    one = first_tap(
        position(center, stride, start, points, length), length, HALF)
    other = first_tap(
        position(center, stride, stop - 1, points, length), length, HALF)
    stop = tl.minimum(tl.maximum(one, other) + 2 * HALF, length)
    return row, tl.minimum(one, other), stop


@triton.jit
def _prepare(frames_ptr, lengths_ptr, theta_ptrs, steps, num_frames, channels,
             height, width, out_t, out_h, out_w, sharp, TEMPORAL: tl.constexpr,
             SPATIAL: tl.constexpr, HALF_T: tl.constexpr, HALF_S: tl.constexpr,
             GROUP: tl.constexpr, BLOCK_Y: tl.constexpr,
             BLOCK_X: tl.constexpr):
    """The set-up of both kernels.

    Args:
        theta_ptrs: the six pointers of ``Theta``, in its order.
        steps: strides of the frames.

    Returns: the program's part, its grid points, the argument ``time`` of
        ``filter_time``, and both axes as from ``_axis``.
    """
    (center_t_ptr, stride_t_ptr, center_y_ptr, stride_y_ptr, center_x_ptr,
     stride_x_ptr) = theta_ptrs
    b, i, group, j_start, j_stop, k_start, k_stop, part, parts = (
        _split_program(out_t, out_h, out_w, channels // GROUP, BLOCK_Y,
                       BLOCK_X))
    channel = group * GROUP
    length = clamp(tl.load(lengths_ptr + b), 1, num_frames).to(tl.int32)
    p_t = position(
        tl.load(center_t_ptr + b), tl.load(stride_t_ptr + b), i, out_t, length)
    row_t = filter_row(p_t, length, sharp, TEMPORAL, HALF_T)
    # 64 bits: a large batch has more bytes than 32 bits can count
    frames = (
        frames_ptr + b.to(tl.int64) * steps[0] +
        channel.to(tl.int64) * steps[2])

    j = (j_start + tl.arange(0, BLOCK_Y))[:, None]
    k = (k_start + tl.arange(0, BLOCK_X))[None, :]
    inside = (j < j_stop) & (k < k_stop)
    axis_y = _axis(center_y_ptr, stride_y_ptr, b * out_t + i, j, j_start,
                   j_stop, out_h, height, sharp, SPATIAL, HALF_S)
    axis_x = _axis(center_x_ptr, stride_x_ptr, b * out_t + i, k, k_start,
                   k_stop, out_w, width, sharp, SPATIAL, HALF_S)
    return ((b, i, channel, part, parts), (j, k, inside),
            (frames, steps[1], p_t, row_t, length), axis_y, axis_x)


@triton.jit
def _block_offsets(y, x, height, width, steps, ROWS: tl.constexpr,
                   COLS: tl.constexpr, PACKED: tl.constexpr):
    """Offsets of a block of pixels from (y, x) on, see ``filter_time``.

    Beyond the frame they repeat its border, with a weight of zero.
    """
    PARTS: tl.constexpr = 4 if PACKED else 1
    rows = tl.minimum(y + tl.arange(0, ROWS), height - 1).to(tl.int64)
    cols = x + PARTS * tl.arange(0, COLS // PARTS)
    cols = tl.minimum(cols, width - PARTS).to(tl.int64)
    return (rows[:, None] * steps[3] + cols[None, :] * steps[4]) // PARTS


@triton.jit
def forward_kernel(
        frames_ptr, lengths_ptr, theta_ptrs, steps, num_frames, channels,
        height, width, out_t, out_h, out_w, sharp, mean_ptr, std_ptr, out_ptr,
        TEMPORAL: tl.constexpr, SPATIAL: tl.constexpr,
        HALF_T: tl.constexpr, HALF_S: tl.constexpr,
        HALVES: tl.constexpr, GROUP: tl.constexpr, PACKED: tl.constexpr,
        BLOCK_Y: tl.constexpr, BLOCK_X: tl.constexpr, ROWS: tl.constexpr,
        COLS: tl.constexpr):
    """One tile of GROUP channels of one output frame."""
    place, points, time, axis_y, axis_x = _prepare(
        frames_ptr, lengths_ptr, theta_ptrs, steps, num_frames, channels,
        height, width, out_t, out_h, out_w, sharp, TEMPORAL, SPATIAL, HALF_T,
        HALF_S, GROUP, BLOCK_Y, BLOCK_X)
    b, i, channel, _, _ = place
    j, k, inside = points
    row_y, y_start, y_stop = axis_y
    row_x, x_start, x_stop = axis_x

    tiles = zeros(GROUP, BLOCK_Y, BLOCK_X)
    # a word of four pixels starts at a multiple of four
    for x in range(x_start // 4 * 4, x_stop, COLS):
        rows = zeros(GROUP, BLOCK_Y, COLS)
        for y in range(y_start, y_stop, ROWS):
            offsets = _block_offsets(y, x, height, width, steps, ROWS, COLS,
                                     PACKED)
            blocks = filter_time(time, offsets, sharp, 1.0, TEMPORAL, HALF_T,
                                 GROUP, PACKED, False)
            weights = filter_weights((y + tl.arange(0, ROWS))[None, :], row_y,
                                     height, sharp, SPATIAL)
            new = ()
            for c in tl.static_range(GROUP):
                new = new + (matmul(weights, blocks[c], rows[c], HALVES), )
            rows = new
        weights = filter_weights((x + tl.arange(0, COLS))[:, None], row_x,
                                 width, sharp, SPATIAL)
        new = ()
        for c in tl.static_range(GROUP):
            new = new + (matmul(rows[c], weights, tiles[c], HALVES), )
        tiles = new

    for c in tl.static_range(GROUP):
        mean = tl.load(mean_ptr + channel + c)
        std = tl.load(std_ptr + channel + c)
        plane = (b * out_t + i).to(tl.int64) * channels + channel + c
        out = ((tiles[c] - mean) / std).to(out_ptr.dtype.element_ty)
        tl.store(out_ptr + (plane * out_h + j) * out_w + k, out, mask=inside)


@triton.jit
def backward_kernel(
        frames_ptr, lengths_ptr, theta_ptrs, steps, num_frames, channels,
        height, width, out_t, out_h, out_w, sharp, unit, factor_t, factor_s,
        std_ptr, grad_ptr, grad_steps, sums_ptr, TEMPORAL: tl.constexpr,
        SPATIAL: tl.constexpr, HALF_T: tl.constexpr, HALF_S: tl.constexpr,
        HALVES: tl.constexpr, GROUP: tl.constexpr, PACKED: tl.constexpr,
        BLOCK_Y: tl.constexpr, BLOCK_X: tl.constexpr, ROWS: tl.constexpr,
        COLS: tl.constexpr):
    """Contribution of one tile to the six gradients of its output frame.

    dL/dp of an axis is the sum of grad * (the output with that axis' filter
    replaced by its slopes). So the forward pass is run with three pairs of
    filters in time and rows; no gradient is propagated to the frames.
    """
    place, points, time, axis_y, axis_x = _prepare(
        frames_ptr, lengths_ptr, theta_ptrs, steps, num_frames, channels,
        height, width, out_t, out_h, out_w, sharp, TEMPORAL, SPATIAL, HALF_T,
        HALF_S, GROUP, BLOCK_Y, BLOCK_X)
    b, i, channel, part, parts = place
    j, k, inside = points
    row_y, y_start, y_stop = axis_y
    row_x, x_start, x_stop = axis_x
    grads = (
        grad_ptr + b.to(tl.int64) * grad_steps[0] +
        i.to(tl.int64) * grad_steps[1] +
        channel.to(tl.int64) * grad_steps[2] +
        j.to(tl.int64) * grad_steps[3] + k.to(tl.int64) * grad_steps[4])

    by_t = tl.full([BLOCK_Y], 0, tl.float32)
    by_y = tl.full([BLOCK_Y], 0, tl.float32)
    by_x = tl.full([BLOCK_X], 0, tl.float32)
    for x in range(x_start // 4 * 4, x_stop, COLS):
        # of each channel: filtered, slopes in rows, slopes in time
        rows = zeros(3 * GROUP, BLOCK_Y, COLS)
        for y in range(y_start, y_stop, ROWS):
            offsets = _block_offsets(y, x, height, width, steps, ROWS, COLS,
                                     PACKED)
            blocks = filter_time(time, offsets, sharp, unit, TEMPORAL, HALF_T,
                                 GROUP, PACKED, True)
            samples = (y + tl.arange(0, ROWS))[None, :]
            weights = filter_weights(samples, row_y, height, sharp, SPATIAL)
            slopes = filter_slopes(samples, row_y, height, sharp, unit,
                                   SPATIAL)
            new = ()
            for c in tl.static_range(GROUP):
                new = new + (
                    matmul(weights, blocks[2 * c], rows[3 * c], HALVES),
                    matmul(slopes, blocks[2 * c], rows[3 * c + 1], HALVES),
                    matmul(weights, blocks[2 * c + 1], rows[3 * c + 2],
                           HALVES))
            rows = new
        samples = (x + tl.arange(0, COLS))[:, None]
        weights = filter_weights(samples, row_x, width, sharp, SPATIAL)
        slopes = filter_slopes(samples, row_x, width, sharp, unit, SPATIAL)
        for c in tl.static_range(GROUP):
            grad = tl.load(grads + c * grad_steps[2], mask=inside, other=0.0)
            grad = grad.to(tl.float32) / tl.load(std_ptr + channel + c)
            # a gradient may exceed the range of float16
            back = matmul(grad, tl.trans(weights),
                          tl.full([BLOCK_Y, COLS], 0, tl.float32), False)
            moved = matmul(rows[3 * c], slopes,
                           tl.full([BLOCK_Y, BLOCK_X], 0, tl.float32), HALVES)
            by_x += tl.sum(grad * moved, 0)
            by_y += tl.sum(back * rows[3 * c + 1], 1)
            by_t += tl.sum(back * rows[3 * c + 2], 1)

    by_y = by_y[:, None] * (factor_s * 0.5)
    by_x = by_x[None, :] * (factor_s * 0.5)
    by_p = tl.sum(by_t) * factor_t
    steps_y, steps_x = 2 * j - (out_h - 1), 2 * k - (out_w - 1)
    sums_ptr += (b * out_t + i).to(tl.int64) * parts + part
    next_sum = (tl.num_programs(0) // parts).to(tl.int64) * parts
    tl.store(sums_ptr, by_p * (time[4] - 1) * 0.5)
    tl.store(sums_ptr + next_sum, by_p * (i - (out_t - 1) * 0.5))
    tl.store(sums_ptr + 2 * next_sum, tl.sum(by_y) * (height - 1))
    tl.store(sums_ptr + 3 * next_sum, tl.sum(by_y * steps_y))
    tl.store(sums_ptr + 4 * next_sum, tl.sum(by_x) * (width - 1))
    tl.store(sums_ptr + 5 * next_sum, tl.sum(by_x * steps_x))
