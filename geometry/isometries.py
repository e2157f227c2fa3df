"""Isometries between point sets, and with them the symmetry group of one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geometry.automorphisms import Automorphisms, Permutation, automorphisms, orbits

Array = NDArray[np.float64]
_NODES = 200_000  # a search this long has never been needed


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
    orbits: NDArray[np.intp]
    generators: tuple[Permutation, ...]


def symmetry_group(vertices: Array, *, tolerance: float = 1e-9) -> SymmetryGroup:
    """The permutations of points that leave every scalar product as it is.

    Parameters
    ----------
    vertices : (k, d)
    tolerance : scalar products closer than this, directly or through others, are the same

    >>> square = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    >>> symmetry_group(square).order
    8
    """
    group = _group(_levels(vertices @ vertices.T, tolerance))
    label = orbits(group.generators, len(vertices))
    _, first, which = np.unique(label, return_index=True, return_inverse=True)
    return SymmetryGroup(group.order, np.argsort(np.argsort(first))[which], group.generators)


def isometry(first: Array, second: Array, *, tolerance: float = 1e-9) -> NDArray[np.intp] | None:
    """For every point of the first set its image in the second, or None when there is no isometry.

    The two are isometric exactly when the pair of them has a symmetry that exchanges them.

    Parameters
    ----------
    first, second : (k, d) and (k, e); only scalar products are compared
    tolerance : as in `symmetry_group`

    >>> triangle = np.array([[1.0, 0.0], [-0.5, 0.75**0.5], [-0.5, -(0.75**0.5)]])
    >>> isometry(triangle, triangle @ [[0.0, 1.0], [1.0, 0.0]]) is not None
    True
    """
    k = len(first)
    if len(second) != k:
        return None
    grams = np.stack([first @ first.T, second @ second.T])
    levels = _levels(grams, tolerance)
    apart = np.full((k, k), levels.max() + 1)
    both = np.block([[levels[0], apart], [apart, levels[1]]])
    exchanges = (g for g in _group(both).generators if g[0] >= k)
    found = next(exchanges, None)
    return None if found is None else found[:k] - k


def _group(levels: NDArray[np.intp]) -> Automorphisms:
    group = automorphisms(levels, limit=_NODES)
    if not group.complete:
        raise ValueError(
            f"expected points whose symmetries {_NODES} steps can find, got {len(levels)} that "
            "need more; raise the tolerance if their scalar products are noisy"
        )
    return group


def _levels(grams: Array, tolerance: float) -> NDArray[np.intp]:
    """Every scalar product as the number of its cluster."""
    values = np.sort(grams, axis=None)
    gaps = np.flatnonzero(np.diff(values) > tolerance)
    return np.searchsorted((values[gaps] + values[gaps + 1]) / 2, grams)
