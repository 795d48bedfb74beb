"""Triton functions of the kernels: filter rows, tap by tap.

The equations are those of ``functional/sampling/filters.py``. A grid point has
an ``anchor``, the sample from which its taps are counted, and an ``excess``,
its distance from the anchor. Both are computed from a position in float64. In
float32 the position would be off by 1e-5 pixels, which at an edge from 0 to
255 changes the result by 1e-3.
"""

import triton
import triton.language as tl

# A loop over at most so many taps is unrolled. Then their weights are computed
# once, outside of the loops around it, and their loads run at the same time.
_UNROLLED_TAPS = tl.constexpr(16)


@triton.jit
def clamp(x, low, high):
    """Clip x to [low, high]; NaN becomes low, as an index must not be NaN."""
    x = tl.where(x > low, x, low)
    return tl.where(x < high, x, high)


@triton.jit
def position(center, stride, index, points, length):
    """Eq. (6) in float64."""
    middle = (1 + center.to(tl.float64)) * (length - 1) * 0.5
    return middle + (index - (points - 1) * 0.5) * stride.to(tl.float64)


@triton.jit
def first_tap(p, length, HALF: tl.constexpr):
    """First of the min(2 HALF, length) taps of a grid point, int32."""
    last = length - tl.minimum(2 * HALF, length)
    # clamped as a float, since a far position exceeds the range of integers
    return clamp(tl.floor(p) - (HALF - 1), 0.0, last).to(tl.int32)


@triton.jit
def _bell(offset, excess, sharp, valid):
    """exp(-(excess - offset)^2 / (2 var)) up to a factor of the row.

    The exponent of a valid sample, excess offset - offset^2 / 2, is at most
    1 / 8: beyond a border the two factors of its first term differ in sign.
    """
    exponent = (excess - 0.5 * offset) * offset * sharp
    return tl.exp2(tl.where(valid, exponent, -float('inf')))


@triton.jit
def filter_row(p, length, sharp, KIND: tl.constexpr, HALF: tl.constexpr):
    """Precompute what :func:`filter_weights` needs of a row.

    Args:
        p: position(s), float64.
        sharp: log2(e) / var.
        KIND: 'gaussian' or 'linear'.
        HALF: half the number of taps.

    Returns: anchor (int32), excess, and two numbers. Of a Gaussian: the
        factor that makes the weights sum to 1, and the weights' mean offset.
        Of a linear filter: twice 1 where p is inside and has a derivative,
        else 0.
    """
    if KIND == 'linear':
        inside = clamp(p, 0.0, length - 1)
        anchor = tl.floor(inside)
        # clamp() removed a NaN; the excess passes it on to the result
        excess = tl.where(p == p, inside - anchor, p).to(tl.float32)
        factor = tl.where((p > 0) & (p < length - 1), 1.0, 0.0)
        return anchor.to(tl.int32), excess, factor, factor
    else:
        anchor = clamp(tl.floor(p + 0.5), 0.0, length - 1)
        excess = (p - anchor).to(tl.float32)
        anchor = anchor.to(tl.int32)
        first = first_tap(p, length, HALF)
        total = excess * 0
        moment = excess * 0
        for tap in range(2 * HALF):
            offset = (first + tap - anchor).to(tl.float32)
            weight = _bell(offset, excess, sharp, first + tap < length)
            total += weight
            moment += weight * offset
        return anchor, excess, 1 / total, moment / total


@triton.jit
def filter_weights(samples, row, length, sharp, KIND: tl.constexpr):
    """Weights of the samples, zero past the length."""
    anchor, excess, factor, _ = row
    offset = (samples - anchor).to(tl.float32)
    if KIND == 'linear':
        weight = tl.maximum(1 - tl.abs(excess - offset), 0.0,
                            propagate_nan=tl.PropagateNan.ALL)
        return tl.where(samples < length, weight, 0.0)
    else:
        return _bell(offset, excess, sharp, samples < length) * factor


@triton.jit
def filter_slopes(samples, row, length, sharp, unit, KIND: tl.constexpr):
    """Derivatives of the weights by the position.

    Those of a Gaussian, w (offset - mean offset) / var, are multiplied by
    var unit. The caller chooses a unit that keeps them near 1.
    """
    anchor, _, factor, mean = row
    offset = (samples - anchor).to(tl.float32)
    if KIND == 'linear':
        slope = tl.where(offset == 1, factor, 0.0)
        return tl.where(offset == 0, -factor, slope)
    else:
        weight = filter_weights(samples, row, length, sharp, KIND)
        return weight * (offset - mean) * unit


@triton.jit
def _byte(word, n: tl.constexpr):
    """Byte n of an int32 as a float.

    The last bits of the float 2^23 + byte are the byte. Setting them costs
    one operation, a conversion several.
    """
    bits = ((word >> (8 * n)) & 0xFF) | 0x4B000000
    return bits.to(tl.float32, bitcast=True) - 8388608.0


@triton.jit
def filter_time(time, offsets, sharp, unit, KIND: tl.constexpr,
                HALF: tl.constexpr, GROUP: tl.constexpr, PACKED: tl.constexpr,
                SLOPES: tl.constexpr):
    """Filter a block of pixels through time.

    Args:
        time: pointer to the first frame's channel, step from frame to frame,
            the position, its row, the length.
        offsets: (ROWS, COLS) of the pixels in a frame, int64; if PACKED,
            (ROWS, COLS / 4) of words of four bytes. GROUP words hold GROUP
            channels of four pixels, so one load reads four numbers.

    Returns: for each channel the block (ROWS, COLS), and if SLOPES a second
        one, filtered with the slopes.
    """
    KINDS: tl.constexpr = 2 if SLOPES else 1
    PARTS: tl.constexpr = 4 if PACKED else 1
    sums = zeros(GROUP * PARTS * KINDS, offsets.shape[0], offsets.shape[1])
    _, _, p, _, length = time
    first = first_tap(p, length, HALF)
    if 2 * HALF <= _UNROLLED_TAPS:
        for tap in tl.static_range(2 * HALF):
            sums = _add_tap(sums, time, first + tap, offsets, sharp, unit,
                            KIND, GROUP, PACKED, SLOPES)
    else:
        for tap in range(2 * HALF):
            sums = _add_tap(sums, time, first + tap, offsets, sharp, unit,
                            KIND, GROUP, PACKED, SLOPES)
    blocks = ()
    for c in tl.static_range(GROUP):
        for n in tl.static_range(KINDS):
            block = _join_parts(sums, c * PARTS * KINDS + n, KINDS, PACKED)
            blocks = blocks + (block, )
    return blocks


@triton.jit
def _join_parts(sums, FIRST: tl.constexpr, STEP: tl.constexpr,
                PACKED: tl.constexpr):
    """(ROWS, COLS) from four blocks that hold every fourth column each."""
    if PACKED:
        even = tl.join(sums[FIRST], sums[FIRST + 2 * STEP])
        odd = tl.join(sums[FIRST + STEP], sums[FIRST + 3 * STEP])
        block = tl.join(even, odd)  # (ROWS, COLS / 4, 2, 2)
        return block.reshape(block.shape[0], block.shape[1] * 4)
    else:
        return sums[FIRST]


@triton.jit
def _add_tap(sums, time, t, offsets, sharp, unit, KIND: tl.constexpr,
             GROUP: tl.constexpr, PACKED: tl.constexpr, SLOPES: tl.constexpr):
    """sums + (weight, slope) * frame t; see :func:`filter_time`."""
    frames, step_t, _, row, length = time
    weight = filter_weights(t, row, length, sharp, KIND)
    slope = 0.0
    if SLOPES:
        slope = filter_slopes(t, row, length, sharp, unit, KIND)
    # taps past the end of a short video have weight 0, but are read
    frame = frames + tl.minimum(t, length - 1).to(tl.int64) * step_t
    new = ()
    if PACKED:
        pointers = frame.to(tl.pointer_type(tl.int32), bitcast=True) + offsets
        words = ()
        for n in tl.static_range(GROUP):
            words = words + (tl.load(pointers + n), )
        for c in tl.static_range(GROUP):
            for x in tl.static_range(4):
                value = _byte(words[(GROUP * x + c) // 4], (GROUP * x + c) % 4)
                new = new + (tl.fma(value, weight, sums[len(new)]), )
                if SLOPES:
                    new = new + (tl.fma(value, slope, sums[len(new)]), )
    else:
        value = tl.load(frame + offsets).to(tl.float32)
        new = new + (tl.fma(value, weight, sums[0]), )
        if SLOPES:
            new = new + (tl.fma(value, slope, sums[1]), )
    return new


@triton.jit
def matmul(a, b, total, HALVES: tl.constexpr):
    """total + a @ b on tensor cores, accurate to 20 bits.

    Args:
        HALVES: whether all numbers fit into float16. Then each is split into
            a sum of two float16. Otherwise it is split into two tf32, which
            have the range of float32 but half the speed. The product of the
            two small parts is negligible.
    """
    if HALVES:
        a_high, b_high = a.to(tl.float16), b.to(tl.float16)
        a_low = (a - a_high.to(tl.float32)).to(tl.float16)
        b_low = (b - b_high.to(tl.float32)).to(tl.float16)
        total = tl.dot(a_low, b_high, total)
        total = tl.dot(a_high, b_low, total)
        return tl.dot(a_high, b_high, total)
    else:
        return tl.dot(a, b, total, input_precision='tf32x3')


@triton.jit
def zeros(COUNT: tl.constexpr, HEIGHT: tl.constexpr, WIDTH: tl.constexpr):
    """A tuple of COUNT sums, all zero."""
    sums = ()
    for _ in tl.static_range(COUNT):
        sums = sums + (tl.full([HEIGHT, WIDTH], 0, tl.float32), )
    return sums
