"""A template laid onto features: correspondence, rotation and the free parameters of a family."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geometry.correspondence import (
    coordinates,
    correspond,
    hopeless,
    refined,
    rotation,
    squared_error,
)
from geometry.shortlist import members
from geometry.template import Template

Array = NDArray[np.float64]
_EXACT = 1e-7  # root mean square distance of shapes without noise
# near a member of more symmetry, the members on either side of it mean different axes
_STARTS = 2  # members of a family that the fit starts from


@dataclass(frozen=True, eq=False)
class Match:
    """A template laid onto features.

    Attributes
    ----------
    matching : for every feature the index of its vertex, shape (k,)
    squared_error : sum over features of the squared distance to their vertices
    parameters : of a family, the fitted values by name
    """

    matching: NDArray[np.intp]
    squared_error: float
    parameters: dict[str, float]

    @property
    def rmsd(self) -> float:
        """The root mean square distance between a feature and its vertex."""
        return float(np.sqrt(self.squared_error / len(self.matching)))


def fit(X: Array, template: Template, *, reach: float = np.inf) -> Match:
    """A template laid onto k features as closely as rotation, order and free parameters allow.

    Parameters
    ----------
    X : (k, m), one direction per vertex of the template, m at least its dimension
    reach : as in `correspond`; a template much further off is laid on less carefully
    """
    X = coordinates(X, template.dimension)
    best: Match | None = None
    for values, target in members(X, template)[:_STARTS]:
        matching = correspond(X, target, reach=reach)
        if template.parameters:
            match = _fit_family(X, template, values, matching)
        else:
            match = Match(matching, squared_error(X, target.vertices[matching]), {})
        if best is None or match.squared_error < best.squared_error:
            best = match
        error = best.squared_error
        if (
            hopeless(error, len(X), reach)
            or best.rmsd < _EXACT
            or (error <= target.settled and not template.parameters)
        ):
            break
    assert best is not None
    return best


def _fit_family(
    X: Array, template: Template, values: dict[str, float], matching: NDArray[np.intp]
) -> Match:
    """Free parameters and the correspondence in turns until neither moves."""
    error = np.inf
    for _ in range(10):
        values = _fit_parameters(X, template, values, matching)
        T = template.at(**values)
        overlap = X @ (T @ rotation(X, T[matching])).T
        before, (matching, error) = matching, refined(X, T, overlap)
        if np.array_equal(matching, before):
            break
    return Match(matching, error, values)


def _fit_parameters(
    X: Array, template: Template, values: dict[str, float], matching: NDArray[np.intp]
) -> dict[str, float]:
    """The parameters that bring the vertices closest in a given order: Gauss and Newton's steps."""
    names = [p.name for p in template.parameters]
    low, high = np.array([(p.low, p.high) for p in template.parameters]).T
    theta = np.array([values[name] for name in names])

    def vertices(theta: Array) -> Array:
        return template.at(**dict(zip(names, map(float, theta), strict=True)))[matching]

    T = vertices(theta)
    R = rotation(X, T)
    residual = X - T @ R
    for _ in range(30):
        # a difference to the side where there is more room
        steps = np.where(theta - low > high - theta, -1e-6, 1e-6) * (high - low)
        slopes = [(vertices(theta + step) - T) / step.sum() for step in np.diag(steps)]
        J = np.stack([(slope @ R).ravel() for slope in slopes], axis=1)
        move = np.linalg.lstsq(J, residual.ravel(), rcond=None)[0]
        following: Array = np.clip(theta + move, low, high).astype(np.float64)
        T = vertices(following)
        R = rotation(X, T)
        following_residual = X - T @ R
        if (following_residual**2).sum() > (residual**2).sum():
            break
        moved = np.abs(following - theta) / (high - low)
        theta, residual = following, following_residual
        if moved.max() < 1e-7:
            break
    return dict(zip(names, map(float, theta), strict=True))
