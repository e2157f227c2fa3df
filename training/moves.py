"""Moves between local optima: crowded features go where hidden space is emptiest, or fall silent.

A descent cannot carry a feature across others. What it leaves is a packing with features that
cost more than their share, and with holes elsewhere.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from theory.features import Array
from theory.loss.kernels import compiled, vector
from training.problem import Problem

REPRESENTED = 0.5  # the norm above which a feature is represented
DEAD = 0.1  # the norm below which nothing but a remainder is left
EXCESS = 0.01  # a crowded feature costs this much more than its share
MOST = 0.4  # of the features that move at once; few moves leave a glassy packing as it is
TRIES = 32  # random directions per moved feature, beside the antipodes of all others
REFINED = 4  # of them all that descend on the sphere
STEPS = 15


def crowded_features(
    W: Array, b: Array, problem: Problem, *, represented: bool = False
) -> tuple[NDArray[np.intp], float]:
    """Features that cost more than their share of the loss, the most crowded first.

    The share of feature i is the part I_i Var(x_i) of what is at stake. A feature that was lost
    costs all of it; in a perfect packing of equal features none is crowded. Or only of those
    `represented`, in shares of what they cost together. Also returns what those features cost
    above their shares, relative to the loss.
    """
    cost = problem.importance * problem.output_losses(W, b)
    counted = np.linalg.norm(W, axis=1) > REPRESENTED if represented else np.full(len(b), True)
    share = problem.share * (cost[counted].sum() / max(problem.share[counted].sum(), 1e-300))
    excess = np.where(counted & (cost > share * (1 + EXCESS)), cost - share, 0.0)
    order = np.argsort(-excess, kind="stable")
    crowded = order[: min(np.count_nonzero(excess), math.ceil(MOST * len(b)))]
    return crowded, float(excess[crowded].sum() / cost.sum()) if len(crowded) else 0.0


def relocated(
    W: Array,
    b: Array,
    problem: Problem,
    crowded: NDArray[np.intp],
    rng: np.random.Generator,
) -> tuple[Array, Array] | None:
    """W and b with the crowded features in the emptiest directions, at typical norm and bias.

    One after the other each takes the direction u that minimises the squared interference with
    those that have their place, where one feature is active (the L₁ of the paper):

        Σ_j (p_i I_j h(g_j, b_j) + p_j I_i h(g_j, b_i))²,   g_j = W_i · W_j,
        h(g, b) = ∫₀¹ ReLU(g x + b)² dx.

    Squared, because the plain sum would rather lie on top of one feature than between two. The
    uniform h serves for all amplitudes: this only proposes.

    None if no feature is represented that could be typical.
    """
    norms = np.linalg.norm(W, axis=1)
    typical = norms > REPRESENTED
    if not typical.any():
        return None
    tries = rng.standard_normal((len(crowded), TRIES, W.shape[1]))
    tries /= np.linalg.norm(tries, axis=2, keepdims=True)
    W, b = W.copy(), b.copy()
    norm, bias = float(np.median(norms[typical])), float(np.median(b[typical]))
    _fill_holes(W, b, problem.active, problem.importance, crowded, tries, norm, bias)
    return W, b


def silenced(W: Array, b: Array, mean: Array, below: float) -> tuple[Array, Array] | None:
    """W and b with rows shorter than `below` at zero, their bias at the mean of their feature.

    A descent leaves weights of 1e-3 on features it has no room for, and at times a weak feature
    on top of another; neither goes away by itself. None if there is no such row.
    """
    norms = np.linalg.norm(W, axis=1)
    weak = norms < below
    if not (norms[weak] > 0).any():
        return None
    return np.where(weak[:, None], 0.0, W), np.where(weak, mean, b)


@compiled
def _fill_holes(W, b, active, importance, crowded, tries, norm, bias):
    n, m = W.shape
    random = tries.shape[1]
    placed = np.ones(n, np.bool_)
    for i in crowded:
        placed[i] = False
    directions = np.empty((random + n, m))
    energies = np.empty(random + n)
    slope = vector(m)
    trial = vector(m)
    trial_slope = vector(m)
    for k in range(crowded.shape[0]):
        i = crowded[k]
        directions[:random] = tries[k]
        for j in range(n):
            length = math.sqrt((W[j] * W[j]).sum())
            if placed[j] and length > REPRESENTED:
                directions[random + j] = W[j] / -length
            else:
                directions[random + j] = tries[k, j % random]
        for t in range(random + n):
            energies[t] = _interference(
                directions[t], norm, bias, i, W, b, active, importance, placed, slope
            )
        lowest = math.inf
        for t in np.argsort(energies)[:REFINED]:
            u = directions[t]
            energy = _interference(u, norm, bias, i, W, b, active, importance, placed, slope)
            step = 0.2
            for _ in range(STEPS):
                along = 0.0
                square = 0.0
                for h in range(m):
                    along += slope[h] * u[h]
                    square += slope[h] * slope[h]
                across = math.sqrt(max(square - along * along, 0.0))
                if not across > 1e-12 * energy:
                    break
                length = 0.0
                for h in range(m):
                    trial[h] = u[h] - step * (slope[h] - along * u[h]) / across
                    length += trial[h] * trial[h]
                length = math.sqrt(length)
                for h in range(m):
                    trial[h] /= length
                tried = _interference(
                    trial, norm, bias, i, W, b, active, importance, placed, trial_slope
                )
                if tried < energy:
                    energy = tried
                    step *= 1.3
                    for h in range(m):
                        u[h] = trial[h]
                        slope[h] = trial_slope[h]
                else:
                    step *= 0.4
            if energy < lowest:
                lowest = energy
                for h in range(m):
                    W[i, h] = norm * u[h]
        b[i] = bias
        placed[i] = True


@compiled
def _interference(u, norm, bias, i, W, b, active, importance, placed, slope):
    """What feature i would interfere in direction u with all that are placed; slope to u."""
    n, m = W.shape
    for h in range(m):
        slope[h] = 0.0
    total = 0.0
    for j in range(n):
        if not placed[j]:
            continue
        g = 0.0
        for h in range(m):
            g += u[h] * W[j, h]
        g *= norm
        given, to_given = _activated(g, b[j])
        taken, to_taken = _activated(g, bias)
        here = active[i] * importance[j]
        there = active[j] * importance[i]
        pair = here * given + there * taken
        total += pair * pair
        x = 2.0 * pair * norm * (here * to_given + there * to_taken)
        for h in range(m):
            slope[h] += x * W[j, h]
    return total


@compiled
def _activated(g, b):
    """∫₀¹ ReLU(g x + b)² dx and its derivative to g."""
    low = max(b, 0.0)
    if abs(g) < 1e-6:
        return low * (low + g), low
    top = max(g + b, 0.0)
    value = (top * top * top - low * low * low) / (3.0 * g)
    return value, (top * top - value) / g
