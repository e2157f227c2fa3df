"""Which vertex is which feature: the correspondence and rotation that bring two point sets closest.

Sorted Gram rows say which vertex a feature resembles, a beam search over a well-spread sequence of
vertices finds candidate correspondences, and alternating Procrustes rotations with optimal
assignments refines the best of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment, minimize_scalar
from scipy.spatial.distance import cdist

from geometry.template import Template

Array = NDArray[np.float64]
_SETTLED = 0.1  # a fit this close is the right one: distinct correspondences differ by more
_GRID = 5  # starting values per free parameter of a family


@dataclass(frozen=True, eq=False)
class Target:
    """Vertices with what the search needs of them, computed once."""

    vertices: Array
    gram: Array
    rows: Array
    sequence: tuple[int, ...]

    @classmethod
    def of(cls, vertices: Array) -> Target:
        """Prepare vertices of shape (k, d)."""
        gram = vertices @ vertices.T
        return cls(vertices, gram, np.sort(gram, axis=1), _spread(vertices))


@dataclass(frozen=True, eq=False)
class Match:
    """A template laid onto features.

    Attributes
    ----------
    matching : for every feature the index of its vertex, shape (k,)
    squared_error : sum over features of the squared distance to their vertices
    parameters : of a family, the fitted values by name
    """

    matching: NDArray[np.intp]
    squared_error: float
    parameters: dict[str, float]

    @property
    def rmsd(self) -> float:
        """The root mean square distance between a feature and its vertex."""
        return float(np.sqrt(self.squared_error / len(self.matching)))


def rotation(X: Array, T: Array) -> Array:
    """The R of shape (d, m) with orthonormal rows (or columns) that minimises sum |X - T R|^2."""
    U, _, Vt = np.linalg.svd(T.T @ X, full_matrices=False)
    return U @ Vt


def row_distance(X: Array, target: Target) -> float:
    """How far the sorted Gram rows are apart, root mean square; at most about twice the rmsd."""
    unary = _unary(np.sort(X @ X.T, axis=1), target.rows)
    return float(np.sqrt(unary[linear_sum_assignment(unary)].mean()))


def correspond(X: Array, target: Target, *, width: int = 64, limit: int = 512) -> Match:
    """The correspondence and rotation that bring vertices closest to points, as far as found.

    .. math:: min over permutations pi and R in O(m) of sum_i |X_i - T_pi(i) R|^2

    Parameters
    ----------
    X : (k, m) points
    target : k prepared vertices in d <= m dimensions
    width : of the beam; doubled until the error is small or no longer falls, up to `limit`
    """
    X = _coordinates(X, target.vertices.shape[1])
    gram = X @ X.T
    unary = _unary(np.sort(gram, axis=1), target.rows)
    best: Match | None = None
    while True:
        found = _refined(X, target, _beams(gram, unary, target, width))
        stable = best is not None and found.squared_error >= best.squared_error * (1 - 1e-9)
        best = found if best is None or not stable else best
        scale = (X**2).sum() / len(X)
        if stable or width >= limit or best.rmsd**2 <= _SETTLED**2 * scale:
            return best
        width *= 2


def fit(X: Array, template: Template) -> Match:
    """A template laid onto k features as closely as rotation, order and free parameters allow.

    Parameters
    ----------
    X : (k, m), one direction per vertex of the template, m at least its dimension
    """
    options = _targets(template)
    if not template.parameters:
        return correspond(X, options[0][1])
    near = sorted(options, key=lambda option: row_distance(X, option[1]))[:2]
    return min((_fit_family(X, template, *o) for o in near), key=lambda match: match.squared_error)


def prefilter(X: Array, template: Template) -> float:
    """The smallest distance of sorted Gram rows that a template, or a member of a family, has."""
    return min(row_distance(X, target) for _, target in _targets(template))


def _fit_family(X: Array, template: Template, values: dict[str, float], target: Target) -> Match:
    """Alternate between the correspondence and each free parameter until neither moves."""
    X = _coordinates(X, template.dimension)
    match = correspond(X, target)
    for _ in range(20):
        previous = match.squared_error
        for p in template.parameters:
            best = minimize_scalar(
                _family_error,
                bounds=(p.low, p.high),
                args=(p.name, values, template, match.matching, X),
                method="bounded",
                options={"xatol": 1e-7},
            )
            values = values | {p.name: float(np.clip(best.x, p.low, p.high))}
        target = Target.of(template.at(**values))
        refined = _refined(X, target, match.matching[None], complete=True)
        match = Match(refined.matching, refined.squared_error, values)
        if match.squared_error >= previous * (1 - 1e-6) - 1e-14:
            break
    return match


def _family_error(
    value: float,
    name: str,
    values: dict[str, float],
    template: Template,
    matching: NDArray[np.intp],
    X: Array,
) -> float:
    return _squared_error(X, template.at(**(values | {name: value}))[matching])


@lru_cache(maxsize=4096)
def _targets(template: Template) -> tuple[tuple[dict[str, float], Target], ...]:
    grids = [np.linspace(p.low, p.high, _GRID) for p in template.parameters]
    names = [p.name for p in template.parameters]
    choices = [dict(zip(names, map(float, v), strict=True)) for v in product(*grids)]
    return tuple((choice, Target.of(template.at(**choice))) for choice in choices)


def _coordinates(X: Array, d: int) -> Array:
    """X in coordinates of its own span, at least d of them: same Gram matrix, shorter rows."""
    if X.shape[1] <= max(len(X), d):
        return X
    U, s, _ = np.linalg.svd(X, full_matrices=False)
    return np.pad(U * s, ((0, 0), (0, max(0, d - len(s)))))


def _spread(vertices: Array) -> tuple[int, ...]:
    """A sequence of vertices that spans the space well, and one more to tell mirror images."""
    rest, sequence = vertices.copy(), []
    for _ in range(min(vertices.shape)):
        norms = (rest**2).sum(axis=1)
        norms[sequence] = -1
        i = int(np.argmax(norms > norms.max() * (1 - 1e-9)))
        sequence.append(i)
        axis = rest[i] / max(np.linalg.norm(rest[i]), 1e-300)
        rest = rest - np.outer(rest @ axis, axis)
    order = np.argsort(-(vertices**2).sum(axis=1), kind="stable")
    return (*sequence, *[int(i) for i in order if i not in sequence][:1])


def _unary(rows: Array, target_rows: Array) -> Array:
    """Mean squared difference between the sorted Gram rows of every feature and every vertex."""
    return cdist(rows, target_rows, "sqeuclidean") / max(rows.shape[1] - 1, 1)


def _beams(gram: Array, unary: Array, target: Target, width: int) -> NDArray[np.intp]:
    """Features for the vertices of the sequence, the most consistent choices first."""
    first = target.sequence[0]
    cost = unary[:, first] + (np.diag(gram) - target.gram[first, first]) ** 2
    order = np.argsort(cost, kind="stable")[:width]
    beams, cost = order[:, None], cost[order]
    for step, vertex in enumerate(target.sequence[1:], start=1):
        wanted = target.gram[list(target.sequence[:step]), vertex]
        pair = ((gram[beams] - wanted[None, :, None]) ** 2).sum(axis=1)
        total = cost[:, None] + pair + unary[None, :, vertex]
        total += (np.diag(gram) - target.gram[vertex, vertex]) ** 2
        np.put_along_axis(total, beams, np.inf, axis=1)
        order = np.argsort(total, axis=None, kind="stable")[:width]
        order = order[np.isfinite(total.ravel()[order])]
        beam, feature = np.unravel_index(order, total.shape)
        beams, cost = np.column_stack([beams[beam], feature]), total[beam, feature]
    return beams


def _refined(
    X: Array, target: Target, beams: NDArray[np.intp], *, complete: bool = False, tries: int = 6
) -> Match:
    """The best correspondence that alternating rotation and assignment reaches from the beams.

    A beam holds the features of the vertices in the sequence; a complete one, the other way round,
    the vertex of every feature.
    """
    T = target.vertices
    if complete:
        overlaps = (T @ rotation(X, T[beams[0]]))[None] @ X.T
    else:
        cross = np.einsum("vd,bvm->bdm", T[list(target.sequence)], X[beams])
        U, _, Vt = np.linalg.svd(cross, full_matrices=False)
        overlaps = np.einsum("vd,bdm->bvm", T, U @ Vt) @ X.T
    best_error, best = np.inf, None
    seen = set()
    for b in np.argsort(-overlaps.max(axis=1).sum(axis=1), kind="stable")[:tries]:
        overlap, matching = overlaps[b], None
        for _ in range(50):
            assigned = linear_sum_assignment(-overlap.T)[1]
            if matching is not None and np.array_equal(assigned, matching):
                break
            matching = assigned
            overlap = (T @ rotation(X, T[matching])) @ X.T
        if matching is None or matching.tobytes() in seen:
            continue
        seen.add(matching.tobytes())
        error = _squared_error(X, T[matching])
        if error < best_error:
            best_error, best = error, matching
    assert best is not None
    return Match(best, best_error, {})


def _squared_error(X: Array, T: Array) -> float:
    return float(((X - T @ rotation(X, T)) ** 2).sum())
