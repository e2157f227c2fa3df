"""Excess kurtosis of hidden directions: superposition makes activations more nearly normal."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from theory.feature_sets import AnticorrelatedSet
from theory.features import Array, FeatureDistribution, checked_features
from theory.loss.expected_loss import model_arrays

# cumulants κ₁ … κ₄ of the amplitude of an active feature
AMPLITUDE_CUMULANTS = {
    "uniform": (1 / 2, 1 / 12, 0.0, -1 / 120),
    "exponential": (1.0, 1.0, 2.0, 6.0),
}


def excess_kurtosis(W: ArrayLike, features: FeatureDistribution) -> Array:
    """The excess kurtosis of every hidden dimension h_k = Σ_i W_ik x_i, exactly.

        κ₄(h_k) / κ₂(h_k)² = Σ_i W_ik⁴ κ₄(x_i) / (Σ_i W_ik² κ₂(x_i))²

    because cumulants of independent variables add; a set of features is one variable here. The
    kurtosis along another direction d is that of W @ d[:, None]; with d = Ŵ_i, of what is read out
    for feature i. A normal law has 0, one uniform feature of density p

        (144/5 − 120 p + 144 p² − 54 p³) / (p (4 − 3 p)²),

    and k such features of equal weight 1/k of that.

    W (..., n_features, n_hidden) broadcasts with the instances of the features; returns
    (..., n_hidden), NaN for a dimension that no feature has weight on. Raises ValueError for
    weights of another size.

    >>> one = FeatureDistribution(4, density=0.1)
    >>> excess_kurtosis([[1, 1], [0, 1], [0, 1], [0, 1]], one).round(4)
    array([13.2841,  3.321 ])

    Reference: Elhage et al. 2022, footnote 22.
    """
    weights, *_ = model_arrays(W, np.zeros(checked_features(features).n_features), features)
    # the kurtosis has no scale, and fourth powers of 1e100 or of 1e-100 are no floats
    largest = np.abs(weights).max(axis=-2, keepdims=True)
    weights = np.divide(weights, largest, out=np.zeros_like(weights), where=largest > 0)
    alone = np.ones(features.n_features, bool)
    for group in features.groups:
        alone[list(group.features)] = False
    amplitude = AMPLITUDE_CUMULANTS[features.amplitude]
    density = features.density[..., None]
    rows = weights[..., alone, :]
    scales = [rows**r * kappa for r, kappa in enumerate(amplitude, 1)]
    second, fourth = (part.sum(-2) for part in _spread(_thinned(scales, density[..., alone, :])))
    for group in features.groups:
        members = list(group.features)
        rows, p = weights[..., members, :], density[..., members[0], :]
        if isinstance(group, AnticorrelatedSet):
            moments = [p * (rows**r).mean(-2) / (r + 1) for r in range(1, 5)]
        else:
            together = [(rows**r).sum(-2) * kappa for r, kappa in enumerate(amplitude, 1)]
            moments = _thinned(together, p)
        of_set = _spread(moments)
        second, fourth = second + of_set[0], fourth + of_set[1]
    squared = second**2
    return np.divide(fourth, squared, out=np.full(squared.shape, np.nan), where=squared > 0)


def _thinned(cumulants: list[Array], p: Array) -> list[Array]:
    """Raw moments of what has these cumulants with probability p, and is 0 otherwise."""
    a, b, c, d = cumulants
    raw = (a, b + a**2, c + 3 * a * b + a**3, d + 4 * a * c + 3 * b**2 + 6 * a**2 * b + a**4)
    return [p * moment for moment in raw]


def _spread(moments: list[Array]) -> tuple[Array, Array]:
    """The second and the fourth cumulant from raw moments."""
    a, b, c, d = moments
    return b - a**2, d - 4 * a * c - 3 * b**2 + 12 * a**2 * b - 6 * a**4
