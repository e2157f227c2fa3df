"""Where to look at a shape from: Coxeter planes, viewpoints in space, stereographic images."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import lcm

import numpy as np
import scipy
from numpy.typing import NDArray

from geometry.correspondence import rotation
from geometry.isometries import symmetry_group

Array = NDArray[np.float64]
Permutations = Sequence[NDArray[np.intp]]
_WORDS = 240  # random symmetries that are looked at; one in 30 of E8's turns a Coxeter plane
_APART = 0.7  # the share of the vertices that stay apart in a plane that is not tilted
_TILT = 0.45
_RANDOM = 64  # planes that are tried when there is no symmetry to go by
_ROUNDING = 1e-6
_ELEVATIONS = np.radians([10, 15, 20, 25])


def coxeter_plane(vertices: Array, generators: Permutations | None = None) -> Array:
    r"""The plane that a symmetry turns by the smallest angle: where most symmetry is seen.

    .. math:: g \, (x + i y) = e^{2 \pi i / h} (x + i y)

    for a symmetry g and the largest h there is. Of a reflection group h is the Coxeter number, g a
    Coxeter element, and the picture the usual one with rings of h vertices. Where many vertices
    would lie on top of each other, as in the plane of one polygon of a duoprism, the plane is
    tilted towards other axes of g.

    Parameters
    ----------
    vertices : (k, d), spanning d ≥ 2 dimensions
    generators : permutations that generate the symmetry group; by default found, from vertices
        that must then be exact

    Returns
    -------
    (2, d), orthonormal rows

    References
    ----------
    Coxeter 1973, Regular Polytopes, section 12.2; Springer 1974, Inventiones Mathematicae 25, 159.

    >>> from geometry import template
    >>> vertices = template("24-cell").vertices
    >>> radii = np.linalg.norm(vertices @ coxeter_plane(vertices).T, axis=1)
    >>> np.unique(radii.round(6), return_counts=True)[1].tolist()
    [12, 12]
    """
    if generators is None:
        generators = symmetry_group(vertices).generators
    most: tuple[float, ...] = ()
    best = np.eye(2, vertices.shape[1])
    for kind, h, plane in _planes(vertices, generators):
        if most > (1, kind, h, 2):
            continue
        apart, gap = _spread(vertices @ plane.T)
        rank = (apart >= _APART, kind, h, apart, gap)
        if rank > most:
            most, best = rank, plane
    return best


def viewpoint(vertices: Array) -> Array:
    """How to hold a solid: its axis of most symmetry nearly upright, nothing hidden if possible.

    Parameters
    ----------
    vertices : (k, 3), exact

    Returns
    -------
    (3, 3), orthonormal rows: to the right, upwards, and towards the viewer

    >>> from geometry import template
    >>> image = template("cube").vertices @ viewpoint(template("cube").vertices)[:2].T
    >>> len(np.unique(image.round(6), axis=0))
    8
    """
    order, axis = 1, np.array([0.0, 0.0, 1.0])
    for order_of_g, turn in _symmetries(vertices, symmetry_group(vertices).generators):
        if np.linalg.det(turn) > 0 and order_of_g > order:
            order = order_of_g
            axis = np.linalg.svd(turn - np.eye(3))[2][2]
    # an apex stands above its base
    tip = float(((vertices @ axis) ** 3).sum())
    axis = axis * np.sign(tip if abs(tip) > _ROUNDING else axis[np.argmax(np.abs(axis))])
    across = np.linalg.svd(axis[None])[2][1:]
    # middles of edges too, so that none hides behind another
    marks = np.vstack([vertices, vertices[nearest_pairs(vertices)].mean(axis=1)])
    best, most = np.eye(3), -1.0
    for elevation in _ELEVATIONS:
        for azimuth in np.linspace(0, 2 * np.pi / order, 24, endpoint=False):
            right = across.T @ [np.cos(azimuth), np.sin(azimuth)]
            back = across.T @ [-np.sin(azimuth), np.cos(azimuth)]
            towards = np.sin(elevation) * axis - np.cos(elevation) * back
            up = np.cos(elevation) * axis + np.sin(elevation) * back
            gap = round(scipy.spatial.distance.pdist(marks @ np.stack([right, up]).T).min(), 6)
            if gap > most:
                best, most = np.stack([right, up, towards]), gap
    return best


def stereographic(points: Array, pole: Array) -> Array:
    r"""Points of the 3-sphere seen from a pole: conformal, circles become circles.

    .. math:: x \mapsto \frac{x - (x \cdot p)\, p}{1 - x \cdot p}

    Parameters
    ----------
    points : (..., 4), unit norm, none at the pole
    pole : (4,), unit norm

    Returns
    -------
    (..., 3), in an orthonormal basis of the space orthogonal to the pole

    >>> stereographic(np.eye(4)[:2], np.eye(4)[3]).round(6).shape
    (2, 3)
    """
    basis = np.linalg.svd(pole[None])[2][1:]
    return points @ basis.T / (1 - points @ pole)[..., None]


def pole(vertices: Array) -> Array:
    """The middle of the largest hole between points of a sphere around the origin, shape (d,).

    >>> from geometry.shapes import simplex
    >>> round(float((simplex(4) @ pole(simplex(4))).max()), 6)
    0.25
    """
    hull = scipy.spatial.ConvexHull(vertices)
    deepest = hull.equations[:, -1].max()
    facets = hull.equations[hull.equations[:, -1] > deepest - _ROUNDING]
    return facets[0, :-1]


def nearest_pairs(vertices: Array, *, slack: float = _ROUNDING) -> NDArray[np.intp]:
    """Edges: every vertex with its d nearest, and with those as near as the last of them.

    A vertex of a polytope in d dimensions has at least d edges, and where all edges are of one
    length these are they. Where that leaves pieces apart, it is as far beyond as it takes to join
    all vertices.

    Parameters
    ----------
    vertices : (k, d)
    slack : scalar products closer than this are one level

    Returns
    -------
    (n_edges, 2), first index below second

    >>> nearest_pairs(np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])).tolist()
    [[0, 1], [0, 3], [1, 2], [2, 3]]
    """
    k, d = vertices.shape
    gram = vertices @ vertices.T
    np.fill_diagonal(gram, -np.inf)
    last = np.sort(gram, axis=1)[:, -min(d, k - 1)]
    below = np.maximum(last[:, None] - gram, 0)
    below = np.minimum(below, below.T)
    np.fill_diagonal(below, 0)
    # the widest step of a minimum spanning tree; zero would be no edge to it
    tree = scipy.sparse.csgraph.minimum_spanning_tree(below + 1).data
    width = max(float(tree.max(initial=1)) - 1, 0) + slack
    near = below <= width
    return np.argwhere(np.triu(near, 1))


def faces(vertices: Array, *, slack: float = _ROUNDING) -> list[NDArray[np.intp]]:
    """The faces of the convex hull of a solid, each as its vertices in order around it.

    Parameters
    ----------
    vertices : (k, 3)
    slack : triangles whose unit normals differ by less are one face

    >>> from geometry import template
    >>> sorted(len(face) for face in faces(template("square antiprism").vertices))
    [3, 3, 3, 3, 3, 3, 3, 3, 4, 4]
    """
    hull = scipy.spatial.ConvexHull(vertices)
    left = list(range(len(hull.simplices)))
    found = []
    while left:
        plane = hull.equations[left[0]]
        same = [i for i in left if np.abs(hull.equations[i] - plane).max() < slack]
        left = [i for i in left if i not in same]
        corners = np.unique(hull.simplices[same])
        offset = vertices[corners] - vertices[corners].mean(axis=0)
        first = offset[0] / np.linalg.norm(offset[0])
        angle = np.arctan2(offset @ np.cross(plane[:3], first), offset @ first)
        found.append(corners[np.argsort(angle)])
    return found


def _planes(vertices: Array, generators: Permutations) -> Iterator[tuple[int, int, Array]]:
    """Planes that a symmetry turns by 1/h of a circle (kind 3), tilted ones (2, 1), any (0)."""
    for order, turn in _symmetries(vertices, generators):
        values, vectors = np.linalg.eig(turn)
        turned = np.imag(values)
        for i in np.flatnonzero(turned > _ROUNDING):
            share = Fraction(float(np.angle(values[i])) / (2 * np.pi)).limit_denominator(order)
            yield 3, share.denominator, _orthonormal(vectors[:, i])
            for j in range(len(values)):
                if j != i:
                    tilted = vectors[:, i] + _TILT * vectors[:, j] * 1j
                    # towards another turned plane rather than an axis
                    kind = 1 + int(abs(turned[j]) > _ROUNDING)
                    yield kind, share.denominator, _orthonormal(tilted)
    rng = np.random.default_rng(0)
    for x, y in rng.normal(size=(_RANDOM, 2, vertices.shape[1])):
        yield 0, 1, _orthonormal(x + 1j * y)


def _symmetries(vertices: Array, generators: Permutations) -> Iterator[tuple[int, Array]]:
    """Random elements of the group, each with its order, as orthogonal matrices of shape (d, d)."""
    if not generators:
        return
    rng = np.random.default_rng(0)
    words = [generators[i % len(generators)] for i in range(max(len(generators), 8))]
    seen = set()
    for _ in range(_WORDS):
        # product replacement (Celler et al. 1995, Communications in Algebra 23)
        i, j = rng.choice(len(words), 2, replace=False)
        words[i] = words[i][words[j]] if rng.random() < 0.5 else words[j][words[i]]
        if (key := words[i].tobytes()) not in seen:
            seen.add(key)
            yield _order(words[i]), rotation(vertices[words[i]], vertices).T


def _order(permutation: NDArray[np.intp]) -> int:
    lengths, left = [], set(range(len(permutation)))
    while left:
        start = i = left.pop()
        length = 1
        while (i := int(permutation[i])) != start:
            left.discard(i)
            length += 1
        lengths.append(length)
    return lcm(*lengths)


def _orthonormal(vector: NDArray[np.complexfloating]) -> Array:
    return np.linalg.qr(np.stack([vector.real, vector.imag], axis=1))[0].T


def _spread(points: Array) -> tuple[float, float]:
    """The share of the points that lie on no other, and the least distance of those apart."""
    distances = scipy.spatial.distance.pdist(points)
    twin = np.tril(scipy.spatial.distance.squareform(distances < _ROUNDING), -1).any(axis=1)
    gap = distances[distances > _ROUNDING].min(initial=np.inf)
    return float(1 - twin.mean()), round(float(gap), 6)
