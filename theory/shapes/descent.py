"""The local optimum below given weights, by descent on the exact loss."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize

from theory.features import Array, FeatureDistribution
from theory.loss.expected_loss import expected_loss
from theory.loss.fourier_series import workspace
from theory.loss.model_loss import model_loss, structure_of
from theory.loss.row_loss import FINE

_STEP = 0.1  # the length of a first step; a long one throws features away


def local_optimum(W: Array, b: Array, features: FeatureDistribution) -> tuple[Array, Array, float]:
    """The weights that a descent from given ones ends at, and their exact loss.

    W (n, m), b (n,), independent uniform features. Where the descent ends no lower, what was given
    is returned.

    >>> W, b, loss = local_optimum(
    ...     np.array([[0.9], [-0.8]]), np.zeros(2), FeatureDistribution(2, density=0.1)
    ... )
    >>> round(loss, 6)
    0.003319
    """
    n, m = W.shape
    density, importance = np.array(features.density), np.array(features.importance)
    structure, scratch, dG = structure_of(density), workspace(n), np.empty((n, n))
    dW, db = np.empty((n, m)), np.empty(n)
    unit = 1.0 / (float(importance @ features.variance) or 1.0)

    def loss(y: Array) -> tuple[float, Array]:
        weights, bias = _STEP * y[: n * m].reshape(n, m), _STEP * y[n * m :]
        value = model_loss(weights, bias, density, importance, structure, FINE, scratch, dG, dW, db)
        return value * unit, np.concatenate([dW.ravel(), db]) * (unit * _STEP)

    start = np.concatenate([W.ravel(), b]) / _STEP
    options = {"ftol": 1e-14, "gtol": 1e-10, "maxiter": 5000, "maxfun": 20_000, "maxcor": 20}
    y = minimize(loss, start, jac=True, method="L-BFGS-B", options=options).x * _STEP
    ends = ((W, b), (y[: n * m].reshape(n, m), y[n * m :]))
    found = [
        (weights, bias, float(expected_loss(weights, bias, features))) for weights, bias in ends
    ]
    return min(found, key=lambda end: end[2])
