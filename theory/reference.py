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
    ROUNDING,
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
    begin(out, low)
    pieces = 0
    values = np.empty(NODES)
    right = -a
    while pieces == 0 or out[0][pieces] < high:
        left = out[0][pieces]
        order = NO_JUMP
        if left < -a:
            right = -a
            order = 2
        elif left < -1e-3 * a:  # pieces that shrink: rounding is relative to their largest value
            right = 0.25 * left
        elif left < 0.0:
            right = 0.0
            order = 2 if a > 0.0 else 1
        else:
            right = max(4.0 * left, 1e-3)
        right = min(right, high)
        for m in range(NODES):
            values[m] = _own(a, p, left + 0.5 * (right - left) * (1.0 + ABSCISSAE[m]))
        error = ROUNDING * max(values[0], values[NODES - 1])
        pieces = append(out, pieces, right, order, values, 0.0, error)
    return pieces


@njit(**COMPILE)
def row_loss(g, i, b, density, rtol, guess, first, second):
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
    mean = np.empty(active + 1)
    variance = np.empty(active + 1)
    low[active] = high[active] = mean[active] = b
    variance[active] = 0.0
    for k in range(active - 1, -1, -1):
        j = index[k]
        w = g[j]
        q = density[j]
        low[k] = low[k + 1] + min(w, 0.0)
        high[k] = high[k + 1] + max(w, 0.0)
        mean[k] = mean[k + 1] + 0.5 * q * w
        variance[k] = variance[k + 1] + w * w * q * (1.0 / 3.0 - 0.25 * q)
    a = g[i]
    p = density[i]
    if active == 0:
        value = _own(a, p, b)
        return value, 1e-15 * value, 0
    allowed = rtol * guess / active
    F, G = first, second
    count = _payoff(a, p, low[0], high[0], F)
    most = count
    bound = 0.0
    for k in range(active - 1):
        j = index[k]
        law = (mean[k + 1], variance[k + 1], abs(g[index[k + 1]]))
        count, error = average(
            F, count, g[j], density[j], low[k + 1], high[k + 1], law, allowed, G
        )
        if count < 0:
            return math.nan, math.inf, most
        bound += error
        most = max(most, count)
        F, G = G, F
    j = index[active - 1]
    value, error = average_at(F, count, g[j], density[j], b)
    return value, bound + error, most
