"""Piecewise polynomials, averaged over one sparse partner at a time: compiled.

A function F ≥ 0 on an interval is kept as polynomials of degree 15 between breakpoints. What a
partner with weight w and density p makes of it,

    F'(s) = (1 − p) F(s) + p ∫₀¹ F(s + w x) dx,

is positive and of norm 1: nothing cancels, and an error made once never grows. Where F has a jump
in its r-th derivative at t, F' has one at t and a smoother one at t − w. Pieces are split at such
points, or else halved, until the last Chebyshev coefficients of each are negligible; neighbours
that one polynomial fits are joined again.
"""

import math

import numpy as np
from numba import njit

from theory.piecewise import (
    ABSCISSAE,
    AFTER,
    BEFORE,
    COMPILE,
    NO_JUMP,
    NODES,
    VALUE,
    append,
    at_place,
    begin,
    local,
    mean_inside,
    piece_of,
    polynomial,
    tails,
)

ROUNDING = 2.5e-16  # of one step, relative to the largest value of the pieces that it reads
NOISE = 5e-15  # likewise: what rounding may do to an error estimate
TAIL = NODES / 2  # times the last coefficients: the sum of those left out, at a third-order jump
COARSE = 1e-3  # of a piece's largest value: an error allowed even where hardly any path goes
SPAN = 8.0  # largest value over least, of a piece whose rounding would matter
SMOOTH = 7  # a jump in a higher derivative is met by halving
TINY = 1e-300
NARROW = 1e-14  # a piece this narrow, relative to where it lies, is not split
DEEPEST = 60


@njit(**COMPILE)
def _mixture(F, w, p, s, here, there, node):
    """(1 − p) F(s) + p ∫₀¹ F(s + w x) dx, with s in piece `here` and s + w in piece `there`.

    node is that of s in its piece, or −1. Returns the mixture and what its rounding is relative to.
    """
    knots, _, total, rest, _, _, sizes, _ = F
    if s + w == s:
        return at_place(F, VALUE, here, s, node), sizes[here]
    if here == there:
        mean = mean_inside(F, here, min(s, s + w), max(s, s + w))
        size = sizes[here]
    else:
        if w > 0.0:
            i, j, node_i, node_j = here, there, node, -1
        else:
            i, j, node_i, node_j = there, here, -1, node
        left = min(s, s + w)
        right = max(s, s + w)
        before = knots[i + 1] - left
        after = right - knots[j]
        first = before * at_place(F, AFTER, i, left, node_i)
        last = after * at_place(F, BEFORE, j, right, node_j)
        area = first + ((total[j] - total[i + 1]) + (rest[j] - rest[i + 1])) + last
        # the widths as summed, not w: rounding of the ends then cancels
        width = before + (knots[j] - knots[i + 1]) + after
        mean = area / width
        size = (before * sizes[i] + after * sizes[j] + area) / width
    if p == 1.0:
        return mean, size
    value = at_place(F, VALUE, here, s, node)
    return (1.0 - p) * value + p * mean, (1.0 - p) * sizes[here] + p * size


@njit(**COMPILE)
def average_at(F, count, w, p, s):
    """(1 − p) F(s) + p ∫₀¹ F(s + w x) dx at one point, and its rounding."""
    here = piece_of(F[0], count, 0, s)
    there = piece_of(F[0], count, here, s + w)
    value, size = _mixture(F, w, p, s, here, there, -1)
    return value, ROUNDING * size


@njit(**COMPILE)
def _reach(law, left, right):
    """A bound on the probability that the rest of the path starts in [left, right].

    The lower one of Bernstein's, good far away, and Cantelli's, good where steps are rare.
    """
    mean, variance, largest = law
    away = max(left - mean, mean - right)
    if away <= 0.0:
        return 1.0
    square = away * away
    cantelli = variance / (variance + square)
    return min(cantelli, math.exp(-0.5 * square / (variance + largest * away / 3.0)))


@njit(**COMPILE)
def _settled(tail, size, values, reach, allowed):
    """Whether a piece with these values need not be split."""
    error = TAIL * tail
    allowed /= math.sqrt(reach + 1e-30)  # what is reached less may err more, and adds up to less
    if not (error <= allowed and error <= COARSE * size) and error > NOISE * size:
        return False
    largest = 0.0
    least = math.inf
    for m in range(NODES):
        largest = max(largest, abs(values[m]))
        least = min(least, abs(values[m]))
    return ROUNDING * largest <= allowed or largest <= SPAN * least


@njit(**COMPILE)
def _join(F, count, law, allowed, values, upper):
    """Replace the last two pieces by one if one polynomial fits both; returns the new count."""
    knots, orders, _, _, tables, halves, sizes, errors = F
    left = knots[count - 2]
    middle = knots[count - 1]
    right = knots[count]
    reach = _reach(law, left, right)
    for j in (count - 2, count - 1):
        if halves[j] * math.sqrt(reach) > allowed and halves[j] > NOISE * sizes[j]:
            return count
    for m in range(NODES):
        s = left + 0.5 * (right - left) * (1.0 + ABSCISSAE[m])
        j = count - 2 if s < middle else count - 1
        values[m] = polynomial(tables[VALUE, j], local(knots, j, s))
    half, tail = tails(values, upper)
    size = min(sizes[count - 2], sizes[count - 1])
    if not _settled(tail, size, values, reach, 0.5 * allowed):
        return count
    error = max(errors[count - 2], errors[count - 1])
    if TAIL * tail > NOISE * size:
        error += TAIL * tail
    return append(F, count - 2, right, orders[count], values, half, error)


@njit(**COMPILE)
def _jump_between(F, count, left, right, w):
    """Where in (left, right) the strongest jump lies that −w brings there, and its order."""
    knots, orders, _, _, _, _, _, _ = F
    margin = NARROW * max(abs(left), abs(right))
    middle = 0.5 * (left + right)
    best = SMOOTH + 1
    place = middle
    j = piece_of(knots, count, count // 2, left + w) + 1
    while j < count and knots[j] - w < right - margin:
        s = knots[j] - w
        order = orders[j] + 1
        nearer = order == best and abs(s - middle) < abs(place - middle)
        if s > left + margin and (order < best or nearer):
            best = order
            place = s
        j += 1
    if best > SMOOTH:
        return middle, NO_JUMP
    return place, best


@njit(**COMPILE)
def _expected_error(F, count, law):
    """A bound on the error that these pieces make where the path goes through them."""
    knots, _, _, _, _, _, _, errors = F
    worst = np.zeros(64)  # of the pieces that are reached with probability e^{−k/2} at most
    for j in range(count):
        reach = _reach(law, knots[j], knots[j + 1])
        if reach > 1e-13:
            k = int(-2.0 * math.log(reach))
            worst[k] = max(worst[k], errors[j])
        else:
            worst[63] += 1e13 * reach * errors[j]
    total = 0.0
    for k in range(64):
        total += math.exp(-0.5 * k) * worst[k]
    return total


@njit(**COMPILE)
def average(F, count, w, p, interval, law, allowed, joining, out):
    """(1 − p) F(s) + p ∫₀¹ F(s + w x) dx, as pieces put into `out`.

    interval = (low, high) is where s lies; F has `count` pieces from low + min(w, 0) to
    high + max(w, 0). law = (mean, variance, largest step) is that of the place s where the
    function is wanted: an error weighs with the probability of going there, and is brought below
    `allowed` where rounding lets it. joining: whether neighbours may become one piece.
    Returns the number of pieces, or −1 if there is no room for them, the expected error, and the
    relative error that rounding makes beside it.
    """
    knots, orders, _, _, _, _, _, _ = F
    low, high = interval
    capacity = out[5].shape[0]
    values = np.empty(NODES)
    upper = np.empty(NODES // 2)
    stack = np.empty(DEEPEST)
    stack_order = np.empty(DEEPEST, np.int64)
    softer = 1 if p == 1.0 else 0

    begin(out, low)
    pieces = 0
    noise = ROUNDING
    here = piece_of(knots, count, 0, low)
    there = piece_of(knots, count, here, low + w)
    right = low
    while right < high:
        # piece by piece of F: a new one never reaches over an old breakpoint
        while here + 1 < count and knots[here + 1] <= right + NARROW * abs(right):
            here += 1
        right = high
        order = NO_JUMP
        if here + 1 < count and knots[here + 1] < high - NARROW * abs(high):
            right = knots[here + 1]
            order = orders[here + 1] + softer
        stack[0] = right
        stack_order[0] = order
        depth = 1
        while depth:
            left = out[0][pieces]
            stop = stack[depth - 1]
            same = left == knots[here] and stop == knots[here + 1]
            size = 0.0
            for m in range(NODES):
                s = left + 0.5 * (stop - left) * (1.0 + ABSCISSAE[m])
                if m == NODES - 1:
                    s = stop
                there = piece_of(knots, count, there, s + w)
                values[m], x = _mixture(F, w, p, s, here, there, m if same else -1)
                size = max(size, x)
            half, tail = tails(values, upper)
            reach = _reach(law, left, stop)
            narrow = stop - left <= NARROW * max(abs(left), abs(stop))
            done = narrow or depth == DEEPEST or _settled(tail, size, values, reach, allowed)
            if not done:
                stack[depth], stack_order[depth] = _jump_between(F, count, left, stop, w)
                depth += 1
                continue
            if pieces == capacity:
                return -1, math.inf, math.inf
            error = TAIL * tail
            if error <= NOISE * size:
                noise = max(noise, ROUNDING + error / (size + TINY))
                error = 0.0
            depth -= 1
            pieces = append(out, pieces, stop, stack_order[depth], values, half, error)
            before = -1
            while joining and pieces > 1 and pieces != before:
                before = pieces
                pieces = _join(out, pieces, law, allowed, values, upper)
    return pieces, _expected_error(out, pieces, law), noise
