"""The loops of the banded sampler on a CPU, compiled by numba.

For each output frame only its window is read: the raw frames that its filter
in time needs, and of these the rows and columns inside the window. Time is
filtered first, then rows, then columns (of the transposed window). So all
three are the same loop, :func:`_blend`: a weighted sum of a few long runs of
numbers, which the compiler turns into vector instructions.

Offsets into arrays are unsigned. In numba a negative signed offset counts from
the end, and the test for it prevents vectorisation (3 instead of 50 billion
multiply-adds per second and core).

All functions are in this file because numba's cache on disk detects a change
in the file of a function, but not in the files of the functions it calls.
"""

import math
import warnings
from functools import partial
from typing import Callable

import numba
import numpy as np
from numba import uint64 as _unsigned


def _compiled(function: Callable, reassociate: bool = False) -> Callable:
    """Compile, and cache the machine code if a folder is writable.

    Products and sums may be fused. With ``reassociate`` sums may be computed
    in another order, so that a sum over a vector uses vector instructions.
    NaN stays NaN. Divisions do not check for zeros.
    """
    fastmath = {'contract', 'nsz'} | ({'reassoc'} if reassociate else set())
    compile_ = numba.njit(nogil=True, error_model='numpy', fastmath=fastmath)
    compiled = compile_(function)
    try:
        compiled.enable_caching()
    except RuntimeError as error:
        warnings.warn(
            f'numba finds no writable cache folder ({error}), so every '
            'process compiles for some seconds. Set NUMBA_CACHE_DIR.',
            stacklevel=1)
    return compiled


@_compiled
def _fill_row(position, samples, half, is_linear, var, decay, weights, slopes):
    """Weights of one filter row and their derivatives by its position.

    Gaussian: let n be the sample nearest to p, g = p - n and m = r - n. The
    row is ``exp((g m - m^2 / 2) / var)`` divided by its sum; the term g^2 / 2
    is the same for all r. ``d w(r) / d p = w(r) (r - sum_s w(s) s) / var``.

    Linear: at a sample, the derivative is that to its right.

    Args:
        position: p, in samples.
        samples: number of valid samples.
        half: h, see :func:`half_width`.
        is_linear: whether it is linear interpolation.
        var: variance in samples squared.
        decay: exp(-m^2 / 2 var) for m = 0, 1, ...
        weights: (>= min(2 h, samples),), overwritten.
        slopes: likewise.

    Returns:
        the first sample that the row reads.
    """
    taps = min(2 * half, samples)
    last = samples - 1
    inside = 0.0  # also for NaN, which must not become an index
    if position > 0:
        inside = min(position, float(last))
    start = min(max(int(inside) - half + 1, 0), samples - taps)
    if taps == 1:
        weights[0], slopes[0] = 1.0 + 0 * position, 0.0
        return start
    if taps == 2:
        if is_linear:
            second = inside - start + 0 * position
            slope = 1.0 if 0 < position < last else 0.0
        else:
            second = 1 / (1 + math.exp((start + 0.5 - position) / var))
            slope = second * (1 - second) / var
        weights[0], weights[1] = 1 - second, second
        slopes[0], slopes[1] = -slope, slope
        return start

    nearest = int(inside + 0.5)
    excess = (position - nearest) / var
    # exp(g m / var) by repeated multiplication. It cannot overflow: outside
    # g m <= 0; inside |g| <= 1/2, and more than two taps mean var > 0.02.
    right, left = math.exp(excess), math.exp(-excess)
    total = moment = 0.0
    power = 1.0
    for r in range(nearest, start + taps):
        weight = power * decay[r - nearest]
        weights[r - start] = weight
        total += weight
        moment += weight * r
        power *= right
    power = left
    for r in range(nearest - 1, start - 1, -1):
        weight = power * decay[nearest - r]
        weights[r - start] = weight
        total += weight
        moment += weight * r
        power *= left
    mean = moment / total
    for t in range(taps):
        weight = weights[t] / total
        weights[t] = weight
        slopes[t] = weight * (start + t - mean) / var
    return start


@_compiled
def _fill_rows(first, stride, samples, rule, rows):
    """The rows of one axis; ``first`` is the position of grid point 0."""
    starts, weights, slopes = rows
    half, is_linear, var, decay = rule
    for i in range(len(starts)):
        starts[i] = _fill_row(first + i * stride, samples, half, is_linear,
                              var, decay, weights[i], slopes[i])


@_compiled
def _empty_rows(count, samples, rule):
    taps = min(2 * rule[0], samples)
    weights = np.zeros((count, taps), np.float32)
    return np.zeros(count, np.int64), weights, weights.copy()


@_compiled
def _blend(source, first, step, weights, taps, length, target, to):
    """target[to + x] = sum_t weights[t] source[first + t step + x].

    For 0 <= x < length, four taps at a time.
    """
    to, length = _unsigned(to), _unsigned(length)
    quads = taps // 4
    for quad in range(quads):
        t = 4 * quad
        a = _unsigned(first + t * step)
        b, c = _unsigned(a + step), _unsigned(a + 2 * step)
        d = _unsigned(a + 3 * step)
        w_a, w_b, w_c = weights[t], weights[t + 1], weights[t + 2]
        w_d = weights[t + 3]
        if t == 0:
            for x in range(length):
                target[to + x] = (
                    w_a * np.float32(source[a + x]) +
                    w_b * np.float32(source[b + x])) + (
                        w_c * np.float32(source[c + x]) +
                        w_d * np.float32(source[d + x]))
        else:
            for x in range(length):
                target[to + x] += (
                    w_a * np.float32(source[a + x]) +
                    w_b * np.float32(source[b + x])) + (
                        w_c * np.float32(source[c + x]) +
                        w_d * np.float32(source[d + x]))
    for t in range(4 * quads, taps):
        a, w_a = _unsigned(first + t * step), weights[t]
        if t == 0:
            for x in range(length):
                target[to + x] = w_a * np.float32(source[a + x])
        else:
            for x in range(length):
                target[to + x] += w_a * np.float32(source[a + x])


@_compiled
def _filter_time(flat, base, step_t, step_y, weights, taps, starts, taps_y,
                 width, target):
    """Apply G_T to those rows of the window that an output row reads.

    Row y of the frames becomes row ``y - starts[0]``.
    """
    row = starts[0]
    for start in starts:
        row = max(row, start)
        while row < start + taps_y:
            _blend(flat, base + row * step_y, step_t, weights, taps, width,
                   target, (row - starts[0]) * width)
            row += 1


@_compiled
def _filter_rows(source, width, starts, weights, group, target):
    """Filter rows of ``width`` numbers; ``group`` rows form a sample.

    Output row (k, c) is the weighted sum of the rows (starts[k] + t, c).
    """
    taps = weights.shape[1]
    for k in range(len(starts)):
        for c in range(group):
            row = (starts[k] - starts[0]) * group + c
            _blend(source, row * width, group * width, weights[k], taps, width,
                   target, (k * group + c) * width)


@_compiled
def _transpose(source, rows, columns, target):
    """(rows, columns) -> (columns, rows)."""
    rows, columns = _unsigned(rows), _unsigned(columns)
    for x in range(columns):
        for r in range(rows):
            target[x * rows + r] = source[r * columns + x]


@_compiled
def _write(source, size, group, scale, shift, target, to, steps):
    """(W_D, C, H_D) -> the normalised output frame, at its strides."""
    height, width = _unsigned(size[0]), _unsigned(size[1])
    group = _unsigned(group)
    for row in range(width * group):
        a, b = scale[row % group], shift[row % group]
        for j in range(height):
            source[row * height + j] = a * source[row * height + j] + b
    step_y, step_x = _unsigned(steps[0]), _unsigned(steps[1])
    step_c = _unsigned(steps[2])
    for j in range(height):
        at = _unsigned(to) + j * step_y
        if step_x == group:  # an unbroken run: channels come last
            for row in range(width * group):
                target[at + row] = source[row * height + j]
        else:
            for k in range(width):
                for c in range(group):
                    target[at + k * step_x + c * step_c] = source[
                        (k * group + c) * height + j]


@_compiled
def _read(source, to, steps, size, group, scale, target):
    """The inverse of :func:`_write`, for gradients."""
    height, width = _unsigned(size[0]), _unsigned(size[1])
    group = _unsigned(group)
    step_y, step_x = _unsigned(steps[0]), _unsigned(steps[1])
    step_c = _unsigned(steps[2])
    for k in range(width):
        for c in range(group):
            at = _unsigned(to) + k * step_x + c * step_c
            row = (k * group + c) * height
            for j in range(height):
                target[row + j] = scale[c] * source[at + j * step_y]


@_compiled
def _place(job, theta, lengths, layout, size, rules, rows):
    """Fill the rows of output frame (b, i) = divmod(job, T_D); Eq. (6).

    Returns:
        number of taps in time, and the offset in memory of the window in
        frame ``starts_t[0]``.
    """
    center_t, stride_t, center_y, stride_y, center_x, stride_x = theta
    b, i = job // size[0], job % size[0]
    axes = ((center_t[b], stride_t[b], lengths[b], size[0]),
            (center_y[b, i], stride_y[b, i], layout[5], size[1]),
            (center_x[b, i], stride_x[b, i], layout[6], size[2]))
    for axis in range(3):
        center, stride, samples, count = axes[axis]
        first = (1.0 + center) * (samples - 1) / 2 - (count - 1) / 2 * stride
        if axis == 0:  # of the rows in time, that of this frame
            first += i * stride
        _fill_rows(first, stride, samples, rules[min(axis, 1)], rows[axis])
    taps_t = min(2 * rules[0][0], lengths[b])
    base = b * layout[0] + rows[0][0][0] * layout[1] + rows[2][0][
        0] * layout[7]
    return taps_t, base


@_compiled
def _sample(flat, base, layout, taps_t, starts, weights, scratch, detail):
    """G_X G_Y G_T of one plane -> detail, (W_D, Q, H_D)."""
    weights_t, weights_y, weights_x = weights
    _, starts_y, starts_x = starts
    group = layout[7]
    window, rows, turned = scratch
    run = (starts_x[-1] + weights_x.shape[1] - starts_x[0]) * group
    _filter_time(flat, base, layout[1], layout[3], weights_t[0], taps_t,
                 starts_y, weights_y.shape[1], run, window)
    _filter_rows(window, run, starts_y, weights_y, 1, rows)
    _transpose(rows, len(starts_y), run, turned)
    _filter_rows(turned, len(starts_y), starts_x, weights_x, group, detail)


@_compiled
def _scratch(layout, size):
    """Buffers for the three steps of :func:`_sample` and for its result."""
    run = layout[6] * layout[7]
    steps = (np.empty(layout[5] * run, np.float32),
             np.empty(size[1] * run, np.float32),
             np.empty(size[1] * run, np.float32))
    return steps, np.empty(size[2] * layout[7] * size[1], np.float32)


@_compiled
def _make_rows(layout, size, rules):
    """Buffers for the filter rows of an output frame (one row in time).

    Returns the rows of each axis; then all starts, weights and slopes.
    """
    t = _empty_rows(1, 2 * rules[0][0], rules[0])
    y = _empty_rows(size[1], layout[5], rules[1])
    x = _empty_rows(size[2], layout[6], rules[1])
    return ((t, y, x), (t[0], y[0], x[0]), (t[1], y[1], x[1]),
            (t[2], y[2], x[2]))


@_compiled
def forward(flat, layout, lengths, theta, size, rules, scale, shift, out,
            steps, first_job, end_job):
    """Output frames [first_job, end_job).

    Args:
        flat: the memory of the frames.
        layout: (step_b, step_t, step_p, step_y, P, H, W, Q): P planes of
            H rows of W samples of Q neighbouring numbers.
        lengths: (B,) valid frames.
        theta: the six parameters.
        size: (T_D, H_D, W_D).
        rules: (h, is linear, variance, decay) in time and in space.
        scale, shift: (C,); the output is scale V + shift.
        out: the memory of the output.
        steps: its strides along (videos and frames, channels, rows, columns).
    """
    group = layout[7]
    rows, starts, weights, _ = _make_rows(layout, size, rules)
    scratch, detail = _scratch(layout, size)
    for job in range(first_job, end_job):
        taps_t, base = _place(job, theta, lengths, layout, size, rules, rows)
        for plane in range(layout[4]):
            c = plane * group
            _sample(flat, base + plane * layout[2], layout, taps_t, starts,
                    weights, scratch, detail)
            _write(detail, size[1:], group, scale[c:], shift[c:], out,
                   job * steps[0] + c * steps[1],
                   (steps[2], steps[3], steps[1]))


@partial(_compiled, reassociate=True)
def _dot(first, second, start, count):
    total = np.float32(0)
    start = _unsigned(start)
    for x in range(_unsigned(count)):
        total += first[start + x] * second[start + x]
    return total


@_compiled
def _add_product(first, second, start, count, target):
    start = _unsigned(start)
    for x in range(_unsigned(count)):
        target[x] += first[start + x] * second[start + x]


@_compiled
def _chain(slopes, samples):
    """dL/dp of an axis' grid points -> dL/dcenter, dL/dstride; Eq. (6)."""
    middle = (len(slopes) - 1) / 2
    center = stride = 0.0
    for i in range(len(slopes)):
        center += slopes[i]
        stride += (i - middle) * slopes[i]
    return center * (samples - 1) / 2, stride


@_compiled
def backward(flat, layout, lengths, theta, size, rules, scale, grad, steps,
             grads, first_job, end_job):
    """Gradients of output frames [first_job, end_job).

    dL/dp of a grid point is the gradient times the sampler's output with the
    row of this point replaced by the row's derivative.

    Args:
        grad: the memory of the gradient of the output.
        steps: its strides, as in :func:`forward`.
        grads: (5, B T_D), overwritten: dL/dp of the position in time, then
            the gradients of the four space parameters.
    """
    group = layout[7]
    rows, starts, weights, slopes = _make_rows(layout, size, rules)
    scratch, detail = _scratch(layout, size)
    signal = np.empty_like(detail)
    slope_y = np.empty(size[1], np.float64)
    slope_x = np.empty(size[2], np.float64)
    for job in range(first_job, end_job):
        taps_t, base = _place(job, theta, lengths, layout, size, rules, rows)
        slope_t = 0.0
        slope_y[:] = 0.0
        slope_x[:] = 0.0
        for plane in range(layout[4]):
            c = plane * group
            at = base + plane * layout[2]
            _read(grad, job * steps[0] + c * steps[1],
                  (steps[2], steps[3], steps[1]), size[1:], group, scale[c:],
                  signal)
            _sample(flat, at, layout, taps_t, starts,
                    (slopes[0], weights[1], weights[2]), scratch, detail)
            for row in range(size[2] * group):
                slope_t += _dot(signal, detail, row * size[1], size[1])
            _sample(flat, at, layout, taps_t, starts,
                    (weights[0], slopes[1], weights[2]), scratch, detail)
            for row in range(size[2] * group):
                _add_product(signal, detail, row * size[1], size[1], slope_y)
            _sample(flat, at, layout, taps_t, starts,
                    (weights[0], weights[1], slopes[2]), scratch, detail)
            for row in range(size[2] * group):
                slope_x[row // group] += _dot(signal, detail, row * size[1],
                                              size[1])
        grads[0, job] = slope_t
        grads[1, job], grads[2, job] = _chain(slope_y, layout[5])
        grads[3, job], grads[4, job] = _chain(slope_x, layout[6])
