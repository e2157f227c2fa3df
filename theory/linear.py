"""The linear model x' = W Wᵀ x + b: its exact loss and its optimum."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from geometry.arguments import held, whole
from theory.features import MOST, Array, FeatureDistribution, checked_features
from theory.loss.expected_loss import model_arrays


def linear_loss(W: ArrayLike, b: ArrayLike, features: FeatureDistribution) -> Array | float:
    """Exact expected loss of the linear autoencoder.

        L = Σ_i I_i [ (R Σ Rᵀ)_ii + ((R μ)_i − b_i)² ],   R = 1 − W Wᵀ

    with the mean μ and covariance Σ of the features, which is diagonal if they are independent; of
    their amplitudes no more is needed.
    Shapes and errors as in `expected_loss`.

    >>> features = FeatureDistribution(2, density=1.0)
    >>> round(linear_loss([[1.0], [0.0]], [0.0, 0.5], features), 12)  # Var of the ignored feature
    0.083333333333

    Reference: Elhage et al. 2022, section 3 ("feature benefit" and "interference").
    """
    weights, bias, _, importance = model_arrays(W, b, features)
    with np.errstate(over="ignore", invalid="ignore"):
        residual = np.eye(features.n_features) - weights @ np.swapaxes(weights, -1, -2)
        spread = ((residual @ features.covariance) * residual).sum(-1)
        offset = (residual @ features.mean[..., None])[..., 0] - bias
        loss = held("loss", (importance * (spread + offset**2)).sum(-1))
    return loss if loss.ndim else float(loss)


def linear_optimum(features: FeatureDistribution, n_hidden: int) -> tuple[Array, Array]:
    """The W (n_features, n_hidden) and b of least linear loss: the top principal components.

        min L = Σ_{i > n_hidden} λ_i,   λ_1 ≥ λ_2 ≥ … the eigenvalues of D_I^{1/2} Σ D_I^{1/2}

    G = W Wᵀ has rank ≤ n_hidden, and Eckart–Young bounds tr D_I (1 − G) Σ (1 − G) from below by
    the sum of the smallest λ_i: superposition is never better. The components of independent
    features are the features, λ_i = I_i v_i; those of a set are its sum and its contrasts. Where
    the λ_i tie, the optimum is not unique (every rotation among them costs the same); those of
    lowest index are taken. Raises ValueError for a distribution with instances, and for a set
    of unequal importances, where the bound is not reached.

    >>> W, b = linear_optimum(FeatureDistribution(3, density=0.1, importance=[1.0, 0.9, 0.8]), 2)
    >>> W.tolist(), b.tolist()
    ([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]], [0.0, 0.0, 0.05])

    Reference: Elhage et al. 2022, footnote 12, with the caveat for equal importances.
    """
    if checked_features(features).instances:
        raise ValueError(
            f"expected one distribution, got instances {features.instances}; index one"
        )
    n = features.n_features
    n_hidden = whole("n_hidden", n_hidden, 1, most=max(n, MOST // n))
    size = features.importance * features.variance
    component = np.eye(n)
    for group in features.groups:
        members = list(group.features)
        importance = features.importance[members]
        if np.ptp(importance):
            raise ValueError(
                f"expected one importance for all members of {group}, got {importance.tolist()}; "
                "the linear optimum of other sets is not known in closed form"
            )
        block = np.ix_(members, members)
        values, vectors = np.linalg.eigh(features.covariance[block])
        size[members] = importance * values[::-1]
        component[block] = vectors[:, ::-1]
    top = np.sort(np.argsort(-size, kind="stable")[:n_hidden])
    W = np.zeros((n, n_hidden))
    W[:, : len(top)] = component[:, top]
    return W, features.mean - W @ (W.T @ features.mean)
