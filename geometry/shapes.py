"""Vertices of the shapes in the catalogue, all on the unit sphere; shape (k, d)."""

from __future__ import annotations

from itertools import combinations, permutations, product
from math import sqrt

import numpy as np
from numpy.typing import NDArray

Vertices = NDArray[np.float64]
GOLDEN = (1 + sqrt(5)) / 2
DIGON = np.array([[1.0], [-1.0]])


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


def antiprism(k: int, height: float) -> Vertices:
    """Two k-gons at +-height, turned by half a step against each other."""
    angle = np.pi * np.arange(2 * k) / k
    radius = sqrt(1 - height**2)
    level = np.where(np.arange(2 * k) % 2 == 0, height, -height)
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle), level])


def prism(base: Vertices, height: float) -> Vertices:
    """A base at +-height, in one dimension more."""
    return cartesian(base, DIGON, height)


def cartesian(first: Vertices, second: Vertices, height: float) -> Vertices:
    """Every vertex of one beside every vertex of the other, of norm `height` in the second."""
    vertices = np.repeat(first, len(second), axis=0) * sqrt(1 - height**2)
    return np.hstack([vertices, np.tile(height * second, (len(first), 1))])


def capped(solid: Vertices) -> Vertices:
    """A solid with a vertex more at either end of its last axis."""
    poles = np.zeros((2, solid.shape[1]))
    poles[:, -1] = 1, -1
    return np.vstack([solid, poles])


def triaugmented_prism(height: float) -> Vertices:
    """A triangular prism and, over its square faces, the turned triangle on the equator."""
    equator = np.column_stack([-polygon(3), np.zeros(3)])
    return np.vstack([prism(polygon(3), height), equator])


def harmonic_frame(n: int, frequencies: tuple[int, ...]) -> Vertices:
    """n points whose coordinates in pairs turn at different whole speeds."""
    angles = 2 * np.pi / n * (np.outer(np.arange(n), frequencies) % n)
    both = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    return both.reshape(n, -1) / sqrt(len(frequencies))


def snub_cube() -> Vertices:
    """Even permutations of (1, 1/t, t) with an even number of plus signs, odd ones with an odd.

    t = 1.839... is the tribonacci constant, t^3 = t^2 + t + 1.
    """
    t = (1 + np.cbrt(19 - 3 * sqrt(33)) + np.cbrt(19 + 3 * sqrt(33))) / 3
    vertices = []
    for order in permutations(range(3)):
        for signs in product((1.0, -1.0), repeat=3):
            if parity(order) * np.prod(signs) > 0:
                vertices.append((np.array([1, 1 / t, t]) * signs)[list(order)])
    return unit(np.array(vertices))


def snub_dodecahedron() -> Vertices:
    """Even permutations of five triples with an even number of plus signs.

    xi = 1.715... solves xi^3 - 2 xi = golden ratio (Weisstein, "Snub Dodecahedron", MathWorld).
    """
    xi = np.cbrt((GOLDEN + sqrt(GOLDEN - 5 / 27)) / 2) + np.cbrt(
        (GOLDEN - sqrt(GOLDEN - 5 / 27)) / 2
    )
    a, b = xi - 1 / xi, xi * GOLDEN + GOLDEN**2 + GOLDEN / xi
    triples = [
        (2 * a, 2, 2 * b),
        (a + b / GOLDEN + GOLDEN, -a * GOLDEN + b + 1 / GOLDEN, a / GOLDEN + b * GOLDEN - 1),
        (-a / GOLDEN + b * GOLDEN + 1, -a + b / GOLDEN - GOLDEN, a * GOLDEN + b - 1 / GOLDEN),
        (-a / GOLDEN + b * GOLDEN - 1, a - b / GOLDEN - GOLDEN, a * GOLDEN + b + 1 / GOLDEN),
        (a + b / GOLDEN - GOLDEN, a * GOLDEN - b + 1 / GOLDEN, a / GOLDEN + b * GOLDEN + 1),
    ]
    vertices = [
        np.roll(np.array(triple) * signs, shift)
        for triple in triples
        for signs in product((1.0, -1.0), repeat=3)
        if np.prod(signs) < 0
        for shift in range(3)
    ]
    return unit(np.array(vertices))


def snub_24_cell() -> Vertices:
    """Even permutations of (+-golden ratio, +-1, +-1/golden ratio, 0), halved."""
    corners = [(*signs, 0.0) for signs in product((1.0, -1.0), repeat=3)]
    whole = np.array([GOLDEN, 1, 1 / GOLDEN, 0]) / 2
    orders = [order for order in permutations(range(4)) if parity(order) > 0]
    return unit(np.array([(whole * c)[list(order)] for order in orders for c in corners]))


def hexacosichoron() -> Vertices:
    """The 600-cell: the snub 24-cell and the 24-cell that it was cut from."""
    axes = np.vstack([np.eye(4), -np.eye(4)])
    halves = np.array(list(product((0.5, -0.5), repeat=4)))
    return np.vstack([snub_24_cell(), axes, halves])


def grand_antiprism() -> Vertices:
    """The 600-cell without two decagons in orthogonal planes."""
    vertices = hexacosichoron()
    near = int(np.argmax(vertices @ vertices[0] - 2 * (vertices @ vertices[0] > 0.9)))
    plane = np.linalg.qr(vertices[[0, near]].T)[0]
    share = ((vertices @ plane) ** 2).sum(axis=1)
    return vertices[(share > 1e-9) & (share < 1 - 1e-9)]


def parity(order: tuple[int, ...]) -> int:
    """+1 for an even permutation, -1 for an odd one."""
    return (-1) ** sum(a > b for a, b in combinations(order, 2))


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
