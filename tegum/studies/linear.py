"""Paper footnotes 10 and 12: what linear models cost once trained, and that none is superposed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from geometry import dimensionality
from theory import FeatureDistribution, linear_loss, linear_optimum
from theory.features import Array
from training import LinearModel, Run, fit

DENSITIES = (1.0, 0.3, 0.1)


@dataclass(frozen=True)
class Linear:
    """Linear models trained on samples; rows are the importances (falling, equal), columns p.

    `loss` is exact for the weights that training found, `least` the sum of the smallest λ_i that
    no linear model is below; `dimensionalities` D_i (2, densities, n) and `norms` ‖W_i‖.
    """

    densities: tuple[float, ...]
    run: Run
    loss: Array
    least: Array
    dimensionalities: Array
    norms: Array

    @property
    def excess(self) -> Array:
        """The loss over the least possible, relative."""
        return self.loss / self.least - 1


def linear(
    *,
    n_features: int = 20,
    n_hidden: int = 5,
    densities: tuple[float, ...] = DENSITIES,
    steps: int = 10_000,
    learning_rate: float = 3e-3,
    restarts: int = 1,
    seed: int = 0,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Linear:
    """Train linear models on samples, with importances .7^i and with equal ones.

    The optimum is one dimension each for the most important features, at every density. With equal
    importances every projection on m dimensions costs the same, so training ends at some rotation:
    all features a little, which interferes and yet is no better.

    Reference: Elhage et al. 2022, section 3 and footnotes 10 and 12.
    """
    importance = np.stack([0.7 ** np.arange(n_features), np.ones(n_features)])
    features = FeatureDistribution(n_features, np.array(densities)[:, None], importance[:, None, :])
    run = fit(
        LinearModel(n_features, n_hidden), features,
        method="sampled", steps=steps, learning_rate=learning_rate, weight_decay=0.0,
        restarts=restarts, seed=seed, threads=threads, progress=progress,
    )  # fmt: skip
    least = np.empty(features.instances)
    for k in np.ndindex(features.instances):
        least[k] = linear_loss(*linear_optimum(features[k], n_hidden), features[k])
    return Linear(
        densities=densities,
        run=run,
        loss=np.asarray(linear_loss(run.W, run.b, features)),
        least=least,
        dimensionalities=dimensionality(run.W),
        norms=np.linalg.norm(run.W, axis=-1),
    )
