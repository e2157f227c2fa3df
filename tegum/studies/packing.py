"""The cheapest mixtures of ideal shapes held against exact training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from geometry import identify
from theory import FeatureDistribution, best_packing
from training import ReluOutputModel, fit

N_FEATURES = (2, 4, 5, 6, 7, 8, 10, 12)
N_HIDDEN = (1, 2, 3, 4)
DENSITIES = (0.8, 0.5, 0.25, 0.1, 0.05, 0.02)
RATIOS = (1.0, 0.9, 0.7)  # of the importances of two features that follow one another
INVERSE_DENSITIES = (1.6, 2.2, 3.5, 4.8, 6.5, 10.0)  # of many features
FURTHER = 8  # times the restarts, where training ends above the packing
ABOVE = 1e-6  # relative: training that missed


@dataclass(frozen=True)
class Cell:
    """One model: its features, what they were packed into, and what training found.

    `rigid` is the loss of the cheapest mixture of ideal shapes, `refined` that of the lowest
    optimum around it and its rivals, `trained` that of the best of `restarts` exact fits, of which
    `hits` came as low. `state`, `refined_state`: what `identify` says of trained and refined
    weights.
    """

    n_features: int
    n_hidden: int
    density: float
    ratio: float
    mixture: str
    rigid: float
    refined: float
    refined_state: str
    trained: float
    state: str
    hits: int
    restarts: int

    @property
    def rigid_excess(self) -> float:
        """How far the mixture is above what training found, relatively."""
        return self.rigid / self.trained - 1

    @property
    def refined_excess(self) -> float:
        """How far the refined packing is above what training found; below 0, training missed."""
        return self.refined / self.trained - 1


@dataclass(frozen=True)
class Large:
    """Many equal features: gains per dimension, of one quick fit's best and of the mixture."""

    inverse_density: float
    trained: float
    state: str
    packed: float
    mixture: str


def packing(
    *,
    restarts: int = 32,
    seed: int = 0,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
    n_features: Sequence[int] = N_FEATURES,
    n_hidden: Sequence[int] = N_HIDDEN,
    densities: Sequence[float] = DENSITIES,
    ratios: Sequence[float] = RATIOS,
) -> tuple[Cell, ...]:
    """Pack and train every model of a grid, importances ratio^i.

    Where training ends more than 1e-6 above the refined packing it is given eight times the
    restarts once.

    Reference: Elhage et al. 2022, section 5 (tegum products).
    """
    grid = [
        (n, m, density, ratio)
        for density in densities
        for m in n_hidden
        for n in n_features
        if n > m
        for ratio in ratios
    ]
    cells = []
    for n, m, density, ratio in grid:
        features = FeatureDistribution(n, density, ratio ** np.arange(n))
        rigid = best_packing(features, m)
        refined = best_packing(features, m, refine=True)
        for starts in (restarts, FURTHER * restarts):
            model = ReluOutputModel(n, m)
            run = fit(model, features, restarts=starts, seed=seed, threads=threads)
            if run.loss <= refined.loss * (1 + ABOVE):
                break
        cells.append(
            Cell(
                n, m, density, ratio,
                mixture=rigid.summary(), rigid=rigid.loss,
                refined=refined.loss, refined_state=identify(refined.W).summary(),
                trained=float(run.loss), state=identify(run.W).summary(),
                hits=run.metrics[0]["hits"], restarts=starts,
            )
        )  # fmt: skip
        if progress:
            progress(len(cells), len(grid))
    return tuple(cells)


def large_packing(
    *,
    restarts: int = 1,
    seed: int = 0,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
    n_features: int = 400,
    n_hidden: int = 30,
    inverse_densities: Sequence[float] = INVERSE_DENSITIES,
) -> tuple[Large, ...]:
    """Pack and quickly train many equal features, n = 400 and m = 30 as in the paper.

    Reference: Elhage et al. 2022, section 5.
    """
    rows = []
    for inverse in inverse_densities:
        features = FeatureDistribution(n_features, 1 / inverse)
        mixture = best_packing(features, n_hidden)
        run = fit(
            ReluOutputModel(n_features, n_hidden), features,
            search="quick", restarts=restarts, seed=seed, threads=threads,
        )  # fmt: skip
        v = features.variance
        gain = float((v.sum() - run.loss) / (n_hidden * v[0]))
        state = identify(run.W).summary()
        rows.append(Large(inverse, gain, state, mixture.gain_per_dimension, mixture.summary()))
        if progress:
            progress(len(rows), len(inverse_densities))
    return tuple(rows)
