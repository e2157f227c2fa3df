"""The linear model x' = W Wᵀ x + b: its exact loss and its optimum."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from theory.expected_loss import model_arrays
from theory.features import Array, FeatureDistribution


def linear_loss(W: ArrayLike, b: ArrayLike, features: FeatureDistribution) -> Array | float:
    """Exact expected loss of the linear autoencoder.

        L = Σ_i I_i [ Σ_j v_j (δ_ij − G_ij)² + (μ_i − b_i − Σ_j G_ij μ_j)² ],   G = W Wᵀ

    with v = p/3 − p²/4 and μ = p/2. Shapes and errors as in `expected_loss`.

    >>> features = FeatureDistribution(2, density=1.0)
    >>> round(linear_loss([[1.0], [0.0]], [0.0, 0.5], features), 12)  # Var of the ignored feature
    0.083333333333

    Reference: Elhage et al. 2022, section 3 ("feature benefit" and "interference").
    """
    weights, bias, density, importance = model_arrays(W, b, features)
    residual = np.eye(density.shape[-1]) - weights @ np.swapaxes(weights, -1, -2)
    mean = density / 2
    variance = density / 3 - density**2 / 4
    spread = np.einsum("...ij,...j->...i", residual**2, variance)
    offset = np.einsum("...ij,...j->...i", residual, mean) - bias
    loss = (importance * (spread + offset**2)).sum(-1)
    return loss if loss.ndim else float(loss)


def linear_optimum(features: FeatureDistribution, n_hidden: int) -> tuple[Array, Array]:
    """The W (n_features, n_hidden) and b of least linear loss: the top n_hidden features, alone.

        min L = Σ_{i > n_hidden} (I v)_(i),   reached at W_i = e_i for the largest I_i v_i

    G = W Wᵀ has rank ≤ n_hidden, and Eckart–Young bounds ‖D_I^{1/2} (1 − G) D_v^{1/2}‖² from below
    by the sum of the smallest I_i v_i: superposition is never better. Where the I_i v_i tie, the
    optimum is not unique (every rotation among the tied features costs the same); the features of
    lowest index are taken. Raises ValueError for a distribution with instances.

    >>> W, b = linear_optimum(FeatureDistribution(3, density=0.1, importance=[1.0, 0.9, 0.8]), 2)
    >>> W.tolist(), b.tolist()
    ([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]], [0.0, 0.0, 0.05])

    Reference: Elhage et al. 2022, footnote 12, with the caveat for equal importances.
    """
    if features.instances:
        raise ValueError(
            f"expected one distribution, got instances {features.instances}; index one"
        )
    if n_hidden < 1:
        raise ValueError(f"expected n_hidden ≥ 1, got {n_hidden}")
    n = features.n_features
    top = np.argsort(-features.importance * features.variance, kind="stable")[:n_hidden]
    W = np.zeros((n, n_hidden))
    W[np.sort(top), np.arange(len(top))] = 1.0
    return W, np.where(W.any(axis=1), 0.0, features.mean)
