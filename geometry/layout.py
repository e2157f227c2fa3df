"""Where the features of an interference graph go: components on circles, circles on shelves."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geometry.measures import directions
from geometry.verdict import Component, Identification
from geometry.weights import checked_weights

MOST = 1000  # features of which all pairs are drawn


def packed(
    W: NDArray[np.float64], verdict: Identification
) -> tuple[NDArray[np.float64], float, float]:
    """Places of all features, and the width and (negative) height that they take.

    Parameters
    ----------
    W : (n_features, n_hidden)
    verdict : the identification of W

    Returns
    -------
    (n_features, 2), with the top at zero; the width; the height of the lowest, below zero
    """
    parts = by_size(verdict)
    radii = [_radius(part) for part in parts]
    side = np.sqrt(sum((2 * r + 1) ** 2 for r in radii))
    tried = [_shelves(W, verdict, parts, radii, side * f) for f in np.linspace(0.8, 2.4, 17)]
    # The packing that comes out largest on a page wider than high.
    return min(tried, key=lambda layout: max(layout[1] / 1.4, -layout[2]))


def of_one_model(W: ArrayLike, verdict: Identification) -> NDArray[np.float64]:
    """W as a checked array, when the verdict can be one of it."""
    array = checked_weights(W, ndim=(2,), copy=False)
    if verdict.n_features != len(array):
        raise ValueError(
            f"expected an identification of {len(array)} features, got one of "
            f"{verdict.n_features}; pass the one that was made from this W"
        )
    return array


def by_size(verdict: Identification) -> list[Component]:
    """The components, the largest first, those of one size by name."""
    return sorted(verdict.components, key=lambda part: (-len(part.features), part.name))


def around(W: NDArray[np.float64], part: Component) -> NDArray[np.intp]:
    """The order of a component's features by their angle in its two main directions, shape (k,).

    More than 1000 features stay in their own order.
    """
    if len(part.features) > MOST:
        return np.arange(len(part.features))
    U, s, _ = np.linalg.svd(directions(W[list(part.features)]), full_matrices=False)
    plane = U[:, :2] * s[:2]
    across = plane[:, 1] if plane.shape[1] > 1 else np.zeros(len(plane))
    return np.argsort(np.arctan2(across, plane[:, 0]), kind="stable")


def _shelves(
    W: NDArray[np.float64],
    verdict: Identification,
    parts: list[Component],
    radii: list[float],
    widest: float,
) -> tuple[NDArray[np.float64], float, float]:
    places = np.zeros((len(W), 2))
    x, y, shelf, width = 0.0, 0.0, 0.0, 0.0
    for part, radius in zip(parts, radii, strict=True):
        if x > 0 and x + 2 * radius > widest:
            x, y, shelf = 0.0, y - shelf - 1.0, 0.0
        shelf = max(shelf, 2 * radius)
        places[list(part.features)] = _circle(W, part, radius) + (x + radius, y - shelf / 2)
        x += 2 * radius + 1.0
        width = max(width, x - 1.0)
    bottom = y - shelf
    width = max(width, 4.0)
    per_row = max(1, int(width / 0.6))
    for count, i in enumerate(verdict.not_represented):
        row, column = divmod(count, per_row)
        places[i] = (0.6 * column, bottom - (1.2 if parts else 0) - 0.6 * row)
    if verdict.not_represented:
        bottom = float(places[list(verdict.not_represented), 1].min())
    return places, width, bottom


def _radius(part: Component) -> float:
    k = len(part.features)
    return 0.0 if k == 1 else max(0.6, 0.62 * k / (2 * np.pi) + 0.15)


def _circle(W: NDArray[np.float64], part: Component, radius: float) -> NDArray[np.float64]:
    k = len(part.features)
    rank = np.argsort(around(W, part), kind="stable")
    # A pair stands upright, a polygon on its side.
    angle = np.pi / 2 + 2 * np.pi * rank / k
    return radius * np.column_stack([np.cos(angle), np.sin(angle)])
