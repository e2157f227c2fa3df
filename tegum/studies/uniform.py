"""Paper section 5: sixty equal features in eight dimensions, from dense to sparse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from geometry import Identification, dimensionality, identify
from theory import Comparison, FeatureDistribution, compare
from theory.features import Array
from training import ReluOutputModel, Run, fit

# 1/(1 − S): dense to sparse, with the plateaus of the paper and their edges among them
INVERSE_DENSITIES = (
    1.0, 1.1, 1.2, 1.3, 1.45, 1.6, 1.75, 2.0, 2.25, 2.5,
    3.0, 3.5, 4.0, 4.5, 5.0, 6.0, 8.0, 10.0, 14.0, 20.0,
)  # fmt: skip
N_FEATURES, N_HIDDEN = 60, 8


@dataclass(frozen=True)
class Uniform:
    """One optimum per density: `inverse_density` is 1/(1 − S), `dimensions_per_feature` D*."""

    inverse_density: Array
    run: Run
    dimensionalities: Array
    dimensions_per_feature: Array
    verdicts: tuple[Identification, ...]
    comparisons: tuple[Comparison, ...]


def uniform(
    *,
    restarts: int = 8,
    seed: int = 0,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Uniform:
    """Train n = 60, m = 8, I = 1 at twenty densities and name what is learned.

    D* = m / ‖W‖²_F, the hidden dimensions per represented feature, stays near 1 and at 1/2 over
    ranges of densities and falls in between; D_i says which shape each feature is in.

    Reference: Elhage et al. 2022, section 5 (there n = 400, m = 30, and trained with noise).
    """
    inverse = np.array(INVERSE_DENSITIES)
    features = FeatureDistribution(N_FEATURES, density=1 / inverse[:, None])
    run = fit(
        ReluOutputModel(N_FEATURES, N_HIDDEN), features,
        restarts=restarts, seed=seed, threads=threads, progress=progress,
    )  # fmt: skip
    verdicts = tuple(identify(W) for W in run.W)
    return Uniform(
        inverse_density=inverse,
        run=run,
        dimensionalities=dimensionality(run.W),
        dimensions_per_feature=N_HIDDEN / (run.W**2).sum(axis=(1, 2)),
        verdicts=verdicts,
        comparisons=tuple(
            compare(run.W[k], run.b[k], features[k], identification=verdicts[k])
            for k in range(len(inverse))
        ),
    )
