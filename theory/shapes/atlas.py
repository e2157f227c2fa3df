"""Which shape gains most per hidden dimension at each density: the order of pure phases."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geometry import catalogue, template
from geometry.arguments import ends, shown, whole
from theory.features import Array
from theory.shapes.ideal import IdealSolution, ideal
from theory.shapes.transitions import Transition, tie

MOST_HALVINGS = 20  # six million densities
RANGE = (1.02, 1000.0)  # of 1/(1 − S); at 1 every tight frame gains the same
_COARSE = 7  # densities at which all shapes are looked at
_STEEP = 0.5  # relative to the best, by how much a gain may change per unit of ln p
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
    halvings: int = 5,
    progress: Callable[[int, int], None] | None = None,
) -> Atlas:
    """The winners per hidden dimension as n → ∞ over a range of 1/(1 − S), and where they change.

    All shapes (or those named) are looked at on a coarse grid. Its intervals are halved, five times
    unless told otherwise, for those that may win there if no gain changes against the best by more
    than half of it per unit of ln p. Successive winners tie where `transition` says; where a third
    shape wins at their tie, the two sides are searched again. One that wins only between neighbours
    of the finest grid and away from their tie is missed.

    >>> dense_to_sparse = atlas((1.2, 6), ["triangle", "digon", "pentagon"], halvings=1)
    >>> dense_to_sparse.winners, dense_to_sparse.winner(0.5)
    (('triangle', 'digon', 'pentagon'), 'digon')

    Reference: as `best_geometry`.
    """
    low, high = ends("inverse_densities", inverse_densities)
    halvings = whole("halvings", halvings, 0, MOST_HALVINGS)
    if not 1 <= low < high < np.inf:
        raise ValueError(f"expected 1/(1 − S) from low to high, 1 ≤ low < high, got {low}, {high}")
    everything = _candidates(names)
    fine = np.geomspace(low, high, (_COARSE - 1) * 2**halvings + 1)
    gain = _gains(everything, fine, 2**halvings, progress)
    reach = _STEEP * np.log(fine[1] / fine[0])
    running = [[everything[i] for i in _near(gain[:, k], reach)] for k in range(len(fine))]
    winners = [best_geometry(1 / low, running[0]).name]
    ties: list[Transition] = []
    for k in range(1, len(fine)):
        name = best_geometry(1 / fine[k], running[k]).name
        if name != winners[-1]:
            both = list(dict.fromkeys(running[k - 1] + running[k]))
            steps = _ladder(winners[-1], name, 1 / fine[k - 1], 1 / fine[k], both)
            ties += steps
            winners += [one.sparser[0] for one in steps]
    ever = np.isfinite(gain).sum(axis=1) > _COARSE
    others = [name for name, some in zip(everything, ever, strict=True) if some]
    order = tuple(dict.fromkeys([*winners, *others]))
    rows = [everything.index(name) for name in order]
    return Atlas(fine, order, gain[rows], tuple(winners), tuple(ties), len(everything))


def _gains(
    names: list[str],
    inverse_densities: Array,
    step: int,
    progress: Callable[[int, int], None] | None,
) -> Array:
    """Gains (names, q), of all at every so many densities, between these of those that may win."""
    gain = np.full((len(names), len(inverse_densities)), np.nan)
    jobs = [(k, range(len(names))) for k in range(0, len(inverse_densities), step)]
    done, total = 0, len(inverse_densities)
    while True:
        for k, some in jobs:
            for i in some:
                solution = ideal(names[i], 1 / inverse_densities[k])
                gain[i, k] = solution.gain_per_dimension if solution.whole else -np.inf
            done += 1
            if progress:
                progress(done, total)
        if step == 1:
            gain[np.isinf(gain)] = np.nan
            return gain
        reach = _STEEP * step / 2 * np.log(inverse_densities[1] / inverse_densities[0])
        middles = range(step // 2, len(inverse_densities), step)
        jobs = [
            (k, np.union1d(*(_near(gain[:, k + way * step // 2], reach) for way in (-1, 1))))
            for k in middles
        ]
        step //= 2


def _near(gain: Array, reach: float) -> NDArray[np.intp]:
    """Which gains are no further than that below the best, relative to it."""
    return np.flatnonzero(gain >= np.nanmax(gain) * (1 - reach))


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
    if isinstance(names, str) or not np.iterable(names):
        raise ValueError(f"expected several names of shapes, got {shown(names)}; give a list")
    given = [template(name).name for name in names]
    if not given:
        raise ValueError("expected names of shapes to choose from, got none; leave names out")
    return given


def _first_of_best(solutions: list[IdealSolution]) -> IdealSolution:
    whole = [one for one in solutions if one.whole] or solutions
    best = max(one.gain_per_dimension for one in whole)
    return next(one for one in whole if one.gain_per_dimension >= best - _SAME)
