"""Paper section 4 and 5: which ties of shapes are transitions of the ground state of a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from geometry import template
from tegum.studies.phase_sequence import described
from theory import FeatureDistribution, Transition, ideal, transitions
from theory.features import Array
from theory.shapes.transitions import exact_gain, shape_names
from training import ReluOutputModel, fit, refine

WITHIN = (0.02, 0.99)  # the densities at which ties are looked for
OFFSET = 0.02  # in ln p, of the densities to either side of a tie
LOWER = 1e-7  # relative: a fit is verified to so much
NOISE = 0.01  # of a unit length, from which a stable state comes back
SHAKES = 4

Shapes = str | tuple[str, ...]


class Contest(NamedTuple):
    """Two packings, and the size of a model in which each has room."""

    a: Shapes
    b: Shapes
    n_features: int
    n_hidden: int


CONTESTS = (
    Contest("triangle", "digon", 4, 2),
    Contest("triangle", "digon", 12, 4),
    Contest("digon", "pentagon", 10, 4),
    Contest("pentagon", "square antiprism", 16, 6),
    Contest("hexagon", "pentagon", 6, 2),
    Contest(("digon", "digon"), "pentagon", 5, 2),
    Contest("triangle", ("digon", "dedicated"), 3, 2),
    Contest(("digon", "digon", "digon"), "square antiprism", 8, 3),
    Contest(("digon", "pentagon"), "square antiprism", 8, 3),
)


@dataclass(frozen=True, eq=False)
class Found:
    """The best of many starts at one density; `excess` is its loss over the two states', less 1."""

    density: float
    what: str
    W: Array
    b: Array
    loss: float
    excess: tuple[float, float]
    hits: int


@dataclass(frozen=True, eq=False)
class Tie:
    """A transition, what free optimisation finds above, at and below it, and its two states.

    `stable` tells of the denser and of the sparser state whether it is a local minimum at the tie.
    """

    contest: Contest
    transition: Transition
    found: tuple[Found, Found, Found]
    stable: tuple[bool, bool]

    @property
    def verdict(self) -> str:
        """Whether the ground state changes there, or states that something else undercuts."""
        _, at, _ = self.found
        if at.excess[0] >= -LOWER:
            return "ground state"
        return "metastable states" if all(self.stable) else "a saddle"


@dataclass(frozen=True, eq=False)
class GroundStates:
    """The ties of the contests."""

    ties: tuple[Tie, ...]
    restarts: int

    def records(self) -> list[dict[str, str | int | float]]:
        """One flat record per tie and density looked at."""
        return [
            {
                "denser": " + ".join(tie.transition.denser),
                "sparser": " + ".join(tie.transition.sparser),
                "n_features": tie.contest.n_features,
                "n_hidden": tie.contest.n_hidden,
                "transition": tie.transition.density,
                "error": tie.transition.error,
                "of": tie.verdict,
                "denser_stable": tie.stable[0],
                "sparser_stable": tie.stable[1],
                "density": found.density,
                "found": found.what,
                "loss": found.loss,
                "excess_over_denser": found.excess[0],
                "excess_over_sparser": found.excess[1],
                "hits": found.hits,
                "starts": self.restarts,
            }
            for tie in self.ties
            for found in tie.found
        ]


def ground_states(
    contests: Sequence[Contest] = CONTESTS,
    *,
    restarts: int = 200,
    seed: int = 0,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> GroundStates:
    """Search freely above, at and below the sparsest density at which two packings tie.

    The tie is a transition of the ground state if no start ends lower than the two states there.
    Else they are metastable, or one of them is a saddle, which a model leaves.

    Reference: Elhage et al. 2022, sections 4 and 5; ties by `theory.transitions`.
    """
    ties = []
    for k, contest in enumerate(contests):
        crossing = transitions(contest.a, contest.b, within=WITHIN)[-1]
        p = crossing.density
        states = crossing.denser, crossing.sparser
        above, at, below = (
            _search(contest, states, float(q), restarts, seed, threads)
            for q in (p * np.exp(OFFSET), p, p * np.exp(-OFFSET))
        )
        denser, sparser = (_is_stable(contest, shapes, p, seed) for shapes in states)
        ties.append(Tie(contest, crossing, (above, at, below), (denser, sparser)))
        if progress:
            progress(k + 1, len(contests))
    return GroundStates(tuple(ties), restarts)


def state_loss(shapes: Shapes, n_features: int, n_hidden: int, density: float) -> float:
    """The loss of a packing and of the features that it leaves out."""
    at_stake = density / 3 - density**2 / 4
    return at_stake * (n_features - n_hidden * exact_gain(shape_names(shapes), density)[0])


def state(shapes: Shapes, n_features: int, n_hidden: int, density: float) -> tuple[Array, Array]:
    """W and b of a packing: its shapes in orthogonal subspaces, as often as there is room.

    Features that are left over have W = 0 and b = p/2.
    """
    W, b = np.zeros((n_features, n_hidden)), np.full(n_features, density / 2)
    names = shape_names(shapes)
    row = column = 0
    for name in names * (n_hidden // sum(template(name).dimension for name in names)):
        best = ideal(name, density)
        k, d = best.W.shape
        W[row : row + k, column : column + d] = best.W
        b[row : row + k] = best.b
        row, column = row + k, column + d
    return W, b


def _search(
    contest: Contest,
    states: tuple[tuple[str, ...], tuple[str, ...]],
    density: float,
    restarts: int,
    seed: int,
    threads: int,
) -> Found:
    n, m = contest.n_features, contest.n_hidden
    run = fit(
        ReluOutputModel(n, m), FeatureDistribution(n, density),
        restarts=restarts, seed=seed, threads=threads,
    )  # fmt: skip
    loss = float(run.loss)
    denser, sparser = (loss / state_loss(shapes, n, m, density) - 1 for shapes in states)
    hits = int(run.metrics[0]["hits"])
    return Found(density, described(run.W), run.W, run.b, loss, (denser, sparser), hits)


def _is_stable(contest: Contest, shapes: tuple[str, ...], density: float, seed: int) -> bool:
    """Whether a state that is shaken comes back to its loss."""
    n, m = contest.n_features, contest.n_hidden
    W, b = state(shapes, n, m, density)
    rng = np.random.default_rng(seed)
    features = FeatureDistribution(n, density)
    least = state_loss(shapes, n, m, density) * (1 - LOWER)
    return all(
        refine(W + NOISE * rng.standard_normal(W.shape), b, features)[2] >= least
        for _ in range(SHAKES)
    )
