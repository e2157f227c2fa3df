"""The ground states that a small model passes through as its features grow sparse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
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
    the first phase, and where one state turns into the other without a jump. `hits` is how many
    starts found the example, 0 if it was followed from another density.
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

    What wins at one density is followed to the next ones, and kept where it is lower than what was
    found there. Both states on the two sides of a change are followed until their losses tie, a
    transition of first order, and if a search there finds something lower, that comes between.
    Where they turn into each other there is no jump to be found. The grid is 1/(1 − S) from 1.05 to
    100 in steps of 8 %, unless others are given.

    Reference: Elhage et al. 2022, sections 4 and 5.
    """
    if inverse_densities is None:
        inverse_densities = np.geomspace(1.05, 100, 61)

    def search(inverse: Array, progress: Callable[[int, int], None] | None) -> list[_State]:
        run = fit(
            ReluOutputModel(n_features, n_hidden),
            FeatureDistribution(n_features, 1 / inverse[:, None]),
            restarts=restarts, seed=seed, threads=threads, progress=progress,
        )  # fmt: skip
        return [
            _State(float(q), run.W[k], run.b[k], float(run.loss[k]), int(run.metrics[k]["hits"]))
            for k, q in enumerate(inverse)
        ]

    states = _followed(search(inverse_densities, progress))
    steps: list[tuple[float | None, _State]] = [(None, states[0])]
    for dense, sparse in pairwise(states):
        steps += _steps(dense, sparse, lambda inverse: search(np.array([inverse]), None)[0])
    firsts = [k for k in range(len(steps)) if k == 0 or steps[k][1].what != steps[k - 1][1].what]
    phases = []
    for first, stop in zip(firsts, [*firsts[1:], len(steps)], strict=True):
        change, begin = steps[first]
        _, middle = steps[(first + stop - 1) // 2]
        _, end = steps[stop - 1]
        phases.append(
            Phase(
                begin.what, begin.inverse_density, end.inverse_density,
                middle.W, middle.b, middle.loss, middle.hits, change,
            )
        )  # fmt: skip
    return PhaseSequence(n_features, n_hidden, tuple(phases), restarts)


@dataclass(frozen=True, eq=False)
class _State:
    """The best that is known at a density, and how many starts found it."""

    inverse_density: float
    W: Array
    b: Array
    loss: float
    hits: int

    @cached_property
    def what(self) -> str:
        return described(self.W)

    def at(self, inverse: float) -> _State:
        """The optimum that it is in at another density."""
        W, b, loss = refine(self.W, self.b, FeatureDistribution(len(self.b), 1 / inverse))
        return _State(inverse, W, b, loss, 0)


def _followed(states: list[_State]) -> list[_State]:
    """The same, or what the states of the neighbouring densities become where that is lower."""
    states = list(states)
    for order in (range(1, len(states)), range(len(states) - 2, -1, -1)):
        for k in order:
            neighbour = states[k - 1 if order.step > 0 else k + 1]
            other = neighbour.at(states[k].inverse_density)
            if other.loss < states[k].loss * (1 - SAME):
                states[k] = other
    return states


def _steps(
    dense: _State, sparse: _State, search: Callable[[float], _State]
) -> list[tuple[float | None, _State]]:
    """The states on the way from one to the other, each with where it is jumped into."""
    tie = _tie(dense, sparse) if dense.what != sparse.what else None
    if tie is None:
        return [(None, sparse)]
    between = search(tie)
    undercuts = between.loss < dense.at(tie).loss * (1 - SAME)
    if undercuts and between.what not in (dense.what, sparse.what):
        return _steps(dense, between, search) + _steps(between, sparse, search)
    return [(tie, sparse)]


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


def _tie(dense: _State, sparse: _State) -> float | None:
    """Where two states cost the same, each followed to its optimum; None where they are one."""

    def ahead(inverse: float) -> float:
        return dense.at(inverse).loss / sparse.at(inverse).loss - 1

    # either state may lose its stability, and fall into the other, before the next density
    looked_at = np.geomspace(dense.inverse_density, sparse.inverse_density, LOOKS)
    gaps = np.array([ahead(inverse) for inverse in looked_at])
    for k, j in pairwise(np.flatnonzero(np.abs(gaps) > SAME)):
        if gaps[k] < 0 < gaps[j]:
            return root_scalar(ahead, bracket=(looked_at[k], looked_at[j]), xtol=1e-10).root
    return None
