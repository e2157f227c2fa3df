"""Paper section 4.1: two features in one dimension, over importance and density."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geometry import interference
from theory import PHASES, FeatureDistribution, two_feature_phase
from theory.features import Array
from training import ReluOutputModel, Run, fit


@dataclass(frozen=True)
class PhaseDiagram:
    """Fields over (density, relative importance of the extra feature).

    `predicted` indexes theory.PHASES; `norm` is ‖W_2‖ and `superposition` (Ŵ_2 · W_1)² of the
    best trained model at each point.
    """

    density: Array
    relative_importance: Array
    run: Run
    predicted: NDArray[np.intp]
    norm: Array
    superposition: Array

    @property
    def trained(self) -> NDArray[np.intp]:
        """The phase each trained model is in, as an index into theory.PHASES."""
        names = np.where(
            self.norm <= 0.5,
            "not represented",
            np.where(self.superposition > 0.5, "superposition", "dedicated"),
        )
        return np.array([PHASES.index(name) for name in names.flat]).reshape(names.shape)

    @property
    def agreement(self) -> float:
        """The share of the grid on which training and the closed forms agree."""
        return float((self.trained == self.predicted).mean())


def phase_diagram(
    *,
    points: int = 60,
    restarts: int = 4,
    seed: int = 0,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> PhaseDiagram:
    """Train n = 2, m = 1 on a grid of points × points, each the best of several starts.

    Relative importance r of the second feature from .1 to 10, density from .01 to 1, both
    logarithmic. Where the paper averages nine of ten noisy fits, this keeps the best of several
    exact ones.

    Reference: Elhage et al. 2022, section 4.
    """
    density = np.geomspace(0.01, 1.0, points)
    relative = np.geomspace(0.1, 10.0, points)
    importance = np.stack(np.broadcast_arrays(1.0, relative), axis=-1)
    features = FeatureDistribution(2, density[:, None, None], importance[None])
    run = fit(
        ReluOutputModel(2, 1), features,
        restarts=restarts, seed=seed, threads=threads, progress=progress,
    )  # fmt: skip
    norm = np.abs(run.W[..., 1, 0])
    return PhaseDiagram(
        density=density,
        relative_importance=relative,
        run=run,
        predicted=two_feature_phase(density[:, None], relative[None, :]),
        norm=norm,
        superposition=np.where(norm > 1e-6, interference(run.W)[..., 1, 0] ** 2, 0.0),
    )
