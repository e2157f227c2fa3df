"""Paper section 3.3: twenty features of falling importance in five dimensions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from geometry import Identification, identify
from theory import DedicatedDigon, FeatureDistribution, dedicated_digon
from theory.features import Array
from training import LinearModel, ReluOutputModel, Run, fit, refine

DENSITIES = (1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001)
IMPORTANCE = 0.7 ** np.arange(20)
# the antipodal pairs of the paper's figure at 1 − S = .03, one dimension each
FIGURE_PAIRS = ((0, 5), (1, 4), (2, 3), (6, 7), (8, 9))


@dataclass(frozen=True)
class DecreasingImportance:
    """The optimum at each density; `counts` are (represented, dedicated), by the verdicts.

    `figure_loss` is the exact loss of the local optimum that the paper's figure shows at
    1 − S = .03, reached from its own pairs; `figure` is its verdict.
    """

    densities: tuple[float, ...]
    run: Run
    verdicts: tuple[Identification, ...]
    counts: tuple[tuple[int, int], ...]
    predicted: tuple[DedicatedDigon, ...]
    linear: Run
    linear_counts: tuple[int, int]
    figure: Identification
    figure_counts: tuple[int, int]
    figure_loss: float


def decreasing_importance(
    *,
    densities: tuple[float, ...] = DENSITIES,
    restarts: int = 64,
    seed: int = 0,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> DecreasingImportance:
    """Train n = 20, m = 5, I_i = .7^i, and the linear model beside it.

    Reference: Elhage et al. 2022, section 3 (the figure of WᵀW and of the norms).
    """
    model = ReluOutputModel(20, 5)
    density = np.array(densities)[:, None]
    features = FeatureDistribution(20, density=density, importance=IMPORTANCE)
    run = fit(model, features, restarts=restarts, seed=seed, threads=threads, progress=progress)
    verdicts = tuple(identify(W) for W in run.W)
    linear = fit(LinearModel(20, 5), features[-1])
    figure_features = FeatureDistribution(20, density=0.03, importance=IMPORTANCE)
    W, _, figure_loss = refine(*_pairs(figure_features.mean), figure_features)
    figure = identify(W)
    return DecreasingImportance(
        densities=densities,
        run=run,
        verdicts=verdicts,
        counts=tuple(represented_and_dedicated(verdict) for verdict in verdicts),
        predicted=tuple(dedicated_digon(p, IMPORTANCE, 5) for p in densities),
        linear=linear,
        linear_counts=represented_and_dedicated(identify(linear.W)),
        figure=figure,
        figure_counts=represented_and_dedicated(figure),
        figure_loss=figure_loss,
    )


def represented_and_dedicated(verdict: Identification) -> tuple[int, int]:
    """How many features are represented, and how many of them alone.

    >>> represented_and_dedicated(identify([[1.0, 0.0], [0.0, 1.0], [0.0, -1.0], [0.0, 0.0]]))
    (3, 1)
    """
    represented = verdict.n_features - len(verdict.not_represented)
    return represented, sum(part.name == "dedicated" for part in verdict.components)


def _pairs(mean: Array) -> tuple[Array, Array]:
    """The figure's digons; the other features are short but not zero, which would be a saddle."""
    W = 0.05 * np.random.default_rng(0).standard_normal((20, 5))
    b = mean.copy()
    for dimension, (first, second) in enumerate(FIGURE_PAIRS):
        W[[first, second]] = 0.0
        W[first, dimension], W[second, dimension] = 1.0, -1.0
        b[[first, second]] = 0.0
    return W, b
