"""Paper section 10.2: a hundred absolute values on forty neurons, as sparsity grows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geometry import features_per_neuron, primary_ratio
from theory import FeatureDistribution
from theory.features import Array
from training import AbsoluteValueModel, Run, fit

N_FEATURES, N_HIDDEN = 100, 40
DENSITIES = (1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001)
IMPORTANCE = 0.8 ** np.arange(N_FEATURES)
MUCH = 0.1  # share of a neuron's largest weight from which another feature counts


@dataclass(frozen=True)
class AbsoluteValues:
    """One model per density: features on every neuron (d, m), and second over largest weight.

    Both of the weights into the neurons. A neuron is polysemantic with more than one feature.
    """

    density: Array
    run: Run
    features: NDArray[np.intp]
    primary_ratio: Array


def absolute_values(
    *,
    densities: tuple[float, ...] = DENSITIES,
    restarts: int = 1,
    seed: int = 0,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
    method: str = "exact",
) -> AbsoluteValues:
    """Train n = 100, m = 40, I = .8^i and count features per neuron.

    Exact training takes a minute or more per density and start; "sampled" is the authors' loop.

    Reference: Elhage et al. 2022, section 10 (the figure over seven densities).
    """
    density = np.array(densities)
    run = fit(
        AbsoluteValueModel(N_FEATURES, N_HIDDEN),
        FeatureDistribution(N_FEATURES, density[:, None], IMPORTANCE),
        method=method, init_instances=len(DENSITIES),
        restarts=restarts, seed=seed, threads=threads, progress=progress,
    )  # fmt: skip
    return AbsoluteValues(
        density, run, features_per_neuron(run.W, threshold=MUCH), primary_ratio(run.W)
    )
