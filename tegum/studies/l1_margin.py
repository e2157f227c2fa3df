"""Paper footnote 21: how much superposition a weak L1 penalty takes out, and what that costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from geometry import dimensionality
from theory import FeatureDistribution
from theory.features import Array
from training import ReluOutputModel, Run, fit

PENALTIES = tuple(10.0 ** np.arange(-4, 0.26, 0.25))


@dataclass(frozen=True)
class L1Margin:
    """The optimum under each penalty λ ‖h‖₁; the first of `runs` and of every array has λ = 0.

    `loss` is without the penalty, `activation` E ‖h‖₁ (NaN at λ = 0: every rotation costs the same
    there), `superposition` Σ_{i≠j} (W_i · W_j)², `features_per_dimension` ‖W‖²_F / m,
    `dimensionalities` D_i (penalties, n).
    """

    l1: Array
    runs: tuple[Run, ...]
    loss: Array
    activation: Array
    superposition: Array
    features_per_dimension: Array
    dimensionalities: Array

    def order(self, quantity: Array, most: float = 0.01) -> float:
        """The power of λ with which a quantity leaves its value at λ = 0, fitted up to λ = most.

        1 for what changes at first order, 2 for what does at second.
        """
        weak = (self.l1 > 0) & (self.l1 <= most)
        change = np.abs(quantity[weak] - quantity[0])
        return float(np.polyfit(np.log(self.l1[weak]), np.log(change), 1)[0])


def l1_margin(
    *,
    n_features: int = 5,
    n_hidden: int = 2,
    density: float = 0.1,
    l1: tuple[float, ...] = PENALTIES,
    restarts: int = 16,
    seed: int = 0,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> L1Margin:
    """Train under ever stronger λ ‖h‖₁, from λ = 0, equal features in too few dimensions.

        Δ superposition = O(λ),   ΔL = −λ Δ‖h‖₁ / 2 + … = O(λ²)

    for the loss is stationary where λ is 0, and d(L + λ ‖h‖₁) = 0 along the optima. Without the
    penalty every rotation of hidden space costs the same; the weakest one chooses among them, at
    no loss.

    Reference: Elhage et al. 2022, footnote 21.
    """
    features = FeatureDistribution(n_features, density)
    model = ReluOutputModel(n_features, n_hidden)
    penalties = (0.0, *l1)
    runs = []
    for done, penalty in enumerate(penalties, 1):
        runs.append(fit(model, features, l1=penalty, restarts=restarts, seed=seed, threads=threads))
        if progress:
            progress(done, len(penalties))
    loss = np.array([float(run.loss) for run in runs])
    objective = np.array([run.metrics[0].get("objective", np.nan) for run in runs])
    strength = np.array(penalties)
    gram = np.stack([run.W @ run.W.T for run in runs])
    norms = np.einsum("kii->ki", gram)
    return L1Margin(
        l1=strength,
        runs=tuple(runs),
        loss=loss,
        activation=np.divide(
            objective - loss, strength, out=np.full(len(loss), np.nan), where=strength > 0
        ),
        superposition=(gram**2).sum(axis=(1, 2)) - (norms**2).sum(axis=1),
        features_per_dimension=norms.sum(axis=1) / n_hidden,
        dimensionalities=np.stack([dimensionality(run.W) for run in runs]),
    )
