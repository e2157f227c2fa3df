"""Ties of shapes in exact rational arithmetic: a route that shares no engine with theory's.

The loss is `rational_loss`, a sum over vertices of the cube that has no rounding; its minimum over
scale, bias and free parameter is found here by Newton steps from three digits of the ideal's.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.optimize import root_scalar

from geometry import template
from theory import FeatureDistribution, ideal, rational_loss
from theory.features import Array

STEP = 2.0**-13  # of the central differences, which nothing but their truncation spoils
NEWTON_STEPS = 2


def rational_tie(a: tuple[str, ...], b: tuple[str, ...], near: float) -> float:
    """The density within 1e-6 of a guess at which two packings gain the same per dimension."""

    def ahead(density: float) -> float:
        return rational_gain(a, density) - rational_gain(b, density)

    return root_scalar(ahead, bracket=(near * (1 - 1e-6), near * (1 + 1e-6)), xtol=1e-13).root


def rational_gain(shapes: tuple[str, ...], density: float) -> float:
    """Gain per hidden dimension of shapes side by side; each of one orbit of vertices."""
    variance = density / 3 - density**2 / 4
    saved = [
        len(template(name).vertices) - least_rational_loss(name, density) / variance
        for name in shapes
    ]
    return sum(saved) / sum(template(name).dimension for name in shapes)


def least_rational_loss(name: str, density: float) -> float:
    """The loss of a shape at its best scale, bias and free parameter."""
    if name == "dedicated":
        return 0.0  # W = 1, b = 0; a kink, at which Newton's steps would not end
    shape = template(name)
    k = len(shape.vertices)
    features = FeatureDistribution(k, density, importance=[k] + [0] * (k - 1))

    def loss(x: Array) -> float:
        names = [parameter.name for parameter in shape.parameters]
        vertices = shape.at(**dict(zip(names, x[2:], strict=True)))
        return float(rational_loss(x[0] * vertices, np.full(k, x[1]), features))

    about = ideal(name, density)
    best = [about.scale, about.bias, *(value for _, value in about.parameters)]
    x = np.array([round(value, 3) for value in best])
    for _ in range(NEWTON_STEPS):
        x -= np.linalg.solve(*_curvature_and_slope(loss, x))
    return loss(x)


def _curvature_and_slope(f: Callable[[Array], float], x: Array) -> tuple[Array, Array]:
    steps = STEP * np.eye(len(x))
    middle = f(x)
    up = np.array([f(x + h) for h in steps])
    down = np.array([f(x - h) for h in steps])
    curvature = np.diag(up - 2 * middle + down)
    for i in range(len(x)):
        for j in range(i):
            both = f(x + steps[i] + steps[j]) - up[i] - up[j] + middle
            both += f(x - steps[i] - steps[j]) - down[i] - down[j] + middle
            curvature[i, j] = curvature[j, i] = both / 2
    return curvature / STEP**2, (up - down) / (2 * STEP)
