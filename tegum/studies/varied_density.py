"""Paper section 6.1: five features in two dimensions, one of them of another density."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tegum.studies.transition import Transition, transition
from theory import FeatureDistribution
from theory.features import Array
from theory.phases.continuation import BranchEnd, Stationary, branch_end, followed, local_minimum
from training import ReluOutputModel, fit

BASELINE = 0.05
PAPERS_CROSSING = 1 / 2.5  # "~2.5x less than others"
RATIOS = np.geomspace(0.1, 10, 41)  # of the varied feature's density to the others'


@dataclass(frozen=True, eq=False)
class VariedDensity:
    """Two branches of minima over the relative density of the first feature.

    `pentagon` and `digons` hold a state per ratio, None where the branch has ended; the varied
    feature has length zero in `digons`. `fits` (k, starts) are the losses of all single fits.
    `limits` are the ends of the pentagon's and of the digons' branch within the ratios.
    """

    ratio: Array
    pentagon: tuple[Stationary | None, ...]
    digons: tuple[Stationary | None, ...]
    fits: Array
    transition: Transition
    limits: tuple[BranchEnd | None, BranchEnd | None]

    @property
    def losses(self) -> Array:
        """Loss of either branch (2, k), nan where it has ended."""
        return np.array(
            [
                [np.nan if state is None else state.loss for state in branch]
                for branch in (self.pentagon, self.digons)
            ]
        )


def varied_features(ratio: float) -> FeatureDistribution:
    """Density .05, but for the first feature: .05 times the ratio."""
    return FeatureDistribution(5, BASELINE * np.array([ratio, 1, 1, 1, 1]))


def varied_density(
    *,
    restarts: int = 200,
    seed: int = 0,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> VariedDensity:
    """Follow the pentagon and the two digons while one feature becomes rarer or more frequent.

    The starts of all fits are kept, as in the paper's scatter: single descents end on either
    branch. Where the two tie and where either stops being a minimum is found by continuation.

    Reference: Elhage et al. 2022, section 6 (perturbing a single feature).
    """
    equal = varied_features(1.0)
    angles = 2 * np.pi * np.arange(5) / 5
    pentagon = local_minimum(
        1.13 * np.column_stack([np.cos(angles), np.sin(angles)]), np.full(5, -0.25), equal
    )
    square = np.array([[0.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    digons = local_minimum(square, np.append(equal.mean[0], np.full(4, 0.001)), equal)
    ends = tuple(
        branch_end(state, varied_features, 1.0, stop, step=0.1)
        for state, stop in ((pentagon, RATIOS[0]), (digons, RATIOS[-1]))
    )
    tie = transition(
        "two digons and a dead feature / pentagon",
        followed(digons, varied_features, 1.0, 0.27),
        followed(pentagon, varied_features, 1.0, 0.27),
        varied_features, 0.2, 0.35, restarts=restarts, seed=seed, threads=threads,
    )  # fmt: skip
    run = fit(
        ReluOutputModel(5, 2),
        FeatureDistribution(5, np.stack([varied_features(r).density for r in RATIOS])),
        restarts=32, seed=seed, threads=threads, progress=progress,
    )  # fmt: skip
    return VariedDensity(
        ratio=RATIOS,
        pentagon=_branch(pentagon, ends[0]),
        digons=_branch(digons, ends[1]),
        fits=np.array([entry["start_losses"] for entry in run.metrics]),
        transition=tie,
        limits=(ends[0], ends[1]),
    )


def _branch(state: Stationary, end: BranchEnd | None) -> tuple[Stationary | None, ...]:
    """The states at all ratios, from those at ratio 1 outwards to either side."""
    found: dict[float, Stationary | None] = {}
    for side in (RATIOS[RATIOS <= 1][::-1], RATIOS[RATIOS > 1]):
        here, at = state, 1.0
        for ratio in side:
            if end is not None and (ratio - end.at) * (1 - end.at) <= 0:
                found[ratio] = None
                continue
            here, at = followed(here, varied_features, at, float(ratio)), float(ratio)
            found[ratio] = here
    return tuple(found[ratio] for ratio in RATIOS)
