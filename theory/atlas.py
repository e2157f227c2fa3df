"""Which shape gains most per hidden dimension at each density: the order of pure phases."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from geometry import catalogue, template
from theory.features import Array
from theory.ideal import IdealSolution, ideal
from theory.transitions import Transition, tie

RANGE = (1.02, 1000.0)  # of 1/(1 − S); at 1 every tight frame gains the same
COARSE, FINE = 25, 8  # densities at which all shapes are looked at, and how many more of the best
NEAR = 0.03  # relative to the best gain: what may win before the next density
_SAME = 1e-9  # gains closer than this are of shapes whose rows of cosines agree


@dataclass(frozen=True, eq=False)
class Atlas:
    """The winners from dense to sparse, and the gains of all that come near.

    inverse_density (q,) ascending and gain (names, q), NaN where a shape is not near the best;
    `transitions` lead from each of the `winners` to the next. `names` are in the order in which
    they win, those that never do after them.
    """

    inverse_density: Array
    names: tuple[str, ...]
    gain: Array
    winners: tuple[str, ...]
    transitions: tuple[Transition, ...]
    candidates: int

    def winner(self, density: float) -> str:
        """The shape that gains most at a density inside the atlas."""
        low, high = 1 / self.inverse_density[-1], 1 / self.inverse_density[0]
        if not low * (1 - 1e-12) <= density <= high * (1 + 1e-12):
            raise ValueError(
                f"expected a density in the atlas, {low:.4g} to {high:.4g}, got {density}"
            )
        return self.winners[sum(density < one.density for one in self.transitions)]

    def records(self) -> list[dict[str, str | int | float]]:
        """One flat record per winner: from where to where it wins, in 1/(1 − S)."""
        begins = [self.inverse_density[0], *(one.inverse_density for one in self.transitions)]
        ends = [*begins[1:], self.inverse_density[-1]]
        errors = [0.0, *(one.error * one.inverse_density**2 for one in self.transitions)]
        rows: list[dict[str, str | int | float]] = []
        for name, begin, end, error in zip(self.winners, begins, ends, errors, strict=True):
            k, d = template(name).vertices.shape
            middle = ideal(name, 1 / float(np.sqrt(begin * end)))
            rows.append(
                {
                    "name": name,
                    "features": k,
                    "dimension": d,
                    "from": float(begin),
                    "error": float(error),
                    "to": float(end),
                    "gain_at_middle": middle.gain_per_dimension,
                    "scale_at_middle": middle.scale,
                    "bias_at_middle": middle.bias,
                }
            )
        return rows


def best_geometry(density: float, names: Iterable[str] | None = None) -> IdealSolution:
    """The shape of the catalogue that gains most per hidden dimension at a density, at its best.

        argmax_c  (k_c / d_c)(1 − l_c(p)/v),   v = p/3 − p²/4

    Every connected shape is tried, which takes some twenty seconds, or those of the given names.
    What is left of a shape when an orbit of its vertices all but vanishes is another shape and
    does not count. Of shapes that tie (their vertices see the same cosines) it is the first of the
    catalogue. Raises ValueError for a density outside (0, 1], unknown names and products.

    >>> best_geometry(0.3, ["triangle", "digon", "pentagon"]).name
    'digon'

    Reference: Elhage et al. 2022, section 5; at low densities trained models can do better than
    any shape of the catalogue.
    """
    return _first_of_best([ideal(name, density) for name in _candidates(names)])


def atlas(
    inverse_densities: tuple[float, float] = RANGE,
    names: Iterable[str] | None = None,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Atlas:
    """The winners per hidden dimension as n → ∞ over a range of 1/(1 − S), and where they change.

    All shapes (or those named) are looked at on a coarse grid, and those near the best on a fine
    one; successive winners tie where `transition` says, and where a third shape wins at their tie,
    the two sides are searched again. One that wins only between neighbours of the fine grid and
    away from their tie is missed.

    >>> dense_to_sparse = atlas((1.2, 6), ["triangle", "digon", "pentagon"])
    >>> dense_to_sparse.winners, dense_to_sparse.winner(0.5)
    (('triangle', 'digon', 'pentagon'), 'digon')

    Reference: as `best_geometry`.
    """
    low, high = inverse_densities
    if not 1 <= low < high < np.inf:
        raise ValueError(f"expected 1/(1 − S) from low to high, 1 ≤ low < high, got {low}, {high}")
    everything = _candidates(names)
    fine = np.geomspace(low, high, (COARSE - 1) * FINE + 1)
    near: list[list[str]] = []
    for k, inverse in enumerate(fine[::FINE]):
        solutions = _whole([ideal(name, 1 / inverse) for name in everything])
        best = max(one.gain_per_dimension for one in solutions)
        near.append(
            [one.name for one in solutions if one.gain_per_dimension >= best * (1 - NEAR)]
        )
        if progress:
            progress(k + 1, COARSE)
    running = [
        [name for name in everything if name in near[k // FINE] or name in near[-(-k // FINE)]]
        for k in range(len(fine))
    ]
    winners: list[str] = []
    ties: list[Transition] = []
    for k, inverse in enumerate(fine):
        name = best_geometry(1 / inverse, running[k]).name
        if k == 0:
            winners.append(name)
        elif name != winners[-1]:
            both = list(dict.fromkeys(running[k - 1] + running[k]))
            for one in _ladder(winners[-1], name, 1 / fine[k - 1], 1 / inverse, both):
                ties.append(one)
                winners.append(one.sparser[0])
    order = tuple(dict.fromkeys([*winners, *(name for some in running for name in some)]))
    gain = np.full((len(order), len(fine)), np.nan)
    for k, inverse in enumerate(fine):
        for name in running[k]:
            gain[order.index(name), k] = ideal(name, 1 / inverse).gain_per_dimension
    return Atlas(fine, order, gain, tuple(winners), tuple(ties), len(everything))


def _ladder(
    denser: str, sparser: str, high: float, low: float, names: list[str]
) -> list[Transition]:
    """The transitions from a winner at one density to the winner at a lower one."""
    one = tie((denser,), (sparser,), low, high)
    between = best_geometry(one.density, names)
    if between.gain_per_dimension <= one.gain_per_dimension + _SAME:
        return [one]
    return [
        *_ladder(denser, between.name, high, one.density, names),
        *_ladder(between.name, sparser, one.density, low, names),
    ]


def _candidates(names: Iterable[str] | None) -> list[str]:
    """The names given, as the catalogue spells them, or those of all shapes but products."""
    if names is None:
        return [shape.name for shape in catalogue() if not shape.factors]
    given = [template(name).name for name in names]
    if not given:
        raise ValueError("expected names of shapes to choose from, got none; leave names out")
    return given


def _whole(solutions: list[IdealSolution]) -> list[IdealSolution]:
    return [one for one in solutions if min(one.scales) > max(one.scales) / 2]


def _first_of_best(solutions: list[IdealSolution]) -> IdealSolution:
    whole = _whole(solutions) or solutions
    best = max(one.gain_per_dimension for one in whole)
    return next(one for one in whole if one.gain_per_dimension >= best - _SAME)
