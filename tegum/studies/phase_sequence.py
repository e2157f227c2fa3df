"""The ground states that a small model passes through as its features grow sparse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.optimize import root_scalar

from geometry import describe, identify
from theory import FeatureDistribution
from theory.features import Array
from training import ReluOutputModel, fit, refine

FAINT = 1e-3  # a norm below this is none
LOOKS = 9  # between two densities, for the tie of two states
SAME = 1e-7  # relative: losses that are closer are of one state, as fits are verified to so much


@dataclass(frozen=True, eq=False)
class Phase:
    """A ground state, where it was found (1/(1 − S), first and last), and an example of it.

    `changes_at` is where the phase before it has the same loss, with a jump of state; None for
    the first phase, and where one state turns into the other without a jump.
    """

    what: str
    begins: float
    ends: float
    W: Array
    b: Array
    loss: float
    hits: int
    changes_at: float | None

    @property
    def norms(self) -> Array:
        """‖W_i‖, the largest first."""
        return -np.sort(-np.linalg.norm(self.W, axis=1))


@dataclass(frozen=True, eq=False)
class PhaseSequence:
    """The phases of n_features in n_hidden dimensions, from dense to sparse."""

    n_features: int
    n_hidden: int
    phases: tuple[Phase, ...]
    restarts: int

    def records(self) -> list[dict[str, str | int | float | None]]:
        """One flat record per phase."""
        return [
            {
                "n_features": self.n_features,
                "n_hidden": self.n_hidden,
                "what": phase.what,
                "from": phase.begins,
                "to": phase.ends,
                "changes_at": phase.changes_at,
                "norms": " ".join(f"{norm:.3f}" for norm in phase.norms),
                "hits": phase.hits,
                "starts": self.restarts,
            }
            for phase in self.phases
        ]


def phase_sequence(
    n_features: int,
    n_hidden: int,
    *,
    inverse_densities: Array | None = None,
    restarts: int = 200,
    seed: int = 0,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> PhaseSequence:
    """The best of many starts at each of many densities, and where one state gives way to another.

    Both states on the two sides of a change are followed with the density until their losses tie:
    a transition of first order. Where they turn into each other there is no jump to be found.
    Phases narrower than the grid (1/(1 − S) from 1.05 to 100 in steps of 8 %) are missed.

    Reference: Elhage et al. 2022, sections 4 and 5.
    """
    if inverse_densities is None:
        inverse_densities = np.geomspace(1.05, 100, 61)
    features = FeatureDistribution(n_features, 1 / inverse_densities[:, None])
    run = fit(
        ReluOutputModel(n_features, n_hidden), features,
        restarts=restarts, seed=seed, threads=threads, progress=progress,
    )  # fmt: skip
    names = [described(W) for W in run.W]
    firsts = [k for k in range(len(names)) if k == 0 or names[k] != names[k - 1]]
    phases = []
    for first, stop in zip(firsts, [*firsts[1:], len(names)], strict=True):
        middle = (first + stop - 1) // 2
        change = None
        if first:
            states = [(run.W[k], run.b[k]) for k in (first - 1, first)]
            change = _tie(states, inverse_densities[first - 1], inverse_densities[first])
        phases.append(
            Phase(
                names[first],
                float(inverse_densities[first]),
                float(inverse_densities[stop - 1]),
                run.W[middle],
                run.b[middle],
                float(run.loss[middle]),
                int(run.metrics[middle]["hits"]),
                change,
            )
        )
    return PhaseSequence(n_features, n_hidden, tuple(phases), restarts)


def described(W: Array) -> str:
    """The verdict on a model; of unknowns the order of the symmetry group, and what is weak."""
    verdict = identify(W)
    words = []
    for part in verdict.components:
        name = part.name
        if name == "unknown":
            order = describe(W[list(part.features)]).symmetry.order
            name = f"{len(part.features)} features with {order} symmetries"
        words.append(name)
    words = [f"{words.count(name)} × {name}" for name in sorted(set(words))]
    norms = np.linalg.norm(W, axis=1)[list(verdict.not_represented)]
    weak = int((norms > FAINT).sum())
    dead = len(norms) - weak
    words += [f"{weak} weak"] * (weak > 0) + [f"{dead} dead"] * (dead > 0)
    return ", ".join(words)


def _tie(states: list[tuple[Array, Array]], low: float, high: float) -> float | None:
    """Where two states cost the same, each followed to its optimum; None where they are one."""

    def ahead(inverse: float) -> float:
        features = FeatureDistribution(len(states[0][1]), 1 / inverse)
        first, second = (refine(W, b, features)[2] for W, b in states)
        return first / second - 1

    # either state may lose its stability, and fall into the other, before the next density
    looked_at = np.geomspace(low, high, LOOKS)
    gaps = np.array([ahead(inverse) for inverse in looked_at])
    for k, j in pairwise(np.flatnonzero(np.abs(gaps) > SAME)):
        if gaps[k] < 0 < gaps[j]:
            return root_scalar(ahead, bracket=(looked_at[k], looked_at[j]), xtol=1e-10).root
    return None
