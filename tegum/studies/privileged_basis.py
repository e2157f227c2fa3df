"""Paper section 9: ten features on five neurons with a ReLU, from dense to sparse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from theory import FeatureDistribution
from theory.features import Array
from training import ReluHiddenModel, Run, fit, stratified_loss
from training.stratified import minimise_stratified, strata

N_FEATURES, N_HIDDEN = 10, 5
# one or more in each of the paper's six regimes
DENSITIES = (0.75, 0.35, 0.15, 0.12, 0.11, 0.1, 0.06, 0.03)
IMPORTANCE = 0.75 ** np.arange(N_FEATURES)
# a weight that counts; not as a share of a neuron's largest, which may be −10: it turns the neuron
# off, as any below −1 does
CLEAR = 0.3
REPRESENTED = 0.5
POINTS = 2**13  # on which a carried model descends, as many as the last ones of a fit
REACH = 2  # densities to either side, to which a model is carried


@dataclass(frozen=True)
class PrivilegedBasis:
    """The best model per density: W (d, n, m), b, loss and its error, and who shares neurons.

    `run` are the fits; at some densities a model carried there from another is better.
    `represented` (d, n): whose norm is above 1/2; only these count among the
    `features` on every neuron (d, m) and with their `neurons` (d, n).
    """

    density: Array
    run: Run
    W: Array
    b: Array
    loss: Array
    error: Array
    represented: NDArray[np.bool_]
    features: NDArray[np.intp]
    neurons: NDArray[np.intp]


def privileged_basis(
    *,
    densities: tuple[float, ...] = DENSITIES,
    restarts: int = 500,
    seed: int = 0,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> PrivilegedBasis:
    """Train n = 10, m = 5, I = .75^i with a hidden ReLU and count who shares a neuron.

    Regimes are narrow and random starts miss the best of them: each model also descends at the
    densities next to its own, and the lowest loss wins.

    Reference: Elhage et al. 2022, section 9, which shows the best of a thousand per density.
    """
    density = np.array(densities)
    model = ReluHiddenModel(N_FEATURES, N_HIDDEN)
    features = FeatureDistribution(N_FEATURES, density[:, None], IMPORTANCE)
    run = fit(model, features, restarts=restarts, seed=seed, threads=threads, progress=progress)
    best = []
    for k in range(len(density)):
        here = features[k]
        field = [(run.W[k], run.b[k])]
        for j in range(max(k - REACH, 0), min(k + REACH + 1, len(density))):
            field.append(_carried(run.W[j], run.b[j], here))
        rated = [(*stratified_loss(model, W, b, here), W, b) for W, b in field]
        best.append(min(rated, key=lambda one: float(one[0])))
    loss, error, W, b = (np.array(part) for part in zip(*best, strict=True))
    represented = np.linalg.norm(W, axis=-1) > REPRESENTED
    clear = (np.abs(W) > CLEAR) & represented[..., None]
    return PrivilegedBasis(
        density, run, W, b, loss, error, represented,
        features=clear.sum(axis=-2),
        neurons=clear.sum(axis=-1),
    )  # fmt: skip


def _carried(W: Array, b: Array, features: FeatureDistribution) -> tuple[Array, Array]:
    """Where a model ends at the density of `features`."""
    weights, bias = np.array(W, order="C"), np.array(b, order="C")
    importance = features.importance / (features.importance @ features.variance)
    split = strata(np.array(features.density), POINTS, signed=False, seed=0)
    minimise_stratified(weights, weights, bias, importance, False, split, 0.1, 1e-6, 1e-6, 1000)
    return weights, bias
