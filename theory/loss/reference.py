"""The reference engine: the exact expected loss to twelve digits, with an error bound."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from geometry.arguments import real, truth
from theory.features import Array, FeatureDistribution, checked_features
from theory.loss.averaging import ROUNDING, SPAN, average, average_at
from theory.loss.expected_loss import model_arrays
from theory.loss.piecewise import (
    ABSCISSAE,
    KNOT,
    NO_JUMP,
    NODES,
    append,
    begin,
    in_order,
    room,
    tabulate,
)

RTOL = 1e-12
ATTEMPTS = 5
PIECES = 1024  # a function has a few hundred at most unless digits run out
MOST_PIECES = 2**15
ROUGH = 1e-3  # relative to p: the first attempt, which shows how large the loss is
SHARE = 0.5  # of the error that may remain: what the next attempt aims at
JOIN = 6  # steps from one attempt to join pieces to the next
UNSEEN = 1e-15  # relative to s
LARGEST = 1e100
LEAST = 1e-3  # of p/3: accuracy is relative to the loss of the output, or to this where it is less


def exact_reference_loss(
    W: ArrayLike,
    b: ArrayLike,
    features: FeatureDistribution,
    *,
    per_feature: bool = False,
    rtol: float = RTOL,
) -> Array | float:
    """The exact expected loss to twelve digits: slow, and independent of the fast engine.

        L(W, b) = Σ_i I_i F_n(b_i),   F_j(s) = (1 − p_j) F_{j−1}(s) + p_j ∫₀¹ F_{j−1}(s + g_j x) dx,

    where g is row i of W Wᵀ and F_0(s) = E (x_i − ReLU(g_i x_i + s))² is piecewise cubic. The
    partners j ≠ i are averaged over one by one, the largest overlap first, so that F_j is needed
    only within reach of those that are left: weights of any scale are resolved, and no strata, no
    transform and no cancellation enter. Shapes as in `expected_loss`: W (..., n_features, n_hidden)
    and b (..., n_features); returns (...), or with per_feature the importance-weighted losses of
    the outputs (..., n_features).

    `rtol` bounds the estimated error of every output, relative to its loss (or to p_i/3000 where
    the loss is less). The estimate adds up, in squares over the partners, what the polynomials
    leave and what rounding does. At n = 400 a minute or so where features are sparse, and under
    15 s at rtol = 1e-9. Outputs without importance are not computed.

    Raises ValueError as `expected_loss`, and for sets of features or amplitudes other than uniform;
    ArithmeticError where an output cannot be had to `rtol`: it never returns less.

    >>> features = FeatureDistribution(2, density=0.1)
    >>> loss = exact_reference_loss([[1.0], [-1.0]], [0.0, 0.0], features)
    >>> round(loss, 15)  # a digon: 2 · p²/6
    0.003333333333333

    Reference: the definition of the loss, Elhage et al. 2022, "Toy Models of Superposition",
    section 2.
    """
    if checked_features(features).groups or features.amplitude != "uniform":
        raise ValueError(
            f"expected independent features with uniform amplitudes, got groups={features.groups} "
            f"and amplitude={features.amplitude!r}; use expected_loss for these"
        )
    rtol, per_feature = real("rtol", rtol), truth("per_feature", per_feature)
    if not rtol > 0:
        raise ValueError(f"expected rtol > 0, got {rtol}; 1e-12 is the default")
    weights, bias, density, importance = model_arrays(W, b, features)
    density = np.array(density)  # writable: one compiled signature
    rows = np.zeros_like(bias)
    rooms = (room(PIECES), room(PIECES))
    for k in np.ndindex(bias.shape[:-1]):
        with np.errstate(over="ignore"):
            overlaps = np.einsum("ih,jh->ij", weights[k], weights[k])
        if not max(np.abs(overlaps).max(), np.abs(bias[k]).max()) < LARGEST:
            raise ValueError(
                f"expected weights whose loss is a finite number, got |W| up to "
                f"{np.abs(weights).max():.3g} and |b| up to {np.abs(bias).max():.3g}; "
                "scale them down"
            )
        for i in np.flatnonzero(importance[k]):
            value, rooms = _output_loss(overlaps[i], i, bias[(*k, i)], density[k], rtol, rooms)
            rows[(*k, i)] = importance[(*k, i)] * value
    if per_feature:
        return rows
    loss = rows.sum(axis=-1)
    return loss if loss.ndim else float(loss)


def _output_loss(g, i, b, density, rtol, rooms):
    """The loss of output i to rtol, by tightening what the steps may lose; and the rooms, grown."""
    allowed = max(rtol, ROUGH) * density[i]
    error = floor = 1.0
    for _ in range(ATTEMPTS):
        value, error = row_loss(g, i, b, density, allowed, *rooms)
        while error == math.inf and len(rooms[0][1]) < MOST_PIECES:
            rooms = tuple(room(4 * len(rooms[0][1])) for _ in range(2))
            value, error = row_loss(g, i, b, density, allowed, *rooms)
        if error == math.inf:
            break
        floor = max(value, LEAST * density[i] / 3.0)
        if error <= rtol * floor:
            return value, rooms
        allowed = SHARE * rtol * floor * min(1.0, allowed / error)
    raise ArithmeticError(
        f"expected the loss of output {i} to {rtol:g}, reached {error / floor:.1e} only; "
        "ask for less with rtol"
    )


@in_order
def _own(a, p, s):
    """E (x − ReLU(a x + s))² over the output's own feature, a sum of squares."""
    if s >= 0.0:
        start = 0.0
    elif a + s <= 0.0:
        start = 1.0
    else:
        start = -s / a
    left = (1.0 - a) * start - s
    right = (1.0 - a) - s
    on = (1.0 - start) * (left * left + left * right + right * right)
    positive = max(s, 0.0)
    return (1.0 - p) * positive * positive + p * (start * start * start + on) / 3.0


@in_order
def _payoff(a, p, low, high, out):
    """The function `_own` of s on [low, high], as pieces put into `out`.

    Its jumps lie at 0 and −a. Around zero pieces shrink, because rounding is relative to the
    largest value of a piece.
    """
    begin(out, low)
    pieces = 0
    values = np.empty(NODES)
    while pieces == 0 or out[0][pieces, KNOT] < high:
        left = out[0][pieces, KNOT]
        order = NO_JUMP
        if left < -a:
            right = -a
            order = 2
        elif left < -1e-3 * a:
            right = 0.25 * left
        elif left < 0.0:
            right = 0.0
            order = 2 if a > 0.0 else 1
        else:
            right = max(4.0 * left, 1e-3)
        right = min(right, high)
        for m in range(NODES):
            values[m] = _own(a, p, left + 0.5 * (right - left) * (1.0 + ABSCISSAE[m]))
        tabulate(out[1], pieces, values)
        pieces = append(out, pieces, right, order, 0.0, 0.0)
    return pieces


@in_order
def row_loss(g, i, b, density, allowed, first, second):
    """E (x_i − ReLU(Σ_j g_j x_j + b))² and its estimated error, which is to be near `allowed`.

    g and density (n,); first and second are rooms. The error is infinite if they are too small.
    """
    n = g.shape[0]
    index = np.empty(n, np.int64)
    active = 0
    for j in np.argsort(-np.abs(g), kind="mergesort"):
        if j != i and g[j] != 0.0:
            index[active] = j
            active += 1
    a = g[i]
    p = density[i]
    # b and what the partners from the k-th on can add to it
    low = np.full(active + 1, b)
    high = np.full(active + 1, b)
    mean = np.full(active + 1, b)
    variance = np.zeros(active + 1)
    for k in range(active - 1, -1, -1):
        w = g[index[k]]
        q = density[index[k]]
        low[k] = low[k + 1] + min(w, 0.0)
        high[k] = high[k + 1] + max(w, 0.0)
        mean[k] = mean[k + 1] + 0.5 * q * w
        variance[k] = variance[k + 1] + w * w * q * (1.0 / 3.0 - 0.25 * q)

    # the partner after which the others change s by no more than its rounding, or −1
    last = -1
    while high[last + 1] - low[last + 1] > UNSEEN * max(abs(low[last + 1]), abs(high[last + 1])):
        last += 1

    if last < 0:
        value = _own(a, p, mean[0])
        return value, ROUNDING * value

    F = first
    G = second
    count = _payoff(a, p, low[0], high[0], F)
    step = allowed / math.sqrt(active)
    square = 0.0
    rounding = 0.0
    for k in range(last):
        j = index[k]
        law = (mean[k + 1], variance[k + 1], abs(g[index[k + 1]]))
        interval = (low[k + 1], high[k + 1])
        joining = k % JOIN == 0
        count, error, noise = average(F, count, g[j], density[j], interval, law, step, joining, G)
        if count < 0:
            return math.nan, math.inf
        square += error * error
        rounding += noise * noise
        F, G = G, F
    j = index[last]
    value, error = average_at(F, count, g[j], density[j], mean[last + 1])
    # positive averages of relative errors: relative to the loss, but for the span of a piece
    return value, math.sqrt(square + error * error + rounding * (SPAN * value) ** 2)
