"""Paper section 4.3 (comment by K. Sachan): phases of two features with other activations."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import erf

from theory.features import Array

ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "ReLU": lambda z: np.maximum(z, 0.0),
    "leaky ReLU": lambda z: np.maximum(z, 0.1 * z),
    "GELU": lambda z: 0.5 * z * (1 + erf(z / np.sqrt(2))),
    "square": np.square,
    "identity": lambda z: z,
}
PHASES = ("not represented", "dedicated", "antipodal", "same side")
DENSITIES = tuple(float(p) for p in np.geomspace(0.02, 1.0, 9))
IMPORTANCES = tuple(float(r) for r in np.geomspace(0.1, 10.0, 8))  # not 1: ties
NODES = 24  # per interval; a kink inside costs some 1e-4 of the loss
REPRESENTED = 0.5
# W_1, W_2: one of the features, both with either sign
STARTS = ((1.0, 0.05), (0.05, 1.0), (1.0, -0.9), (0.9, -1.0), (0.8, 0.7))


@dataclass(frozen=True)
class Activations:
    """What becomes of the second feature: `phase` (activations, densities, importances).

    An index into PHASES; `loss` is that of the best model, W (…, 2) its weights.
    """

    names: tuple[str, ...]
    density: Array
    relative_importance: Array
    W: Array
    loss: Array
    phase: NDArray[np.intp]

    def shares(self, name: str) -> Array:
        """Shares of the diagram, in the order of PHASES."""
        phase = self.phase[self.names.index(name)]
        return np.bincount(phase.ravel(), minlength=len(PHASES)) / phase.size

    def changed(self, name: str, other: str = "ReLU") -> float:
        """The share of the diagram that is in another phase with another activation."""
        one, two = (self.phase[self.names.index(of)] for of in (name, other))
        return float((one != two).mean())


def activations(
    names: Sequence[str] = tuple(ACTIVATIONS),
    *,
    densities: Sequence[float] = DENSITIES,
    relative_importances: Sequence[float] = IMPORTANCES,
    progress: Callable[[int, int], None] | None = None,
) -> Activations:
    """The phase diagram of n = 2, m = 1 with x' = f(W h + b) for other f than ReLU.

        L = E (x_1 − f(W_1 h + b_1))² + r E (x_2 − f(W_2 h + b_2))²,   h = W_1 x_1 + W_2 x_2

    by Gauss–Legendre quadrature over the active values, from a start in every phase: quasi-Newton
    descents on the four numbers W and b.

    Reference: Elhage et al. 2022, section 4, comment of Redwood Research (Sachan).
    """
    shape = (len(names), len(densities), len(relative_importances))
    found = []
    for name, p, r in product(names, densities, relative_importances):
        found.append(_best(ACTIVATIONS[name], p, r))
        if progress:
            progress(len(found), math.prod(shape))
    W = np.array([weights for weights, _ in found]).reshape(*shape, 2)
    loss = np.array([least for _, least in found]).reshape(shape)
    norm = np.abs(W)
    alone = norm.min(axis=-1) < REPRESENTED
    shared = np.where(W.prod(axis=-1) < 0, 2, 3)
    phase = np.where(norm[..., 1] < REPRESENTED, 0, np.where(alone, 1, shared))
    return Activations(
        tuple(names), np.array(densities), np.array(relative_importances), W, loss, phase
    )


def two_feature_loss(
    W: Array, b: Array, f: Callable[[Array], Array], density: float, relative_importance: float
) -> float:
    """The loss of two features in one dimension, W and b of shape (2,).

    >>> f = ACTIVATIONS["ReLU"]
    >>> round(two_feature_loss(np.array([1.0, -1.0]), np.zeros(2), f, 0.3, 1.0), 4)  # p²/3
    0.03
    """
    p, h = density, _VALUES @ W
    error = (_VALUES - f(np.multiply.outer(h, W) + b)) ** 2
    chance = np.where(_ACTIVE, p, 1 - p).prod(axis=-1) * _WEIGHTS
    return float(chance @ error @ np.array([1.0, relative_importance]))


def _best(f: Callable[[Array], Array], density: float, importance: float) -> tuple[Array, float]:
    found = [
        minimize(
            lambda at: two_feature_loss(at[:2], at[2:], f, density, importance),
            [*start, 0.01, 0.01],
            method="BFGS",
        )
        for start in STARTS
    ]
    best = min(found, key=lambda one: one.fun)
    return best.x[:2], float(best.fun)


def _quadrature() -> tuple[Array, NDArray[np.bool_], Array]:
    """Values (points, 2) of both features, which of them are active, and weights."""
    node, weight = np.polynomial.legendre.leggauss(NODES)
    value = np.concatenate([[0.0], (1 + node) / 2])
    active = np.concatenate([[False], np.ones(NODES, bool)])
    share = np.concatenate([[1.0], weight / 2])
    pairs = np.stack(np.meshgrid(value, value, indexing="ij"), axis=-1).reshape(-1, 2)
    on = np.stack(np.meshgrid(active, active, indexing="ij"), axis=-1).reshape(-1, 2)
    return pairs, on, np.multiply.outer(share, share).ravel()


_VALUES, _ACTIVE, _WEIGHTS = _quadrature()
