"""A transition between two states: found by two engines, and confronted with free optimisation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from theory import rational_loss
from theory.phases.continuation import Crossing, FeaturesAt, Stationary, crossing, followed
from training import ReluOutputModel, fit, refine

APART = 1e-3  # relative distance from the transition at which models are fitted freely
LONGEST, BIASES = 1.2, (-0.3, 0.5)  # of the random starts
EQUAL = 1e-7  # relative: a free fit this close to the branch is the branch


@dataclass(frozen=True, eq=False)
class Transition:
    """Where two branches tie, by the fast engine (`crossing`) and in rational arithmetic.

    `excess` are the relative amounts by which the lower branch lies above the best of free models,
    just below the transition and just above it: the transition is one of the ground state where
    neither is positive, else one of metastable states.
    """

    name: str
    crossing: Crossing
    rational: float
    excess: tuple[float, float]

    @property
    def at(self) -> float:
        return self.crossing.at

    @property
    def of_ground_state(self) -> bool:
        return max(self.excess) <= EQUAL

    @property
    def first_order(self) -> bool:
        """Whether dL/dt has a jump: the kink of footnote 13."""
        low, high = sorted(self.crossing.slopes)
        return high - low > 1e-6 * max(abs(low), abs(high))


def transition(
    name: str,
    below: Stationary,
    above: Stationary,
    features_at: FeaturesAt,
    low: float,
    high: float,
    *,
    restarts: int,
    seed: int,
    threads: int,
) -> Transition:
    """The transition in [low, high] between the states that win below it and above it."""
    found = crossing(below, above, features_at, low, high)
    exact = crossing(
        *found.states, features_at, found.at * (1 - 1e-6), found.at * (1 + 1e-6),
        loss=lambda W, b, features: float(rational_loss(W, b, features)),
    )  # fmt: skip
    excess = excess_over_free(found, features_at, restarts=restarts, seed=seed, threads=threads)
    return Transition(name, found, exact.at, excess)


def excess_over_free(
    found: Crossing, features_at: FeaturesAt, *, restarts: int, seed: int, threads: int = 1
) -> tuple[float, float]:
    """How far the winning branch is above the best of free models, just below a tie and just above.

    Relative to the free loss; negative where free models miss the branch. They are the fit of
    `restarts` starts, and as many descents from random lengths and biases: the starts of a fit
    have one length, and in one dimension differ by their signs alone.
    """
    excess = []
    for state, side in zip(found.states, (-1, 1), strict=True):
        t = found.at * (1 + side * APART)
        features = features_at(t)
        branch = followed(state, features_at, found.at, t)
        n, m = branch.W.shape
        run = fit(ReluOutputModel(n, m), features, restarts=restarts, seed=seed, threads=threads)
        rng = np.random.default_rng(seed)
        free = float(run.loss)
        for _ in range(restarts):
            W = rng.standard_normal((n, m))
            W *= rng.uniform(0, LONGEST, (n, 1)) / np.linalg.norm(W, axis=1, keepdims=True)
            free = min(free, refine(W, rng.uniform(*BIASES, n), features)[2])
        excess.append(branch.loss / free - 1)
    return excess[0], excess[1]
