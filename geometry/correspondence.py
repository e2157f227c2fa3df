"""Which vertex is which feature: the order and rotation that bring two point sets closest.

A few features that span the space are laid onto vertices one after another, always the most
consistent ways first; ways that a symmetry of the vertices carries into each other are followed
once. Each way gives a rotation, and optimal assignments and rotations in turns do the rest. Near
the vertices the first way is the right one, and nothing else is searched.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy
from numpy.typing import NDArray

Array = NDArray[np.float64]
Order = NDArray[np.intp]
_WIDTH, _TRIES = 16, 8  # ways that are followed, and those of them that are refined
_SETTLED = 0.25  # of the smallest distance of two vertices: hardly any other order comes closer
_HOPE = 1.5  # seldom does a second start leave less than two thirds of the distance
_SPANNING = 0.5  # of the squared length that a further point could add to the span
_COPIES = 24  # of one way, or so many, may stand before another
_WEIGHTS = np.random.default_rng(240).uniform(1, 2, size=64)  # of no meaning, only generic


@dataclass(frozen=True, eq=False)
class Target:
    """Vertices with what the search needs of them, computed once.

    Attributes
    ----------
    vertices : (k, d)
    gram : (k, k)
    kinds : the different sorted Gram rows, and for every vertex the index of its own
    levels : the different Gram entries, ascending
    pairs : (k, k), equal for two pairs of vertices that a symmetry carries into each other
    gap : the smallest distance of two vertices
    """

    vertices: Array
    gram: Array
    kinds: tuple[Array, Order]
    levels: Array
    pairs: Array
    gap: float

    @classmethod
    def of(cls, vertices: Array) -> Target:
        """Prepare vertices of shape (k, d)."""
        gram = vertices @ vertices.T
        rows = np.sort(gram, axis=1)
        _, first, kind = np.unique(rows.round(6), axis=0, return_index=True, return_inverse=True)
        gap = float(scipy.spatial.distance.pdist(vertices).min()) if len(vertices) > 1 else 1.0
        levels = gram.ravel()[np.unique(gram.round(6), return_index=True)[1]]
        kinds = rows[first], kind.reshape(-1)
        return cls(vertices, gram, kinds, levels, _pairs(_rounded(gram, levels)), gap)

    @cached_property
    def settled(self) -> float:
        """The squared error up to which an order is the right one: no other comes as close.

        Another way to lay the vertices onto themselves that leaves an error E leaves at least E/4
        where this one leaves less, by the triangle inequality.
        """
        no_pairs, no_unary = np.zeros_like(self.pairs), np.zeros_like(self.pairs)
        others = [(2 * _SETTLED * self.gap) ** 2 * len(self.vertices)]
        for first in {0, len(self.vertices) // 2}:
            sequence = _sequence(self.vertices, first)
            beams = _beams(self.gram, no_pairs, no_unary, self, sequence, 2 * _WIDTH)
            found = _refined_beams(self.vertices, self.vertices, self, sequence, beams, _WIDTH)
            others += [error for _, error in found if error > 1e-6]
        return min(others) / 4


def rotation(X: Array, T: Array) -> Array:
    """The R of shape (d, m) with orthonormal rows (or columns) that minimises sum |X - T R|^2."""
    U, _, Vt = np.linalg.svd(T.T @ X, full_matrices=False)
    return U @ Vt


def squared_error(X: Array, T: Array) -> float:
    """The sum of |X - T R|^2 at the best R."""
    return float(((X - T @ rotation(X, T)) ** 2).sum())


def correspond(
    X: Array, target: Target, *, reach: float = np.inf, width: int = _WIDTH, starts: int = 6
) -> Order:
    """For every point its vertex, so that a rotation brings them closest, as far as found.

    .. math:: min over permutations pi and R in O(m) of sum_i |X_i - T_pi(i) R|^2

    Parameters
    ----------
    X : (k, m) points
    target : k prepared vertices in d dimensions
    reach : the root mean square distance that is asked for: what the first start leaves much
        further off is not searched again
    width : of the beam, the number of different ways that are followed; doubled at every start
    starts : how often the search may start, each time from another point, until only one way is
        left, or no other could come as close, or no nearer one is found
    """
    X = coordinates(X, target.vertices.shape[1])
    flat = _flattened(X, target.vertices.shape[1])
    gram = flat @ flat.T
    pairs = _pairs(_rounded(gram, target.levels))
    kinds, kind = target.kinds
    unary = scipy.spatial.distance.cdist(np.sort(gram, axis=1), kinds, "sqeuclidean") / max(
        len(X) - 1, 1
    )
    firsts = np.argsort(unary.min(axis=1), kind="stable")[:starts]
    best, error, unary = np.arange(len(X)), np.inf, unary[:, kind]
    for start, first in enumerate(firsts):
        sequence, before = _sequence(flat, int(first)), error
        beams = _beams(gram, pairs, unary, target, sequence, width << start)
        for found, found_error in _refined_beams(X, flat, target, sequence, beams, _TRIES):
            if found_error < error:
                best, error = found, found_error
            if len(beams) == 1 or error <= target.settled:
                return best
        if hopeless(error, len(X), reach) or (start and error >= before * (1 - 1e-6)):
            break
    return best


def hopeless(error: float, k: int, reach: float) -> bool:
    """Whether a first squared error over k points is too large for a search to bring in reach."""
    return error > (_HOPE * reach) ** 2 * k


def refined(X: Array, T: Array, overlap: Array) -> tuple[Order, float]:
    """Assignments and rotations in turns until neither moves, and the squared error they leave.

    Parameters
    ----------
    X, T : (k, m) points and (k, d) vertices
    overlap : (k, k), of every point with every vertex as first laid
    """
    order = assigned(overlap)
    while True:
        error = squared_error(X, T[order])
        following = assigned(X @ (T @ rotation(X, T[order])).T)
        if np.array_equal(following, order):
            return order, error
        following_error = squared_error(X, T[following])
        if following_error >= error * (1 - 1e-12):
            return order, error
        order = following


def assigned(overlap: Array) -> Order:
    """For every point the vertex in the assignment of largest total overlap."""
    nearest = overlap.argmax(axis=1)
    if len(set(nearest.tolist())) == len(nearest):
        return nearest
    return scipy.optimize.linear_sum_assignment(overlap, maximize=True)[1]


def coordinates(X: Array, d: int) -> Array:
    """X in coordinates of its own span, at least d of them: same Gram matrix, shorter rows."""
    if d <= X.shape[1] <= max(len(X), d):
        return X
    U, s, _ = np.linalg.svd(X, full_matrices=False)
    return np.pad(U * s, ((0, 0), (0, max(0, d - len(s)))))


def _flattened(X: Array, d: int) -> Array:
    """X in its d longest directions, without the noise in the others."""
    if X.shape[1] <= d:
        return X
    U, s, _ = np.linalg.svd(X, full_matrices=False)
    return (U * s)[:, :d]


def _rounded(gram: Array, levels: Array) -> Array:
    """Every entry at the nearest level."""
    return levels[np.searchsorted((levels[1:] + levels[:-1]) / 2, gram)]


def _pairs(gram: Array) -> Array:
    """Numbers for pairs of vertices that depend on nothing but their place in the Gram matrix."""
    colours = gram
    for _ in range(2):
        colours = gram + _curved(colours + 0.3) @ _curved(colours - 0.7)
    return colours


def _look(views: Array, pairs: Array) -> Array:
    """One number for a set of views, the same in whichever order of the vertices they come."""
    weights = _curved(pairs)
    # off centre, what tells vertices apart would drown in what all have around them
    weights = (weights - weights.mean()).T
    around = views + _curved(views) @ weights
    # and once more: from the 256 points of the Nordstrom-Robinson code all pairs look alike
    return _curved(views + _curved(around) @ weights).sum(axis=-1)


def _curved(x: Array) -> Array:
    """A function without any identities between its values at sums and differences."""
    return 1 / (1 + x * x)


def _sequence(X: Array, first: int) -> list[int]:
    """Points that span the space, each close to those before it, and two more for near misses.

    Orthogonal points would span it best, and tell least which they are.
    """
    rest, overlap, free = X.copy(), np.zeros(len(X)), np.ones(len(X), dtype=bool)
    sequence = [first]
    while len(sequence) < min(len(X), X.shape[1] + 2):
        last = sequence[-1]
        free[last] = False
        overlap += (X @ X[last]) ** 2
        new = np.ones(len(X))
        if len(sequence) < X.shape[1]:
            axis = rest[last] / max(np.linalg.norm(rest[last]), 1e-300)
            rest -= np.outer(rest @ axis, axis)
            new = (rest**2).sum(axis=1) * free
        open_to_choice = free & (new >= _SPANNING * new.max())
        sequence.append(int(np.argmax(np.where(open_to_choice, overlap, -1))))
    return sequence


def _beams(
    gram: Array, pairs: Array, unary: Array, target: Target, sequence: list[int], width: int
) -> Order:
    """Vertices for the points of the sequence, the most consistent choices first."""
    k, own = len(gram), np.diag(target.gram)
    beams, cost, views = np.empty((1, 0), dtype=np.intp), np.zeros(1), np.zeros((1, k))
    view = np.zeros(k)
    for step, point in enumerate(sequence):
        total = cost[:, None] + (unary[point] + (gram[point, point] - own) ** 2)
        if step:
            wanted = gram[point, sequence[:step]]
            total += ((target.gram[beams] - wanted[:, None]) ** 2).sum(axis=1)
            np.put_along_axis(total, beams, np.inf, axis=1)
        order = np.argsort(total, axis=None, kind="stable")[: total.size - beams.size]
        order = order[: _COPIES * width]
        beam, vertex = np.divmod(order, k)
        weight = _WEIGHTS[step % len(_WEIGHTS)]
        seen, view = views[beam] + weight * target.pairs[vertex], view + weight * pairs[point]
        # ways that look alike from all vertices together are carried into each other
        look = _look(seen, target.pairs)
        chosen = np.sort(np.unique(look.round(9), return_index=True)[1])
        # and one that looks like the points do, at the nearest levels, is the way
        exact = chosen[np.abs(look[chosen] - _look(view, pairs)) < 1e-9]
        chosen = (exact if len(exact) else chosen)[:width]
        beams = np.column_stack([beams[beam[chosen]], vertex[chosen]])
        cost, views = total.ravel()[order[chosen]], seen[chosen]
    return beams


def _refined_beams(
    X: Array, flat: Array, target: Target, sequence: list[int], beams: Order, tries: int
) -> Iterator[tuple[Order, float]]:
    """The orders that the beams lead to and their errors; what looks best overall comes first."""
    T = target.vertices
    cross = np.swapaxes(T[beams], 1, 2) @ flat[sequence]
    U, _, Vt = np.linalg.svd(cross, full_matrices=False)
    overlaps = flat @ np.swapaxes(T @ (U @ Vt), 1, 2)
    nearest = (np.diag(target.gram) - 2 * overlaps).min(axis=2).sum(axis=1)
    for b in np.argsort(nearest, kind="stable")[:tries]:
        yield refined(X, T, overlaps[b])
