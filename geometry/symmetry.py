"""The symmetry group of feature directions, found without a catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import comb, lgamma, log, pi
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geometry.arguments import truth
from geometry.automorphisms import Automorphisms, automorphisms, orbitals, orbits
from geometry.evidence import log_sphere_area
from geometry.matching import rotation
from geometry.measures import directions
from geometry.weights import checked_weights

Array = NDArray[np.float64]
# Nothing is known of the noise: log-uniform from rounding to where no shape is left.
_NOISE = np.geomspace(1e-9, 0.15, 120)
_ODDS = 5  # to one, against each of the n(n - 1)/2 ways of cutting, are asked of a group
_ROUNDING = 1e-10  # gaps between Gram values below this are rounding
_TIE = 1e-6  # evidences closer than this differ by rounding: the larger group is taken
_CUTS = 12  # ways of cutting the Gram values that are tried, the clearest first
_ROUNDS = 4  # of cleaning; more change nothing
_LARGEST = 24  # dimensions in which commuting rotations are counted; beyond, none is assumed
_EXTENT = 0.1  # an axis counts when its eigenvalue is at least this share of the largest


@dataclass(frozen=True)
class Symmetry:
    """The group of feature permutations that rotations and reflections of hidden space perform.

    Attributes
    ----------
    order : the number of permutations in the group; a lower bound where it is not `complete`
    generators : permutations that generate it, ``generator[i]`` the image of feature i
    orbits : the features in classes that the group takes to one another
    residual : root mean square displacement of the directions (or rows) from the nearest
        configuration that has the symmetry exactly, relative to their root mean square length
    levels : the inner products of different features, averaged over the group, ascending
    complete : False where the search for permutations reached its limit
    """

    order: int
    generators: tuple[tuple[int, ...], ...]
    orbits: tuple[tuple[int, ...], ...]
    residual: float
    levels: tuple[float, ...]
    complete: bool = True

    def to_dict(self) -> dict[str, Any]:
        """Every attribute as JSON has it: lists for tuples."""
        return {
            "order": self.order,
            "generators": [list(g) for g in self.generators],
            "orbits": [list(orbit) for orbit in self.orbits],
            "residual": self.residual,
            "levels": list(self.levels),
            "complete": self.complete,
        }


def symmetry(W: ArrayLike, *, norms: bool = False) -> Symmetry:
    r"""The symmetry group that the directions of features most probably have.

    The inner products are cut into levels at their largest gaps; each way of cutting colours the
    pairs of features, and the automorphisms of the coloured graph are a candidate group Γ. With the
    Gram matrix averaged over Γ,

    .. math:: \bar G_{ij} = \frac{1}{|\Gamma|} \sum_{g \in \Gamma} \hat W_{g(i)} \cdot \hat W_{g(j)}

    comes the nearest symmetric configuration and the squared displacement E from it. The group that
    is chosen has the largest evidence against independent directions: with q the number of degrees
    of freedom that it takes from the n(r − 1) of directions in their span of r dimensions,

    .. math:: \log \frac{|\Gamma|}{5 \, n! \binom n2}
              \Big\langle (2\pi s^2)^{-q/2} e^{-E/2s^2} \Big\rangle_\sigma
              + \frac{q}{r - 1} \log |S^{r-1}|, \qquad s^2 = \frac{\sigma^2}{r - 1},

    averaged over a noise σ (root mean square displacement per unit length) that is log-uniform
    from rounding to .15. There are at most n!/|Γ| ways to choose which feature is which, n(n − 1)/2
    ways to cut, and odds of 5 to 1 are asked for. So noise needs no threshold, a larger group may
    leave a larger residual, and directions without symmetry have the trivial group.

    Parameters
    ----------
    W : (n_features, n_hidden), no row zero; for a component its rows only. Up to a few hundred rows
    norms : whether the group must preserve norms too, not only directions

    Raises
    ------
    ValueError
        for zero rows and for what is no weight matrix.

    >>> found = symmetry([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    >>> found.order, found.orbits, found.residual < 1e-9
    (8, ((0, 1, 2, 3),), True)
    """
    array, norms = checked_weights(W, ndim=(2,)), truth("norms", norms)
    empty = np.flatnonzero(~array.any(axis=1))
    if len(empty):
        raise ValueError(
            f"expected rows that are not zero, got {len(empty)} zero rows, the first at "
            f"{empty[0]}; leave out features that are not represented"
        )
    if not norms:
        return _chosen(directions(array), norms)
    scaled = array / np.abs(array).max()
    return _chosen(scaled / np.sqrt((scaled**2).sum(axis=1).mean()), norms)


def _chosen(X: Array, norms: bool) -> Symmetry:
    """The candidate group with the largest evidence, or the trivial one."""
    n, gram = len(X), X @ X.T
    none = Symmetry(1, (), tuple((i,) for i in range(n)), 0.0, _levels(gram))
    alone = np.arange(n * n).reshape(n, n)
    best, most = none, _evidence(X, gram, Automorphisms(1, (), True), alone, norms)[0]
    for colours in _colourings(X, norms):
        group = automorphisms(colours)
        if group.order == 1:
            continue
        pairs = orbitals(group.generators, n)
        average = _averaged(gram, pairs)
        evidence, error = _evidence(X, average, group, pairs, norms)
        ahead = evidence - most
        if ahead > _TIE or (ahead > -_TIE and group.order > best.order):
            most = evidence
            best = Symmetry(
                group.order,
                tuple(tuple(map(int, g)) for g in group.generators),
                _classes(orbits(group.generators, n)),
                float(np.sqrt(error / n)),
                _levels(average),
                group.complete,
            )
    return best


def _colourings(X: Array, norms: bool) -> Iterator[NDArray[np.intp]]:
    """Levels of the Gram values, each way of cutting them as it is and cleaned of noise."""
    gram, seen = X @ X.T, set()
    # twice what the strongest noise does to inner products; those of random ones spread 1/√r
    widest = 2 * _NOISE[-1] * np.sqrt(2 / np.linalg.matrix_rank(X))
    for resolution in _resolutions(gram):
        raw = _cut(gram, resolution, norms)
        for colours in (raw, _cleaned(X, raw)):
            if colours.tobytes() not in seen and _spread(gram, colours) <= widest:
                seen.add(colours.tobytes())
                yield colours


def _resolutions(gram: Array) -> list[float]:
    """The gaps at which to cut: those that are widest against the widest that is not cut."""
    values = np.sort(gram[np.triu_indices(len(gram), 1)])
    gaps = np.append(-np.sort(-np.diff(values)), 0.0)
    gaps = np.append(np.inf, np.maximum(gaps, _ROUNDING))
    ratio = np.append(np.inf, gaps[1:-1] / gaps[2:])
    few = np.argsort(-ratio, kind="stable")[:_CUTS]
    return [float(np.sqrt(gaps[k] * gaps[k + 1])) for k in few]


def _cut(gram: Array, resolution: float, norms: bool) -> NDArray[np.intp]:
    """Colours of the pairs and of the features, numbered by value between gaps of that width."""
    n = len(gram)
    colours = np.zeros((n, n), dtype=np.intp)
    upper = np.triu_indices(n, 1)
    colours[upper] = _steps(gram[upper], resolution)
    colours += colours.T
    np.fill_diagonal(colours, _steps(np.diag(gram), resolution) if norms else 0)
    return colours


def _steps(values: Array, resolution: float) -> NDArray[np.intp]:
    order = np.argsort(values, kind="stable")
    steps = np.zeros(len(values), dtype=np.intp)
    steps[order[1:]] = np.cumsum(np.diff(values[order]) > resolution)
    return steps


def _cleaned(X: Array, colours: NDArray[np.intp]) -> NDArray[np.intp]:
    """Colours that agree with points in the span: values near the edge of a level change sides."""
    gram, upper, d = X @ X.T, np.triu_indices(len(X), 1), _span(X)
    for _ in range(_ROUNDS):
        centres, colour = _centres(gram[upper], colours[upper])
        level = np.diag(np.diag(gram) / 2)
        level[upper] = centres[colour]
        points = _configuration(level + level.T, d)
        products = (points @ points.T)[upper]
        cleaner = np.zeros_like(colours)
        cleaner[upper] = np.searchsorted((centres[1:] + centres[:-1]) / 2, products)
        cleaner += cleaner.T + np.diag(np.diag(colours))
        if np.array_equal(cleaner, colours):
            break
        colours = cleaner
    return colours


def _spread(gram: Array, colours: NDArray[np.intp]) -> float:
    """The root mean square deviation of the inner products from the mean of their colour."""
    upper = np.triu_indices(len(gram), 1)
    centres, colour = _centres(gram[upper], colours[upper])
    return float(np.sqrt(((gram[upper] - centres[colour]) ** 2).sum() / max(len(colour), 1)))


def _centres(values: Array, colours: NDArray[np.intp]) -> tuple[Array, NDArray[np.intp]]:
    """The mean of the values of every colour that occurs, and which one each value has."""
    _, colour = np.unique(colours, return_inverse=True)
    return np.bincount(colour, values) / np.bincount(colour), colour


def _averaged(gram: Array, pairs: NDArray[np.intp]) -> Array:
    """The Gram matrix averaged over a group, given the orbits of the pairs."""
    label = pairs.ravel()
    return (np.bincount(label, gram.ravel()) / np.bincount(label))[pairs]


def _span(X: Array) -> int:
    """The number of axes along which points extend by more than noise would."""
    s = np.linalg.svd(X, compute_uv=False)
    return int((s**2 > _EXTENT * s[0] ** 2).sum())


def _configuration(gram: Array, d: int) -> Array:
    """Points in (at least) d dimensions with nearly that Gram matrix and exactly its diagonal."""
    values, vectors = np.linalg.eigh(gram)
    # an eigenspace is taken whole: part of it would not be invariant
    kept = (values >= values[-d] * (1 - 1e-6)) & (values > _ROUNDING * values[-1])
    points = vectors[:, kept] * np.sqrt(values[kept])
    norms = np.linalg.norm(points, axis=1, keepdims=True)
    return points / np.where(norms > 0, norms, 1) * np.sqrt(np.diag(gram))[:, None]


def _evidence(
    X: Array, average: Array, group: Automorphisms, pairs: NDArray[np.intp], norms: bool
) -> tuple[float, float]:
    """The evidence for a group and the squared displacement from its symmetric configuration.

    The configuration may lie in a subspace of the span of X, from which noise has displaced it.
    """
    n = len(X)
    s = np.linalg.svd(X, compute_uv=False)
    r = int((s > _ROUNDING * s[0]).sum())
    choices = []
    for d in sorted({_span(X), r}):
        points = _configuration(average, d)
        error = float(((X - points @ rotation(X, points)) ** 2).sum())
        d = points.shape[1]
        free = _freedom(points, group, pairs, norms) + max(d * (r - d), 0)
        per_row = r - 1 + norms
        q = n * per_row - free
        value = _log_marginal(error, max(q, 0), per_row)
        if q > 0:
            value += q / per_row * log_sphere_area(r)
        if group.order > 1 and q > 0:
            value += log(group.order) - lgamma(n + 1) - log(_ODDS * comb(n, 2))
        choices.append((value, -error))
    value, error = max(choices)
    return value, -error


def _freedom(points: Array, group: Automorphisms, pairs: NDArray[np.intp], norms: bool) -> int:
    """The dimension of the configurations that have the same symmetry in the same space.

    A feature moves in what its stabiliser fixes, spanned by its sums over orbits of the
    stabiliser; the space turns, except by rotations that commute with the group, which move
    features too.
    """
    n, d = points.shape
    if group.order == 1:
        return n * (d - 1 + norms)
    label = orbits(group.generators, n)
    free = 0
    for i in np.unique(label, return_index=True)[1]:
        _, own = np.unique(pairs[i], return_inverse=True)
        sums = np.zeros((own.max() + 1, d))
        np.add.at(sums, own, points)
        free += np.linalg.matrix_rank(sums, tol=1e-6) - 1 + norms
    return int(free) + d * (d - 1) // 2 - _commuting(points, group, pairs)


def _commuting(points: Array, group: Automorphisms, pairs: NDArray[np.intp]) -> int:
    """The dimension of the rotations that commute with the group."""
    d = points.shape[1]
    if d < 2 or d > _LARGEST or np.array_equal(pairs, pairs.T):
        return 0  # every pair can be exchanged: then only symmetric maps commute
    rows, columns = np.triu_indices(d, 1)
    basis = np.zeros((len(rows), d, d))
    index = np.arange(len(rows))
    basis[index, rows, columns], basis[index, columns, rows] = 1.0, -1.0
    square = np.zeros((len(rows), len(rows)))
    for g in group.generators:
        turn = rotation(points[g], points)
        off = (basis @ turn - turn @ basis).reshape(len(rows), -1)
        square += off @ off.T
    return int((np.linalg.eigvalsh(square) < 1e-6).sum())


def _log_marginal(error: float, q: int, per_row: int) -> float:
    """log of the density of q displacements of that squared sum, averaged over the noise."""
    variance = _NOISE**2 / max(per_row, 1)
    logs = -q / 2 * np.log(2 * pi * variance) - error / (2 * variance)
    peak = logs.max()
    return float(peak + np.log(np.exp(logs - peak).mean()))


def _classes(label: NDArray[np.intp]) -> tuple[tuple[int, ...], ...]:
    """The members of every class, classes by their first member."""
    first = np.sort(np.unique(label, return_index=True)[1])
    return tuple(tuple(map(int, np.flatnonzero(label == label[i]))) for i in first)


def _levels(average: Array) -> tuple[float, ...]:
    """The averaged inner products of different features, rounding apart, ascending."""
    upper = np.triu_indices(len(average), 1)
    values = np.sort(average[upper])
    if not len(values):
        return ()
    starts = np.append(0, np.flatnonzero(np.diff(values) > _ROUNDING) + 1)
    return tuple(float(values[i]) for i in starts)
