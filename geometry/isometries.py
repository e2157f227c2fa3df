"""Isometries between point sets, and with them the symmetry group of one.

Points are told apart by their scalar products alone: individualise one point after another, refine
the colours of the rest by what they see, and compare the two sides. Every permutation found is
verified, so that nothing rests on the refinement but speed.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
_MIX = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0xD6E8FEB86659FD93], np.uint64)


@dataclass(frozen=True, eq=False)
class SymmetryGroup:
    """The permutations of k points that isometries perform.

    Attributes
    ----------
    order : how many there are
    orbits : (k,), the number of the orbit of every point, orbits numbered by their first points
    generators : permutations that generate the group, each of shape (k,)
    """

    order: int
    orbits: Integers
    generators: tuple[Integers, ...]


def symmetry_group(vertices: Array, *, tolerance: float = 1e-9) -> SymmetryGroup:
    r"""The permutations of points that leave every scalar product as it is.

    .. math:: |G| = \prod_i |b_i^{G_i}|, \qquad G_i = \{g : g b_j = b_j,\ j < i\}

    with base points b_i whose refinement tells all points apart.

    Parameters
    ----------
    vertices : (k, d)
    tolerance : scalar products closer than this, directly or through others, are the same

    >>> square = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    >>> symmetry_group(square).order
    8

    References
    ----------
    McKay & Piperno 2014, Practical graph isomorphism II, J. Symbolic Computation 60.
    """
    (levels,) = _levels([vertices @ vertices.T], tolerance)
    colours = [_refined(levels, np.zeros(len(levels), np.int64))]
    base: list[int] = []
    while (cell := _largest_cell(colours[-1])) is not None:
        base.append(cell)
        colours.append(_refined(levels, _individualised(colours[-1], cell)))
    generators: list[Integers] = []
    lengths = []
    for depth in reversed(range(len(base))):
        point = base[depth]
        orbits = _orbits(len(levels), generators)
        hopeless: list[int] = []
        for image in np.flatnonzero(colours[depth] == colours[depth][point]):
            if orbits[image] in orbits[[point, *hopeless]]:
                continue
            found = _extension(
                levels,
                levels,
                _individualised(colours[depth], point),
                _individualised(colours[depth], int(image)),
            )
            if found is None:
                hopeless.append(int(image))
                continue
            generators.append(found)
            orbits = _orbits(len(levels), generators)
        lengths.append(int((orbits == orbits[point]).sum()))
    return SymmetryGroup(prod(lengths), _orbits(len(levels), generators), tuple(generators))


def isometry(first: Array, second: Array, *, tolerance: float = 1e-9) -> Integers | None:
    """For every point of the first set its image in the second, or None when there is no isometry.

    Parameters
    ----------
    first, second : (k, d) and (k, e); only scalar products are compared
    tolerance : as in `symmetry_group`

    >>> triangle = np.array([[1.0, 0.0], [-0.5, 0.75**0.5], [-0.5, -(0.75**0.5)]])
    >>> isometry(triangle, triangle @ [[0.0, 1.0], [1.0, 0.0]]) is not None
    True
    """
    if len(first) != len(second):
        return None
    a, b = _levels([first @ first.T, second @ second.T], tolerance)
    start = np.zeros(len(first), np.int64)
    return _extension(a, b, start, start)


def _levels(grams: list[Array], tolerance: float) -> list[Integers]:
    """Every scalar product as the number of its cluster, the same numbers for all matrices."""
    values = np.sort(np.concatenate([gram.ravel() for gram in grams]))
    gaps = np.flatnonzero(np.diff(values) > tolerance)
    cuts = (values[gaps] + values[gaps + 1]) / 2
    return [np.searchsorted(cuts, gram).astype(np.int64) for gram in grams]


def _signatures(levels: Integers, colours: Integers) -> NDArray[np.uint64]:
    """For every point a number that depends on which colours it sees at which scalar products."""
    seen = levels.astype(np.uint64) * _MIX[0] + colours.astype(np.uint64)[None, :] * _MIX[1]
    seen = (seen ^ (seen >> np.uint64(29))) * _MIX[2]
    seen = (seen ^ (seen >> np.uint64(32))) * _MIX[0]
    return seen.sum(axis=1) + colours.astype(np.uint64) * _MIX[2]


def _refined(levels: Integers, colours: Integers) -> Integers:
    refined = _refined_together(levels, levels, colours, colours)
    assert refined is not None
    return refined[0]


def _refined_together(
    a: Integers, b: Integers, colours_a: Integers, colours_b: Integers
) -> tuple[Integers, Integers] | None:
    """Colours split by what their points see until nothing splits; None when two sides differ."""
    k, count = len(a), -1
    while True:
        if not np.array_equal(np.sort(colours_a), np.sort(colours_b)):
            return None
        classes = len(np.unique(colours_a))
        if classes == count:
            return colours_a, colours_b
        count = classes
        both = np.concatenate([_signatures(a, colours_a), _signatures(b, colours_b)])
        numbers = np.unique(both, return_inverse=True)[1].astype(np.int64)
        colours_a, colours_b = numbers[:k], numbers[k:]


def _extension(
    a: Integers, b: Integers, colours_a: Integers, colours_b: Integers
) -> Integers | None:
    """A bijection that respects colours and levels, by depth-first search."""
    refined = _refined_together(a, b, colours_a, colours_b)
    if refined is None:
        return None
    colours_a, colours_b = refined
    point = _largest_cell(colours_a)
    if point is None:
        images = np.empty(len(a), np.int64)
        images[np.argsort(colours_a)] = np.argsort(colours_b)
        return images if np.array_equal(a, b[np.ix_(images, images)]) else None
    chosen = _individualised(colours_a, point)
    for image in np.flatnonzero(colours_b == colours_a[point]):
        found = _extension(a, b, chosen, _individualised(colours_b, int(image)))
        if found is not None:
            return found
    return None


def _individualised(colours: Integers, point: int) -> Integers:
    """The colours with one point in a colour of its own."""
    chosen = colours.copy()
    chosen[point] = -1
    return chosen


def _largest_cell(colours: Integers) -> int | None:
    """The first point of the largest colour class, or None when every class is a single point."""
    _, first, counts = np.unique(colours, return_index=True, return_counts=True)
    return None if counts.max() == 1 else int(first[np.argmax(counts)])


def _orbits(k: int, generators: list[Integers]) -> Integers:
    """The number of every point's orbit, orbits numbered by their first points."""
    label = np.arange(k)
    while True:
        lower = label.copy()
        for g in generators:
            np.minimum.at(lower, g, label)
            np.minimum.at(lower, np.arange(k), label[g])
        if np.array_equal(lower, label):
            return np.unique(label, return_inverse=True)[1].astype(np.int64)
        label = lower
