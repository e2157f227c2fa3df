"""Paper section 1: five features in two dimensions, as sparsity grows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from geometry import Identification, identify
from theory import Comparison, FeatureDistribution, compare
from training import ReluOutputModel, Run, fit

SPARSITIES = (0.0, 0.8, 0.9)
IMPORTANCE = 0.9 ** np.arange(5)


@dataclass(frozen=True)
class Introduction:
    """The optimum at each sparsity, its verdict and what theory says of it."""

    sparsities: tuple[float, ...]
    run: Run
    verdicts: tuple[Identification, ...]
    comparisons: tuple[Comparison, ...]


def introduction(
    *,
    restarts: int = 32,
    seed: int = 0,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Introduction:
    """Train n = 5, m = 2, I_i = .9^i at S = 0, .8 and .9 and name what is learned.

    Every arrangement of the five features around the pentagon is a local minimum of its own;
    32 starts with their moves find the best with near certainty in a fraction of a second.

    Reference: Elhage et al. 2022, the first figure.
    """
    density = 1 - np.array(SPARSITIES)[:, None]
    features = FeatureDistribution(5, density=density, importance=IMPORTANCE)
    run = fit(
        ReluOutputModel(5, 2), features,
        restarts=restarts, seed=seed, threads=threads, progress=progress,
    )  # fmt: skip
    verdicts = tuple(identify(W) for W in run.W)
    comparisons = tuple(
        compare(run.W[k], run.b[k], features[k], identification=verdicts[k])
        for k in range(len(SPARSITIES))
    )
    return Introduction(SPARSITIES, run, verdicts, comparisons)
