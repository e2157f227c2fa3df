"""The optimum around a packing: free descents, and features that change places."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from theory.features import Array, FeatureDistribution
from theory.loss.model_loss import output_losses, structure_of
from theory.loss.row_loss import SEARCH
from theory.shapes.descent import local_optimum

_NUDGE = 0.01  # of every weight, to leave saddles
_AWAKE = 0.3  # the length that features left out begin with: shorter ones stay left out
_STARTS = 4  # from nudged weights
_PAYS = 1e-8  # of the loss
_LIKELY = 24  # exchanges that are tried, those that cost least before the descent


def refined(
    W: Array, b: Array, features: FeatureDistribution, parts: Sequence[tuple[int, ...]]
) -> tuple[Array, Array, float]:
    """The lowest optimum that descents from a packing and exchanges of features end at.

    W (n, m), b (n,), and the features of every shape. Descends from the weights as they are and
    from nudged ones, where the features of each shape take its vertices in random order and those
    left out begin in random directions. Then features of unequal importance change places, one
    pair at a time, as long as that pays. Never above the loss of W and b; a local optimum still.
    """
    rng = np.random.default_rng(0)
    left = np.flatnonzero(~W.any(axis=1))
    found = [local_optimum(W, b, features)]
    for _ in range(_STARTS):
        order = np.arange(len(b))
        for part in parts:
            order[list(part)] = rng.permutation(part)
        nudged = W[order] + _NUDGE * rng.standard_normal(W.shape)
        directions = rng.standard_normal((len(left), W.shape[1]))
        nudged[left] = _AWAKE * directions / np.linalg.norm(directions, axis=1, keepdims=True)
        found.append(local_optimum(nudged, b[order], features))
    best = min(found, key=lambda end: end[2])
    while (better := _exchanged(*best, features)) is not None:
        best = better
    return best


def _exchanged(
    W: Array, b: Array, loss: float, features: FeatureDistribution
) -> tuple[Array, Array, float] | None:
    """A lower optimum with two features in each other's place, if one of the likely ones is."""
    density, importance = np.array(features.density), features.importance
    cost = output_losses(W, b, density, structure_of(density), SEARCH)
    weighty = np.linalg.norm(W, axis=1) > _NUDGE
    pairs = [
        (i, j)
        for i, j in combinations(range(len(b)), 2)
        if importance[i] != importance[j] and (weighty[i] or weighty[j])
    ]
    # rows that change places take what they cost along, and leave the importances
    gains = [(importance[i] - importance[j]) * (cost[i] - cost[j]) for i, j in pairs]
    for rank in np.argsort(gains, kind="stable")[::-1][:_LIKELY]:
        order = np.arange(len(b))
        order[list(pairs[rank])] = pairs[rank][::-1]
        there = local_optimum(W[order], b[order], features)
        if there[2] < loss * (1 - _PAYS):
            return there
    return None
