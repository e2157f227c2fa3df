"""The expected loss of the models with a hidden ReLU: exact where it counts, quadrature elsewhere.

An output of these models depends on its input through n_hidden kinks, so that no one-dimensional
integral gives its loss. The law of x is split by the number k of active features instead:

    L = P(0) Σ_i I_i ReLU(b_i)² + Σ_j P(only j) L_j + Σ_{k≥2} P(k) E[Σ_i I_i (t_i − x'_i)² | k]

k = 0 is a number; with feature j alone every output is linear up to one kink, so that L_j is a sum
of cubics; the rest is a scrambled Sobol sequence, fixed once and for all, whose first coordinate
chooses k with a chance proportional to k P(k), and the others the active features (by the
conditional law of the sequence of Bernoulli variables, one coordinate each) and their values. The
sum is unbiased over the scrambles, deterministic, and has a gradient: what an optimiser wants.

Reference: Owen 1997, "Scrambled net variance for integrals of smooth functions", Ann. Statist. 25.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from theory.features import Array
from theory.loss.kernels import compiled, vector
from training.lbfgs import LOSS, USED, advance, begin, patience_for

LANES = 16  # outputs are padded to a multiple, so that the inner loops are vectors throughout
NEGLIGIBLE = 1e-16  # numbers of active features rarer than this are left out


class Strata(NamedTuple):
    """P(0), P(only j), and points with k ≥ 2 active features: their place, value and weight.

    Point s has the active features index[first[s] : first[s + 1]] with their values.
    """

    none: float
    alone: Array
    first: np.ndarray
    index: np.ndarray
    value: Array
    weight: Array


def strata(density: Array, points: int, *, signed: bool, seed: int | list[int]) -> Strata:
    """Split the law of x, density (n,), with `points` points (a power of two) for k ≥ 2.

    Values are uniform on [0, 1), or on [−1, 1) if `signed`.

    >>> split = strata(np.full(3, 0.1), 8, signed=False, seed=0)
    >>> float(split.none.round(3)), split.alone.round(3), float(split.weight.sum().round(3))
    (0.729, array([0.081, 0.081, 0.081]), 0.029)
    """
    n = len(density)
    table = _chances(density)
    alone = np.array([density[j] * np.prod(1 - np.delete(density, j)) for j in range(n)])
    chance = table[0, 2:]
    if not (chance > NEGLIGIBLE).any():
        nothing = np.zeros(0, np.int64)
        return Strata(table[0, 0], alone, np.zeros(1, np.int64), nothing, np.zeros(0), np.zeros(0))

    from scipy.stats import qmc  # slow to import

    most = 2 + int(np.flatnonzero(chance > NEGLIGIBLE)[-1])
    number = np.arange(2, most + 1)
    share = chance[: most - 1] * number
    share /= share.sum()
    source = np.random.default_rng(seed)  # the argument is called rng from scipy 1.15 on
    sobol = qmc.Sobol(1 + 2 * most, scramble=True, seed=source)  # type: ignore[call-arg]
    unit = sobol.random_base2(points.bit_length() - 1)
    chosen = np.minimum(np.searchsorted(share.cumsum(), unit[:, 0], "right"), most - 2)
    first = np.concatenate([[0], number[chosen].cumsum()])
    index, value = _place(unit, density, table, first)
    weight = chance[chosen] / (share[chosen] * len(unit))
    return Strata(table[0, 0], alone, first, index, 2 * value - 1 if signed else value, weight)


def _chances(density: Array) -> Array:
    """table[j, k]: the chance that k of the features from j on are active."""
    n = len(density)
    table = np.zeros((n + 1, n + 1))
    table[n, 0] = 1.0
    for j in range(n - 1, -1, -1):
        table[j] = (1 - density[j]) * table[j + 1]
        table[j, 1:] += density[j] * table[j + 1, :-1]
    return table


@compiled
def _place(unit, density, table, first):
    """Active features in ascending order, each by the law of the next given those before it."""
    n = density.shape[0]
    index = np.empty(first[-1], np.int64)
    value = np.empty(first[-1])
    for s in range(unit.shape[0]):
        count = first[s + 1] - first[s]
        j = 0
        for a in range(count):
            left = count - a
            u = unit[s, 1 + 2 * a] * table[j, left]
            skipped = 1.0
            while True:
                u -= skipped * density[j] * table[j + 1, left - 1]
                if u < 0.0 or n - j <= left:
                    break
                skipped *= 1.0 - density[j]
                j += 1
            index[first[s] + a] = j
            value[first[s] + a] = unit[s, 2 + 2 * a]
            j += 1
    return index, value


@compiled
def _forward(hidden, readout, z):
    """z += readoutᵀ hidden, of the neurons that fire."""
    for k in range(hidden.shape[0]):
        h = hidden[k]
        if h > 0.0:
            row = readout[k]
            for i in range(z.shape[0]):
                z[i] += h * row[i]


@compiled
def _backward(hidden, readout, slope, to_hidden, to_readout):
    """The derivatives by the neurons that fire, and by their readout, from those by z."""
    for k in range(hidden.shape[0]):
        h = hidden[k]
        to_hidden[k] = 0.0
        if h > 0.0:
            row = readout[k]
            to_row = to_readout[k]
            total = 0.0
            for i in range(slope.shape[0]):
                total += row[i] * slope[i]
                to_row[i] += h * slope[i]
            to_hidden[k] = total


@compiled
def _alone(j, gain, b, importance, mass, slope, to_b, rows):
    """Add mass I_i ∫₀¹ (δ_ij u − ReLU(b_i + g_i u))² du to the rows; derivatives by g and b.

    An output is positive on an interval [lo, hi] of u; there the moments of u are all it takes.
    """
    for i in range(gain.shape[0]):
        g = gain[i]
        offset = b[i]
        own = 1.0 if i == j else 0.0
        root = -offset / (g if g != 0.0 else 1.0)
        root = min(max(root, 0.0), 1.0)
        lo = root if g > 0.0 else 0.0
        hi = root if g < 0.0 else 1.0
        hi = 0.0 if g == 0.0 and offset <= 0.0 else hi
        zero = hi - lo
        one = 0.5 * (hi * hi - lo * lo)
        two = (hi * hi * hi - lo * lo * lo) / 3.0
        excess = g - own
        scale = mass * importance[i]
        rows[i] += scale * (
            own / 3.0
            + offset * offset * zero
            + 2.0 * offset * excess * one
            + g * (excess - own) * two
        )
        slope[i] = 2.0 * scale * (offset * one + excess * two)
        to_b[i] += 2.0 * scale * (offset * zero + excess * one)


@compiled
def strata_loss(W, readout, b, importance, absolute, split, dW, d_readout, db, rows):
    """Σ_i I_i E (t_i − ReLU(Σ_k readout_ki ReLU(Σ_j W_jk x_j) + b_i))² over the strata.

    t = |x| if `absolute` (x is signed then), else x. W, dW (n, m); readout, d_readout (m, padded);
    b, importance, db, rows (padded,): padded to whole LANES with zeros. The gradients are filled,
    and rows with the weighted losses of the outputs, whose sum is returned.
    """
    n, m = W.shape
    padded = b.shape[0]
    hidden = vector(m)
    to_hidden = vector(m)
    z = np.empty(padded)
    slope = np.empty(padded)
    target = np.zeros(padded)
    dW[:, :] = 0.0
    d_readout[:, :] = 0.0
    for i in range(padded):
        out = max(b[i], 0.0)
        rows[i] = split.none * importance[i] * out * out
        db[i] = 2.0 * split.none * importance[i] * out

    signs = 2 if absolute else 1
    for j in range(n):
        mass = split.alone[j] / signs
        if mass == 0.0:
            continue
        for side in range(signs):
            sign = 1.0 - 2.0 * side
            for k in range(m):
                hidden[k] = max(sign * W[j, k], 0.0)
            z[:] = 0.0
            _forward(hidden, readout, z)
            _alone(j, z, b, importance, mass, slope, db, rows)
            _backward(hidden, readout, slope, to_hidden, d_readout)
            for k in range(m):
                dW[j, k] += sign * to_hidden[k]

    for s in range(split.weight.shape[0]):
        weight = split.weight[s]
        hidden[:] = 0.0
        for a in range(split.first[s], split.first[s + 1]):
            x = split.value[a]
            j = split.index[a]
            target[j] = abs(x)
            for k in range(m):
                hidden[k] += x * W[j, k]
        z[:] = b
        _forward(hidden, readout, z)
        for i in range(padded):
            out = max(z[i], 0.0)
            scaled = weight * importance[i] * (out - target[i])
            rows[i] += scaled * (out - target[i])
            step = 2.0 * scaled if z[i] > 0.0 else 0.0
            slope[i] = step
            db[i] += step
        _backward(hidden, readout, slope, to_hidden, d_readout)
        for a in range(split.first[s], split.first[s + 1]):
            x = split.value[a]
            j = split.index[a]
            target[j] = 0.0
            for k in range(m):
                dW[j, k] += x * to_hidden[k]
    return rows.sum()


@compiled
def output_losses(W, readout, b, importance, absolute, split):
    """I_i E (t_i − y'_i)² of every output, (n,); W, readout (n, m), b, importance (n,)."""
    n, m = W.shape
    wide, offset, share, to_wide, to_offset, rows = _padded(n, m)
    wide[:, :n] = readout.T
    offset[:n] = b
    share[:n] = importance
    dW = np.empty((n, m))
    strata_loss(W, wide, offset, share, absolute, split, dW, to_wide, to_offset, rows)
    return rows[:n]


@compiled
def _padded(n, m):
    """Room for readout, b and importance, their gradients and the rows, in whole LANES."""
    size = LANES * ((n + LANES - 1) // LANES)
    return (
        np.zeros((m, size)),
        np.zeros(size),
        np.zeros(size),
        np.empty((m, size)),
        np.empty(size),
        np.empty(size),
    )


@compiled
def minimise_stratified(W, readout, b, importance, absolute, split, longest, gtol, ftol, limit):
    """Descend from (W, readout, b), in place; returns (loss, evaluations used).

    W, readout (n, m), b, importance (n,). Without `absolute` the readout is W. `longest` caps the
    length of a step per feature; the other limits are those of `training.lbfgs.advance`.
    """
    n, m = W.shape
    weights = n * m
    matrices = 2 if absolute else 1
    x = vector(matrices * weights + n)
    x[:weights] = W.reshape(weights)
    if absolute:
        x[weights : 2 * weights] = readout.T.copy().reshape(weights)
    x[matrices * weights :] = b
    machine = begin(x, longest * math.sqrt(n))
    trial_W = machine.trial[:weights].reshape(n, m)
    trial_b = machine.trial[matrices * weights :]
    dW = machine.slope[:weights].reshape(n, m)
    wide, offset, share, to_wide, to_offset, rows = _padded(n, m)
    share[:n] = importance
    going = True
    while going:
        if absolute:
            wide[:, :n] = machine.trial[weights : 2 * weights].reshape(m, n)
        else:
            wide[:, :n] = trial_W.T
        offset[:n] = trial_b
        loss = strata_loss(
            trial_W, wide, offset, share, absolute, split, dW, to_wide, to_offset, rows
        )  # fmt: skip
        if absolute:
            machine.slope[weights : 2 * weights].reshape(m, n)[:, :] = to_wide[:, :n]
        else:
            dW += to_wide[:, :n].T
        machine.slope[matrices * weights :] = to_offset[:n]
        going = advance(machine, loss, gtol, ftol, patience_for(machine.x.size), limit)
    W[:, :] = machine.x[:weights].reshape(n, m)
    if absolute:
        readout[:, :] = machine.x[weights : 2 * weights].reshape(m, n).T
    b[:] = machine.x[matrices * weights :]
    return machine.number[LOSS], int(machine.number[USED])
