"""Vertices of the shapes in the catalogue, all on the unit sphere; shape (k, d)."""

from __future__ import annotations

from itertools import combinations, product
from math import sqrt

import numpy as np
from numpy.typing import NDArray

Vertices = NDArray[np.float64]


def unit(vertices: Vertices) -> Vertices:
    """The same directions at unit norm."""
    return vertices / np.linalg.norm(vertices, axis=1, keepdims=True)


def polygon(k: int) -> Vertices:
    """The regular k-gon in the plane."""
    angle = 2 * np.pi * np.arange(k) / k
    return np.column_stack([np.cos(angle), np.sin(angle)])


def simplex(d: int) -> Vertices:
    """The d + 1 vertices of the regular simplex: pairwise cosines -1/d.

    Built one axis at a time: each vertex takes what its norm leaves, and the rest share the debt.
    """
    vertices = np.zeros((d + 1, d))
    for axis in range(d):
        rest = 1 - (vertices[axis] ** 2).sum()
        vertices[axis, axis] = sqrt(rest)
        vertices[axis + 1 :, axis] = -sqrt(rest) / (d - axis)
    return vertices


def cube() -> Vertices:
    """All signs of (1, 1, 1)."""
    return unit(np.array(list(product((-1.0, 1.0), repeat=3))))


def demicube(d: int) -> Vertices:
    """Every second vertex of the d-cube: the signs with an even number of minuses."""
    signs = np.array(list(product((-1.0, 1.0), repeat=d)))
    return unit(signs[signs.prod(axis=1) > 0])


def icosahedron() -> Vertices:
    """Cyclic permutations of (0, +-1, +-golden ratio)."""
    golden = (1 + sqrt(5)) / 2
    corners = [(0.0, a, b * golden) for a, b in product((-1, 1), repeat=2)]
    return unit(np.array([np.roll(corner, shift) for shift in range(3) for corner in corners]))


def dodecahedron() -> Vertices:
    """The cube and cyclic permutations of (0, +-1/golden ratio, +-golden ratio)."""
    golden = (1 + sqrt(5)) / 2
    corners = [(0.0, a / golden, b * golden) for a, b in product((-1, 1), repeat=2)]
    rest = unit(np.array([np.roll(corner, shift) for shift in range(3) for corner in corners]))
    return np.vstack([cube(), rest])


def antiprism(k: int, height: float) -> Vertices:
    """Two k-gons at +-height, turned by half a step against each other."""
    angle = np.pi * np.arange(2 * k) / k
    radius = sqrt(1 - height**2)
    level = np.where(np.arange(2 * k) % 2 == 0, height, -height)
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle), level])


def rectified_simplex(d: int) -> Vertices:
    """The midpoints of the edges of the regular d-simplex."""
    corners = simplex(d)
    return unit(np.array([a + b for a, b in combinations(corners, 2)]))


def tegum(*factors: Vertices) -> Vertices:
    """The factors in mutually orthogonal subspaces: the tegum product (direct sum)."""
    d = sum(factor.shape[1] for factor in factors)
    blocks, start = [], 0
    for factor in factors:
        block = np.zeros((len(factor), d))
        block[:, start : start + factor.shape[1]] = factor
        blocks.append(block)
        start += factor.shape[1]
    return np.vstack(blocks)
