"""Paper section 6.5: three correlated pairs in the plane collapse one after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tegum.studies.feature_sets import angles
from tegum.studies.transition import Transition, transition
from theory import CorrelatedSet, FeatureDistribution
from theory.features import Array
from theory.phases.continuation import Stationary, followed, local_minimum
from training import ReluOutputModel, Run, fit

PAIRS = ((0, 1), (2, 3), (4, 5))
DENSITIES = np.array(
    [0.02, 0.04, 0.06, 0.07, 0.075, 0.1, 0.12, 0.14, 0.15, 0.16, 0.18, 0.2,
     0.25, 0.3, 0.35, 0.39, 0.4, 0.43, 0.44, 0.5, 0.6, 0.8]
)  # fmt: skip
COLLAPSED = 20.0  # degrees within a pair; open ones are more than 60 apart
# a state as, for every pair: its direction, the angle within it (degrees) and its two lengths
_Pair = tuple[float, float, float, float]
_STATES: dict[str, tuple[float, float, tuple[_Pair, ...]]] = {
    # name: density where it is settled, bias of open pairs, pairs
    "none collapsed": (
        0.07, -0.16, tuple((120.0 * k, 62.0, 0.94, 0.94) for k in range(3)),
    ),
    "one collapsed": (
        0.1, -0.1, ((0.0, 0.0, 0.71, 0.71), (112.0, 70.0, 0.92, 0.99), (-112.0, 70.0, 0.99, 0.92)),
    ),
    "two collapsed, one of them not quite": (
        0.15, 0.0, ((0.0, 87.0, 0.98, 0.98), (133.0, 0.0, 0.72, 0.72), (-133.0, 9.2, 0.73, 0.72)),
    ),
    "two collapsed": (
        0.25, 0.0, ((0.0, 86.0, 0.97, 0.97), (132.0, 0.0, 0.73, 0.73), (-132.0, 0.0, 0.73, 0.73)),
    ),
    "three collapsed, two of them opposite": (
        0.41, 0.0, ((90.0, 0.0, 0.71, 0.71), (0.0, 0.0, 0.69, 0.69), (180.0, 0.0, 0.69, 0.69)),
    ),
    "three collapsed, at 120°": (
        0.45, 0.0, tuple((120.0 * k, 0.0, 0.68, 0.68) for k in range(3)),
    ),
}  # fmt: skip
_BRACKETS = ((0.0705, 0.072), (0.14, 0.141), (0.155, 0.17), (0.388, 0.4), (0.43, 0.44))


@dataclass(frozen=True, eq=False)
class Collapse:
    """The optimum over density, and the transitions between its six states in ascending order.

    `collapsed` (k,) counts the pairs whose members are within 20 degrees of each other.
    """

    density: Array
    run: Run
    transitions: tuple[Transition, ...]

    @property
    def within(self) -> Array:
        """The angle between the members of each pair in degrees, (k, 3)."""
        between = angles(self.run.W)
        return np.stack([between[:, i, j] for i, j in PAIRS], axis=-1)

    @property
    def collapsed(self) -> NDArray[np.intp]:
        return (self.within < COLLAPSED).sum(axis=-1)


def pairs_at(density: float) -> FeatureDistribution:
    """Three correlated pairs of one density."""
    return FeatureDistribution(6, density, groups=[CorrelatedSet(pair) for pair in PAIRS])


def collapse(
    *,
    restarts: int = 200,
    seed: int = 0,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Collapse:
    """Train six features in three correlated pairs, n = 6, m = 2, and find where pairs collapse.

    A collapsed pair (a, b) is represented by (a + b)/√2 alone. Between neighbouring states the
    density of equal loss is found by continuation; `restarts` free fits on either side tell
    whether it is the ground state that changes.

    Reference: Elhage et al. 2022, section 6 (collapsing of correlated features).
    """
    names = list(_STATES)
    found = []
    for k, (low, high) in enumerate(_BRACKETS):
        below, above = (collapse_state(name, (low + high) / 2) for name in names[k : k + 2])
        found.append(
            transition(
                f"{names[k]} / {names[k + 1]}", below, above, pairs_at, low, high,
                restarts=restarts, seed=seed, threads=threads,
            )
        )  # fmt: skip
        if progress:
            progress(k + 1, len(_BRACKETS) + 1)
    features = FeatureDistribution(6, DENSITIES[:, None], groups=pairs_at(1.0).groups)
    run = fit(ReluOutputModel(6, 2), features, restarts=64, seed=seed, threads=threads)
    if progress:
        progress(len(_BRACKETS) + 1, len(_BRACKETS) + 1)
    return Collapse(DENSITIES, run, tuple(found))


def collapse_state(name: str, at: float) -> Stationary:
    """One of the six states at a density, followed there from one inside its range."""
    density, open_bias, pairs = _STATES[name]
    turns, lengths, bias = [], [], []
    for direction, within, first, second in pairs:
        turns += [direction + within / 2, direction - within / 2]
        lengths += [first, second]
        bias += [open_bias if within > COLLAPSED else 0.01] * 2
    turn = np.radians(turns)
    W = np.array(lengths)[:, None] * np.column_stack([np.cos(turn), np.sin(turn)])
    return followed(local_minimum(W, np.array(bias), pairs_at(density)), pairs_at, density, at)
