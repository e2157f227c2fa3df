"""Piecewise polynomials, averaged along a segment: compiled.

A function F ≥ 0 on an interval is kept as polynomials of degree 16 between breakpoints. What a
sparse feature with weight w and density p makes of it,

    F'(s) = (1 − p) F(s) + p ∫₀¹ F(s + w x) dx,

is a positive operator of norm 1: nothing cancels, and an error made once never grows. Where F has
a jump in its r-th derivative at t, F' has one at t and a smoother one at t − w. Pieces are split
at such points, or else halved, until the last Chebyshev coefficients of each are negligible beside
its largest value; neighbours that one polynomial fits are joined again.
"""

import math

import numpy as np
from numba import njit

NODES = 17
TOLERANCE = 1e-14  # of a piece's largest value: a few times the rounding of its coefficients
ROUNDING = 1e-15  # made by one step, of a piece's largest value
SMOOTH = 7  # a jump in a higher derivative is met by halving
NO_JUMP = 99
NARROW = 1e-14  # a piece this narrow, relative to where it lies, is not split
WIDE = 4.0  # a piece this many times wider than the segment: antiderivatives would cancel

_ANGLE = np.pi * np.arange(NODES) / (NODES - 1)
ABSCISSAE = -np.cos(_ANGLE)  # ascending, both ends included
_HALVED = np.ones(NODES)
_HALVED[[0, -1]] = 0.5
# coefficients of T_k from the values at ABSCISSAE
TO_COEFFICIENTS = np.ascontiguousarray(
    2.0
    / (NODES - 1)
    * np.outer(_HALVED, _HALVED)
    * np.cos(np.outer(np.arange(NODES), np.pi - _ANGLE))
)
# of the interval from 0 to 1, exact for every piece
GAUSS_X = (1.0 + np.polynomial.legendre.leggauss((NODES + 1) // 2)[0]) / 2.0
GAUSS_W = np.polynomial.legendre.leggauss((NODES + 1) // 2)[1] / 2.0

# no reassociation: prefix sums carry their rounding
COMPILE = {"cache": True, "nogil": True, "error_model": "numpy", "fastmath": {"contract"}}


@njit(**COMPILE)
def room(pieces):
    """Space for a function of so many pieces.

    (breakpoints, order of the jump there, coefficients, those of the antiderivative from the left
    end, integral up to the breakpoint, its rounding, error bound and size of the piece)
    """
    return (
        np.empty(pieces + 1),
        np.empty(pieces + 1, np.int64),
        np.empty((pieces, NODES)),
        np.empty((pieces, NODES + 1)),
        np.empty(pieces + 1),
        np.empty(pieces + 1),
        np.empty(pieces),
        np.empty(pieces),
    )


@njit(**COMPILE)
def _clenshaw(c, x):
    n = c.shape[0]
    y = 0.0
    z = 0.0
    for k in range(n - 1, 0, -1):
        y, z = 2.0 * x * y - z + c[k], y
    return x * y - z + c[0]


@njit(**COMPILE)
def _piece_of(knots, count, guess, s):
    j = min(max(guess, 0), count - 1)
    while j > 0 and s < knots[j]:
        j -= 1
    while j < count - 1 and s > knots[j + 1]:
        j += 1
    return j


@njit(**COMPILE)
def _local(knots, j, s):
    return ((s - knots[j]) - (knots[j + 1] - s)) / (knots[j + 1] - knots[j])


@njit(**COMPILE)
def _gauss(F, j, left, right):
    """The mean of F from left to right, both in piece j."""
    total = 0.0
    for m in range(GAUSS_X.shape[0]):
        s = left + (right - left) * GAUSS_X[m]
        total += GAUSS_W[m] * _clenshaw(F[2][j], _local(F[0], j, s))
    return total


@njit(**COMPILE)
def _part(F, j, left, right, segment):
    """∫ F from left to right in piece j, and their distance with the same rounding."""
    knots, _, _, anti, _, _, _, _ = F
    width = knots[j + 1] - knots[j]
    if width > WIDE * segment:
        return (right - left) * _gauss(F, j, left, right), right - left
    x = _local(knots, j, left)
    y = _local(knots, j, right)
    return _clenshaw(anti[j], y) - _clenshaw(anti[j], x), 0.5 * width * (y - x)


@njit(**COMPILE)
def _mean(F, i, left, j, right):
    """The mean of F from `left` in piece i to `right` in piece j ≥ i."""
    knots, _, _, _, total, rest, _, _ = F
    segment = right - left
    if i == j:
        if knots[i + 1] - knots[i] > WIDE * segment:
            return _gauss(F, i, left, right)
        area, width = _part(F, i, left, right, segment)
        return area / width
    area, width = _part(F, i, left, knots[i + 1], segment)
    last, width_last = _part(F, j, knots[j], right, segment)
    area += (total[j] - total[i + 1]) + (rest[j] - rest[i + 1])
    # the widths as summed, not w: rounding of the ends then cancels
    return (area + last) / (width + (knots[j] - knots[i + 1]) + width_last)


@njit(**COMPILE)
def _mean_of_pieces(F, i, left, j, right):
    """The mean size and the mean error bound of the pieces from i to j, by their lengths."""
    knots, _, _, _, _, _, bounds, sizes = F
    if i == j:
        return sizes[i], bounds[i]
    size = sizes[i] * (knots[i + 1] - left) + sizes[j] * (right - knots[j])
    bound = bounds[i] * (knots[i + 1] - left) + bounds[j] * (right - knots[j])
    for k in range(i + 1, j):
        size += sizes[k] * (knots[k + 1] - knots[k])
        bound += bounds[k] * (knots[k + 1] - knots[k])
    return size / (right - left), bound / (right - left)


@njit(**COMPILE)
def _fit(values, c):
    """Fill the coefficients; returns (error estimate, largest value)."""
    for k in range(NODES):
        x = 0.0
        for m in range(NODES):
            x += TO_COEFFICIENTS[k, m] * values[m]
        c[k] = x
    largest = 0.0
    for m in range(NODES):
        largest = max(largest, abs(values[m]))
    tail = max(abs(c[NODES - 1]), max(abs(c[NODES - 2]), abs(c[NODES - 3])))
    return NODES * tail, largest


@njit(**COMPILE)
def append(F, count, right, order, c, size, bound):
    """Add a piece with coefficients c from the last breakpoint to `right`."""
    knots, orders, coefficients, anti, total, rest, bounds, sizes = F
    half = 0.5 * (right - knots[count])
    knots[count + 1] = right
    orders[count + 1] = order
    bounds[count] = bound
    sizes[count] = size
    at_left = 0.0
    for k in range(NODES):
        coefficients[count, k] = c[k]
    sign = -1.0
    whole = 0.0
    for k in range(1, NODES + 1):
        below = 2.0 * c[0] if k == 1 else c[k - 1]
        above = c[k + 1] if k + 1 < NODES else 0.0
        x = half * (below - above) / (2.0 * k)
        anti[count, k] = x
        at_left += sign * x
        whole += x
        sign = -sign
    anti[count, 0] = -at_left
    whole -= at_left
    s = total[count] + whole
    v = s - total[count]
    total[count + 1] = s
    rest[count + 1] = rest[count] + ((total[count] - (s - v)) + (whole - v))
    return count + 1


@njit(**COMPILE)
def begin(F, left, order):
    """An empty function whose first piece will start at `left`."""
    F[0][0] = left
    F[1][0] = order
    F[4][0] = 0.0
    F[5][0] = 0.0


@njit(**COMPILE)
def _join(F, count, floor, values, c):
    """Replace the last two pieces by one if one polynomial fits both; returns the new count."""
    knots, orders, coefficients, _, _, _, bounds, sizes = F
    left = knots[count - 2]
    middle = knots[count - 1]
    right = knots[count]
    size = max(floor, min(sizes[count - 2], sizes[count - 1]))
    for j in (count - 2, count - 1):
        for k in range(NODES // 2 + 1, NODES):
            if abs(coefficients[j, k]) > TOLERANCE * size:
                return count
    for m in range(NODES):
        s = left + 0.5 * (right - left) * (1.0 + ABSCISSAE[m])
        j = count - 2 if s < middle else count - 1
        values[m] = _clenshaw(coefficients[j], _local(knots, j, s))
    error, largest = _fit(values, c)
    if error > 0.5 * TOLERANCE * max(floor, largest):
        return count
    bound = max(bounds[count - 2], bounds[count - 1]) + error
    return append(F, count - 2, right, orders[count], c, largest, bound)


@njit(**COMPILE)
def _jump_between(knots, orders, count, left, right, w):
    """The place in (left, right) of the strongest jump that moving by −w makes, and its order."""
    best = NO_JUMP
    place = 0.5 * (left + right)
    margin = NARROW * max(abs(left), abs(right))
    middle = place
    for j in range(1, count):
        s = knots[j] - w
        if s <= left + margin or s >= right - margin:
            continue
        order = orders[j] + 1
        if order < best or (order == best and abs(s - middle) < abs(place - middle)):
            best = order
            place = s
    if best > SMOOTH:
        return middle, NO_JUMP
    return place, best


@njit(**COMPILE)
def _mixture(F, w, p, s, here, there):
    """(1 − p) F(s) + p ∫₀¹ F(s + w x) dx, with s in piece `here` and s + w in piece `there`."""
    if w > 0.0:
        mean = _mean(F, here, s, there, s + w)
    else:
        mean = _mean(F, there, s + w, here, s)
    if p == 1.0:
        return mean
    return (1.0 - p) * _clenshaw(F[2][here], _local(F[0], here, s)) + p * mean


@njit(**COMPILE)
def _mixture_of_pieces(F, w, p, s, here, there):
    """The same mixture of the sizes and of the error bounds of the pieces."""
    if w > 0.0:
        size, bound = _mean_of_pieces(F, here, s, there, s + w)
    else:
        size, bound = _mean_of_pieces(F, there, s + w, here, s)
    return (1.0 - p) * F[7][here] + p * size, (1.0 - p) * F[6][here] + p * bound


@njit(**COMPILE)
def average_at(F, count, w, p, s):
    """(1 − p) F(s) + p ∫₀¹ F(s + w x) dx at one point, and its error bound."""
    here = _piece_of(F[0], count, 0, s)
    there = _piece_of(F[0], count, here, s + w)
    size, bound = _mixture_of_pieces(F, w, p, s, here, there)
    return _mixture(F, w, p, s, here, there), bound + ROUNDING * size


@njit(**COMPILE)
def average(F, count, w, p, low, high, floor, out):
    """(1 − p) F(s) + p ∫₀¹ F(s + w x) dx for low ≤ s ≤ high.

    F must reach from low + min(w, 0) to high + max(w, 0). Returns the number of pieces put into
    `out`, or −1 if it has no room for them.
    """
    knots, orders, _, _, _, _, _, _ = F
    capacity = out[2].shape[0]
    values = np.empty(NODES)
    c = np.empty(NODES)
    stack = np.empty(128)
    stack_order = np.empty(128, np.int64)
    softer = 1 if p == 1.0 else 0

    begin(out, low, NO_JUMP)
    pieces = 0
    here = _piece_of(knots, count, 0, low)
    there = _piece_of(knots, count, here, low + w)
    base = here
    while True:
        # the next breakpoint that F has, or the end
        right = high
        order = NO_JUMP
        if base + 1 < count and knots[base + 1] < high - NARROW * abs(high):
            right = knots[base + 1]
            order = min(orders[base + 1] + softer, NO_JUMP)
        base += 1
        if right <= out[0][pieces] + NARROW * abs(right):
            if right == high:
                break
            continue
        stack[0] = right
        stack_order[0] = order
        depth = 1
        while depth:
            left = out[0][pieces]
            stop = stack[depth - 1]
            size = floor
            bound = 0.0
            for m in range(NODES):
                s = left + 0.5 * (stop - left) * (1.0 + ABSCISSAE[m])
                if m == NODES - 1:
                    s = stop
                here = _piece_of(knots, count, here, s)
                there = _piece_of(knots, count, there, s + w)
                values[m] = _mixture(F, w, p, s, here, there)
                if m == 0 or m == NODES // 2 or m == NODES - 1:
                    x, y = _mixture_of_pieces(F, w, p, s, here, there)
                    size = max(size, x)
                    bound = max(bound, y)
            error, largest = _fit(values, c)
            size = max(size, largest)
            narrow = stop - left <= NARROW * max(abs(left), abs(stop))
            if error > TOLERANCE * size and not narrow and depth < 128:
                stack[depth], stack_order[depth] = _jump_between(
                    knots, orders, count, left, stop, w
                )
                depth += 1
                continue
            if pieces == capacity:
                return -1
            bound += error + ROUNDING * size
            pieces = append(out, pieces, stop, stack_order[depth - 1], c, largest, bound)
            depth -= 1
            before = -1
            while pieces > 1 and pieces != before:
                before = pieces
                pieces = _join(out, pieces, floor, values, c)
        if right == high:
            break
    return pieces
