"""Paper sections 4.1 and 4.2: one feature more than dimensions, over importance and density."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geometry import interference, template
from tegum.studies.transition import Transition, transition
from theory import (
    THREE_FEATURE_PHASES,
    FeatureDistribution,
    three_feature_phase,
    two_feature_phase,
)
from theory.features import Array
from theory.phases.continuation import local_minimum
from training import ReluOutputModel, Run, fit


@dataclass(frozen=True)
class PhaseDiagram:
    """Fields over (density, relative importance of the extra feature).

    `predicted` indexes theory.THREE_FEATURE_PHASES, whose first three are theory.PHASES; of the
    best trained model at each point, `norm` is ‖W_i‖ and `superposition` Σ_j (Ŵ_i · W_j)² of the
    extra feature, the last, and `least_other` the smallest norm of the others.
    """

    density: Array
    relative_importance: Array
    run: Run
    predicted: NDArray[np.intp]
    norm: Array
    superposition: Array
    least_other: Array

    @property
    def n_hidden(self) -> int:
        return self.run.W.shape[-1]

    @property
    def trained(self) -> NDArray[np.intp]:
        """The phase each trained model is in, an index like `predicted`."""
        alone = np.where(
            (self.n_hidden > 1) & (self.least_other > 0.5), "others in superposition", "dedicated"
        )
        names = np.where(
            self.norm <= 0.5,
            "not represented",
            np.where(self.superposition > 0.5, "superposition", alone),
        )
        return np.array([THREE_FEATURE_PHASES.index(str(x)) for x in names.flat]).reshape(
            names.shape
        )

    @property
    def agreement(self) -> float:
        """The share of the grid on which training and the closed forms agree."""
        return float((self.trained == self.predicted).mean())


def phase_diagram(
    n_hidden: int = 1,
    *,
    points: int = 60,
    restarts: int = 4,
    seed: int = 0,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> PhaseDiagram:
    """Train n = m + 1, m = 1 or 2, on a grid of points × points, each the best of several starts.

    Relative importance r of the last feature from .1 to 10, density from .01 to 1, both
    logarithmic. Where the paper averages nine of ten noisy fits, this keeps the best of several
    exact ones.

    Reference: Elhage et al. 2022, section 4.
    """
    if n_hidden not in (1, 2):
        raise ValueError(f"expected n_hidden 1 or 2, got {n_hidden}")
    density = np.geomspace(0.01, 1.0, points)
    relative = np.geomspace(0.1, 10.0, points)
    importance = np.ones((points, n_hidden + 1))
    importance[:, -1] = relative
    features = FeatureDistribution(n_hidden + 1, density[:, None, None], importance[None])
    run = fit(
        ReluOutputModel(n_hidden + 1, n_hidden), features,
        restarts=restarts, seed=seed, threads=threads, progress=progress,
    )  # fmt: skip
    norms = np.linalg.norm(run.W, axis=-1)
    phase = two_feature_phase if n_hidden == 1 else three_feature_phase
    overlaps = interference(run.W)[..., -1, :-1]
    return PhaseDiagram(
        density=density,
        relative_importance=relative,
        run=run,
        predicted=phase(density[:, None], relative[None, :]),
        norm=norms[..., -1],
        # features that vanish are left at norms about 1e-6, of no direction
        superposition=np.where(norms[..., -1] > 1e-4, (overlaps**2).sum(axis=-1), 0.0),
        least_other=norms[..., :-1].min(axis=-1),
    )


def triangle_transition(*, restarts: int = 200, seed: int = 0, threads: int = 1) -> Transition:
    """Above which density three equal features in the plane are a triangle, W ⊥ (1, 1, 1).

    Below it one is dedicated and two are a digon. The closed forms leave the triangle out.
    """
    low, high = 0.5, 0.565

    def features_at(p: float) -> FeatureDistribution:
        return FeatureDistribution(3, p)

    middle = features_at((low + high) / 2)
    digon = local_minimum([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]], [0.1, 0.1, 0.0], middle)
    triangle = local_minimum(0.95 * template("triangle").vertices, [0.2, 0.2, 0.2], middle)
    return transition(
        "digon and a dedicated feature / triangle", digon, triangle, features_at, low, high,
        restarts=restarts, seed=seed, threads=threads,
    )  # fmt: skip
