"""One instance of what is to be fitted, as the compiled kernels take it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from theory.features import Array, FeatureDistribution
from theory.loss.expected_loss import RTOL
from theory.loss.model_loss import (
    Kind,
    Structure,
    converged_loss,
    kind_of,
    output_losses,
    structure_of,
)
from theory.loss.row_loss import SEARCH
from training.descent import Effort, minimise

LONGEST_STEP = 0.1  # per feature; longer first steps throw features away


@dataclass(frozen=True, eq=False)
class Problem:
    """Features of one model, (n,) each, with importances in units of what is at stake.

    `at_stake` is what it costs to represent nothing, Σ_i I_i Var(x_i): a common factor on the
    importances must not matter to when a descent stops. `active` is P(x_i ≠ 0).
    """

    density: Array
    active: Array
    mean: Array
    importance: Array
    share: Array
    kind: Kind
    at_stake: float

    @property
    def structure(self) -> Structure:
        return structure_of(self.density, self.kind)

    def denser(self, factor: float) -> Problem:
        """The same features at a higher density, at most 1; shares of the loss stay as they are."""
        density = np.minimum(1.0, factor * self.density)
        more = density / self.density
        return replace(self, density=density, active=more * self.active, mean=more * self.mean)

    def descend(
        self,
        W: Array,
        b: Array,
        effort: Effort,
        gtol: float,
        ftol: float,
        limit: int,
        patience: int | None = None,
    ) -> tuple[float, int]:
        """Descend in place; returns the loss at that effort and the evaluations used."""
        loss, used, _ = minimise(
            W, b, self.density, self.importance, effort, LONGEST_STEP, gtol, ftol, limit, self.kind,
            patience,
        )  # fmt: skip
        return loss, used

    def output_losses(self, W: Array, b: Array) -> Array:
        """E (x_i − x'_i)² of every output (n,), without importances, at search effort."""
        return output_losses(W, b, self.density, self.structure, SEARCH)

    def loss(self, W: Array, b: Array, effort: Effort) -> float:
        """The loss at one effort, converged or not."""
        rows = output_losses(W, b, self.density, self.structure, effort)
        return float(self.importance @ rows)

    def converged_loss(self, W: Array, b: Array) -> tuple[float, float]:
        """The loss with all terms that matter, and how far off it may be."""
        rows, db, dW = np.empty_like(b), np.empty_like(b), np.empty_like(W)
        return converged_loss(
            W, b, self.density, self.importance, self.structure, RTOL, rows, dW, db
        )


def problems(features: FeatureDistribution) -> list[Problem]:
    """The instances of a distribution, in C order."""
    n = features.n_features
    # writable copies in C order: one compiled signature
    density, active, mean, importance, variance = (
        np.array(array.reshape(-1, n), order="C")
        for array in (
            features.density,
            features.active,
            features.mean,
            features.importance,
            features.variance,
        )
    )
    kind = kind_of(features)
    found = []
    for k in range(len(density)):
        at_stake = float((importance[k] * variance[k]).sum()) or 1.0
        weights = importance[k] / at_stake
        found.append(
            Problem(density[k], active[k], mean[k], weights, weights * variance[k], kind, at_stake)
        )
    return found
