"""Digons bent away from an apex: what wins between triangles and digons as n → ∞."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import root_scalar

from theory import FeatureDistribution, ideal
from theory.features import Array
from training import refine

DENSITIES = (0.60, 0.61, 0.62, 0.63, 0.64, 0.65, 0.66, 0.67, 0.68, 0.69, 0.70)
TILTS = (0.2, 0.35, 0.5)  # −cosines with the apex, to start from; a triangle's is .5
NORM = 0.84


@dataclass(frozen=True, eq=False)
class OrthoplexPyramids:
    """Gains per dimension (dimensions, densities) of the pyramids, and of the digon (densities,).

    `into_digons` are the densities at which each pyramid and the digon gain the same.
    """

    dimensions: tuple[int, ...]
    density: Array
    gain: Array
    digon: Array
    into_digons: tuple[float, ...]

    def records(self) -> list[dict[str, int | float]]:
        """One flat record per density and pyramid."""
        return [
            {"dimension": d, "density": float(p), "gain": float(g), "digon": float(digon)}
            for d, gains in zip(self.dimensions, self.gain, strict=True)
            for p, g, digon in zip(self.density, gains, self.digon, strict=True)
        ]


def orthoplex_pyramids(
    density: ArrayLike = DENSITIES,
    dimensions: tuple[int, ...] = (2, 3, 4, 5, 6, 8),
    *,
    progress: Callable[[int, int], None] | None = None,
) -> OrthoplexPyramids:
    """Gains of the pyramids over an orthoplex: d − 1 digons that are bent away from an apex.

    In two dimensions that is the triangle, in three the square pyramid, in four the octahedral one:
    2d − 1 features in d dimensions, found by free search where triangles give way to digons. Each
    is descended with all its weights free, so that its gain is that of a local optimum.

    Reference: no source is known; compare Elhage et al. 2022, section 5, where D* falls from 2/3 to
    1/2 at once.
    """
    densities = np.asarray(density, np.float64)
    gain = np.empty((len(dimensions), len(densities)))
    crossings = []
    for i, d in enumerate(dimensions):
        gain[i] = [pyramid_gain(d, float(p)) for p in densities]

        def ahead(p: float, d: int = d) -> float:
            return pyramid_gain(d, p) - ideal("digon", p).gain_per_dimension

        ends = densities.min(), densities.max()
        crossings.append(root_scalar(ahead, bracket=ends, xtol=1e-11).root)
        if progress:
            progress(i + 1, len(dimensions))
    digon = np.array([ideal("digon", float(p)).gain_per_dimension for p in densities])
    return OrthoplexPyramids(dimensions, densities, gain, digon, tuple(crossings))


def pyramid_gain(dimension: int, density: float) -> float:
    """Gain per dimension of 2d − 1 features, at the best optimum below some pyramids."""
    n = 2 * dimension - 1
    features = FeatureDistribution(n, density)
    losses = [refine(*_pyramid(dimension, tilt), features)[2] for tilt in TILTS]
    return (n - min(losses) / (density / 3 - density**2 / 4)) / dimension


def _pyramid(dimension: int, tilt: float) -> tuple[Array, Array]:
    """The apex last; the bias of an apex is the larger, as nothing opposes it."""
    axes = np.eye(dimension)[:-1]
    base = np.sqrt(1 - tilt**2) * np.concatenate([axes, -axes])
    base[:, -1] = -tilt
    W = NORM * np.concatenate([base, np.eye(dimension)[-1:]])
    return W, np.concatenate([np.full(len(base), 0.2), [0.45]])
