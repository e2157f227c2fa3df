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

from theory.loss.piecewise import (
    ABSCISSAE,
    AFTER,
    BEFORE,
    ERROR,
    HALF,
    KNOT,
    NO_JUMP,
    NODES,
    ORDER,
    REST,
    SIZE,
    TOTAL,
    VALUE,
    append,
    begin,
    in_order,
    local,
    mean_inside,
    piece_of,
    polynomial,
    polynomials,
    tabulate,
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


@in_order
def _mixtures(marks, tables, w, p, s, here, there, at_nodes, space, values):
    """(1 − p) F(s) + p ∫₀¹ F(s + w x) dx at points s, in pieces `here`; s + w in pieces `there`.

    at_nodes: whether s are the nodes of one piece. s, here, there and values are (k,), space is
    (4, k). Puts the mixtures into values and returns what their rounding is relative to.
    """
    outward, inward = (AFTER, BEFORE) if w > 0.0 else (BEFORE, AFTER)
    x, value, near, far = space
    for m in range(s.shape[0]):
        x[m] = local(marks, there[m], s[m] + w)
    polynomials(tables, inward, there, x, far)
    if at_nodes:
        for m in range(s.shape[0]):
            value[m] = tables[here[0], VALUE + m]
            near[m] = tables[here[0], outward + m]
    else:
        for m in range(s.shape[0]):
            x[m] = local(marks, here[m], s[m])
        polynomials(tables, VALUE, here, x, value)
        polynomials(tables, outward, here, x, near)
    at_left, at_right = (near, far) if w > 0.0 else (far, near)
    largest = 0.0
    for m in range(s.shape[0]):
        left = min(s[m], s[m] + w)
        right = max(s[m], s[m] + w)
        i = min(here[m], there[m])
        j = max(here[m], there[m])
        if left == right:
            mean = value[m]
            size = marks[i, SIZE]
        elif i == j:
            mean = mean_inside(marks, tables, i, left, right)
            size = marks[i, SIZE]
        else:
            before = marks[i + 1, KNOT] - left
            after = right - marks[j, KNOT]
            between = marks[j, TOTAL] - marks[i + 1, TOTAL]
            between += marks[j, REST] - marks[i + 1, REST]
            area = before * at_left[m] + between + after * at_right[m]
            # the widths as summed, not w: rounding of the ends then cancels
            width = before + (marks[j, KNOT] - marks[i + 1, KNOT]) + after
            mean = area / width
            size = (before * marks[i, SIZE] + after * marks[j, SIZE] + area) / width
        values[m] = mean if p == 1.0 else (1.0 - p) * value[m] + p * mean
        largest = max(largest, (1.0 - p) * marks[here[m], SIZE] + p * size)
    return largest


@in_order
def average_at(F, count, w, p, s):
    """(1 − p) F(s) + p ∫₀¹ F(s + w x) dx at one point, and its rounding."""
    marks, tables = F
    point = np.full(1, s)
    here = np.full(1, piece_of(marks, count, 0, s))
    there = np.full(1, piece_of(marks, count, here[0], s + w))
    value = np.empty(1)
    size = _mixtures(marks, tables, w, p, point, here, there, False, np.empty((4, 1)), value)
    return value[0], ROUNDING * size


@in_order
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


@in_order
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


@in_order
def _join(F, count, law, allowed, values):
    """Replace the last two pieces by one if one polynomial fits both; returns the new count."""
    marks, tables = F
    left = marks[count - 2, KNOT]
    middle = marks[count - 1, KNOT]
    right = marks[count, KNOT]
    reach = _reach(law, left, right)
    for j in (count - 2, count - 1):
        half = marks[j, HALF]
        if half * math.sqrt(reach) > allowed and half > NOISE * marks[j, SIZE]:
            return count
    for m in range(NODES):
        s = left + 0.5 * (right - left) * (1.0 + ABSCISSAE[m])
        j = count - 2 if s < middle else count - 1
        values[m] = polynomial(tables, VALUE, j, local(marks, j, s))
    tabulate(tables, count, values)
    half, tail = tails(tables, count)
    size = min(marks[count - 2, SIZE], marks[count - 1, SIZE])
    if not _settled(tail, size, values, reach, 0.5 * allowed):
        return count
    error = max(marks[count - 2, ERROR], marks[count - 1, ERROR])
    if TAIL * tail > NOISE * size:
        error += TAIL * tail
    for m in range(tables.shape[1]):
        tables[count - 2, m] = tables[count, m]
    return append(F, count - 2, right, marks[count, ORDER], half, error)


@in_order
def _jump_between(marks, count, left, right, w):
    """Where in (left, right) the strongest jump lies that −w brings there, and its order."""
    margin = NARROW * max(abs(left), abs(right))
    middle = 0.5 * (left + right)
    best = SMOOTH + 1.0
    place = middle
    j = piece_of(marks, count, count // 2, left + w) + 1
    while j < count and marks[j, KNOT] - w < right - margin:
        s = marks[j, KNOT] - w
        order = marks[j, ORDER] + 1.0
        nearer = order == best and abs(s - middle) < abs(place - middle)
        if s > left + margin and (order < best or nearer):
            best = order
            place = s
        j += 1
    if best > SMOOTH:
        return middle, NO_JUMP
    return place, best


@in_order
def _expected_error(F, count, law):
    """A bound on the error that these pieces make where the path goes through them."""
    marks, _ = F
    worst = np.zeros(64)  # of the pieces that are reached with probability e^{−k/2} at most
    for j in range(count):
        reach = _reach(law, marks[j, KNOT], marks[j + 1, KNOT])
        if reach > 1e-13:
            k = int(-2.0 * math.log(reach))
            worst[k] = max(worst[k], marks[j, ERROR])
        else:
            worst[63] += 1e13 * reach * marks[j, ERROR]
    total = 0.0
    for k in range(64):
        total += math.exp(-0.5 * k) * worst[k]
    return total


@in_order
def average(F, count, w, p, interval, law, allowed, joining, out):
    """(1 − p) F(s) + p ∫₀¹ F(s + w x) dx, as pieces put into `out`.

    interval = (low, high) is where s lies; F has `count` pieces from low + min(w, 0) to
    high + max(w, 0). law = (mean, variance, largest step) is that of the place s where the
    function is wanted: an error weighs with the probability of going there, and is brought below
    `allowed` where rounding lets it. joining: whether neighbours may become one piece.
    Returns the number of pieces, or −1 if there is no room for them, the expected error, and the
    relative error that rounding makes beside it.
    """
    marks, tables = F
    low, high = interval
    capacity = out[1].shape[0] - 1
    s = np.empty(NODES)
    home = np.empty(NODES, np.int64)
    ends = np.empty(NODES, np.int64)
    space = np.empty((4, NODES))
    values = np.empty(NODES)
    stack = np.empty(DEEPEST)
    stack_order = np.empty(DEEPEST)
    softer = 1 if p == 1.0 else 0

    begin(out, low)
    pieces = 0
    noise = ROUNDING
    here = piece_of(marks, count, 0, low)
    there = piece_of(marks, count, here, low + w)
    right = low
    while right < high:
        # piece by piece of F: a new one never reaches over an old breakpoint
        while here + 1 < count and marks[here + 1, KNOT] <= right + NARROW * abs(right):
            here += 1
        right = high
        order = NO_JUMP
        if here + 1 < count and marks[here + 1, KNOT] < high - NARROW * abs(high):
            right = marks[here + 1, KNOT]
            order = marks[here + 1, ORDER] + softer
        stack[0] = right
        stack_order[0] = order
        depth = 1
        while depth:
            left = out[0][pieces, KNOT]
            stop = stack[depth - 1]
            same = left == marks[here, KNOT] and stop == marks[here + 1, KNOT]
            for m in range(NODES):
                s[m] = left + 0.5 * (stop - left) * (1.0 + ABSCISSAE[m])
                if m == NODES - 1:
                    s[m] = stop
                there = piece_of(marks, count, there, s[m] + w)
                home[m] = here
                ends[m] = there
            size = _mixtures(marks, tables, w, p, s, home, ends, same, space, values)
            tabulate(out[1], pieces, values)
            half, tail = tails(out[1], pieces)
            reach = _reach(law, left, stop)
            narrow = stop - left <= NARROW * max(abs(left), abs(stop))
            done = narrow or depth == DEEPEST or _settled(tail, size, values, reach, allowed)
            if not done:
                stack[depth], stack_order[depth] = _jump_between(marks, count, left, stop, w)
                depth += 1
                continue
            if pieces == capacity:
                return -1, math.inf, math.inf
            error = TAIL * tail
            if error <= NOISE * size:
                noise = max(noise, ROUNDING + error / (size + TINY))
                error = 0.0
            depth -= 1
            pieces = append(out, pieces, stop, stack_order[depth], half, error)
            before = -1
            while joining and pieces > 1 and pieces != before:
                before = pieces
                pieces = _join(out, pieces, law, allowed, values)
    return pieces, _expected_error(out, pieces, law), noise
