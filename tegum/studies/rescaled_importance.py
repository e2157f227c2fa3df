"""Paper section 3.4: eighty features of falling importance in twenty dimensions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from geometry import Identification, identify
from tegum.studies.decreasing_importance import DENSITIES, represented_and_dedicated
from theory import DedicatedDigon, FeatureDistribution, dedicated_digon
from training import ReluOutputModel, Run, fit

N_FEATURES, N_HIDDEN = 80, 20
IMPORTANCE = 0.9 ** np.arange(N_FEATURES)


@dataclass(frozen=True)
class RescaledImportance:
    """The best model found at each density; `counts` are (represented, dedicated)."""

    densities: tuple[float, ...]
    run: Run
    verdicts: tuple[Identification, ...]
    counts: tuple[tuple[int, int], ...]
    predicted: tuple[DedicatedDigon, ...]


def rescaled_importance(
    *,
    densities: tuple[float, ...] = DENSITIES,
    restarts: int = 8,
    seed: int = 0,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> RescaledImportance:
    """Train n = 80, m = 20, I_i = .9^i, quickly: essentially a rescaled version of n = 20, m = 5.

    Reference: Elhage et al. 2022, section 3 (the larger of the two figures).
    """
    density = np.array(densities)[:, None]
    features = FeatureDistribution(N_FEATURES, density=density, importance=IMPORTANCE)
    run = fit(
        ReluOutputModel(N_FEATURES, N_HIDDEN), features,
        search="quick", restarts=restarts, seed=seed, threads=threads, progress=progress,
    )  # fmt: skip
    verdicts = tuple(identify(W) for W in run.W)
    return RescaledImportance(
        densities=densities,
        run=run,
        verdicts=verdicts,
        counts=tuple(represented_and_dedicated(verdict) for verdict in verdicts),
        predicted=tuple(dedicated_digon(p, IMPORTANCE, N_HIDDEN) for p in densities),
    )
