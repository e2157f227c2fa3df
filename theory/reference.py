"""The reference engine: the exact expected loss to twelve digits."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import ArrayLike

from theory.expected_loss import model_arrays
from theory.features import Array, FeatureDistribution
from theory.piecewise import (
    ABSCISSAE,
    COMPILE,
    NO_JUMP,
    NODES,
    TO_COEFFICIENTS,
    append,
    average,
    average_at,
    begin,
    room,
)

FLOOR = 1e-6  # of p/3: values below it are as good as nothing


@njit(**COMPILE)
def _own(a, p, c):
    """(1 − p) c₊² + p ∫₀¹ (x − (a x + c)₊)² dx, by sums of squares."""
    if c >= 0.0:
        start = 0.0
    elif a + c <= 0.0:
        start = 1.0
    else:
        start = -c / a
    d = 1.0 - a
    left = d * start - c
    right = d - c
    rest = (1.0 - start) * (left * left + left * right + right * right) / 3.0
    positive = max(c, 0.0)
    return (1.0 - p) * positive * positive + p * (start * start * start / 3.0 + rest)


@njit(**COMPILE)
def _payoff(a, p, low, high, out):
    begin(out, low, NO_JUMP)
    pieces = 0
    values = np.empty(NODES)
    c = np.empty(NODES)
    for kink in range(3):
        right = high
        order = NO_JUMP
        if kink < 2:
            right = -a if kink == 0 else 0.0
            order = 2 if a > 0.0 else 1
        left = out[0][pieces]
        if right <= left or right > high or (kink == 1 and a == 0.0):
            continue
        for m in range(NODES):
            values[m] = _own(a, p, left + 0.5 * (right - left) * (1.0 + ABSCISSAE[m]))
        for k in range(NODES):
            c[k] = 0.0
            if k < 4:
                for m in range(NODES):
                    c[k] += TO_COEFFICIENTS[k, m] * values[m]
        largest = values.max()
        pieces = append(out, pieces, right, order, c, largest, 1e-15 * largest)
    return pieces


@njit(**COMPILE)
def row_loss(g, i, b, density, first, second):
    """E (x_i − ReLU(Σ_j g_j x_j + b))² and its error bound; NaN if there was no room."""
    n = g.shape[0]
    order = np.argsort(-np.abs(g), kind="mergesort")
    index = np.empty(n, np.int64)
    active = 0
    for j in order:
        if j != i and g[j] != 0.0:
            index[active] = j
            active += 1
    low = np.empty(active + 1)
    high = np.empty(active + 1)
    low[active] = high[active] = b
    for k in range(active - 1, -1, -1):
        w = g[index[k]]
        low[k] = low[k + 1] + min(w, 0.0)
        high[k] = high[k + 1] + max(w, 0.0)
    a = g[i]
    p = density[i]
    if active == 0:
        value = _own(a, p, b)
        return value, 1e-15 * value, 0
    floor = FLOOR * p / 3.0
    F, G = first, second
    count = _payoff(a, p, low[0], high[0], F)
    most = count
    for k in range(active - 1):
        j = index[k]
        count = average(F, count, g[j], density[j], low[k + 1], high[k + 1], floor, G)
        if count < 0:
            return math.nan, math.inf, most
        most = max(most, count)
        F, G = G, F
    j = index[active - 1]
    value, bound = average_at(F, count, g[j], density[j], b)
    return value, bound, most
