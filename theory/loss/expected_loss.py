"""The exact expected loss of the ReLU output model, and its gradient."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from geometry.arguments import real, real_array, truth
from theory.features import Array, FeatureDistribution, checked_features
from theory.loss.model_loss import converged_loss, kind_of, structure_of

RTOL = 1e-8


def expected_loss(
    W: ArrayLike,
    b: ArrayLike,
    features: FeatureDistribution,
    *,
    per_feature: bool = False,
    rtol: float = RTOL,
) -> Array | float:
    """Exact expectation of the loss over all inputs, without sampling.

        L(W, b) = Σ_i I_i E (x_i − ReLU(Σ_j (W Wᵀ)_ij x_j + b_i))²

    W (..., n_features, n_hidden), b (..., n_features) and the instances of `features` broadcast
    against each other; returns (...), or with per_feature the importance-weighted losses of the
    outputs (..., n_features), which sum to the loss. The paper writes Wᵀ W x + b with features as
    columns. Series and range of each output grow until it stands still to `rtol` of the loss.
    Correlated and anticorrelated sets of features are exact too: an output is conditioned on the
    state of its own set. Of exponential amplitudes the loss is a contour integral, as their
    characteristic function has poles on one axis alone.

    Densities far below any use lose digits to cancellation: 2e-7 of the loss at 1 − S = 1e-8 (1e-5
    for exponential amplitudes, 5e-9 at 1e-6).

    Raises ValueError for shapes that do not fit, for NaN or infinite entries and where the loss
    is too large for a float.

    >>> features = FeatureDistribution(2, density=0.1)
    >>> round(expected_loss([[1.0], [-1.0]], [0.0, 0.0], features), 12)  # a digon: 2 · p²/6
    0.003333333333
    >>> from theory import AnticorrelatedSet
    >>> exclusive = FeatureDistribution(2, density=0.1, groups=[AnticorrelatedSet((0, 1))])
    >>> expected_loss([[1.0], [-1.0]], [0.0, 0.0], exclusive)  # never both: no interference
    0.0

    >>> tails = FeatureDistribution(2, density=0.1, amplitude="exponential")
    >>> round(expected_loss([[1.0], [-1.0]], [0.0, 0.0], tails), 12)  # p², as E min (x, y)² = 1/2
    0.01

    Reference: Elhage et al. 2022, "Toy Models of Superposition", section 2 (the loss);
    Fang & Oosterlee 2008, SIAM J. Sci. Comput. 31 (the cosine series); Weideman & Trefethen 2007,
    Math. Comp. 76 (the contour).
    """
    per_feature = truth("per_feature", per_feature)
    loss, rows, _, _ = _evaluate(W, b, features, rtol)
    if per_feature:
        return rows
    return loss if loss.ndim else float(loss)


def expected_loss_and_gradient(
    W: ArrayLike, b: ArrayLike, features: FeatureDistribution, *, rtol: float = RTOL
) -> tuple[Array | float, Array, Array]:
    """The exact expected loss with its derivatives.

        dL/dW = (Γ + Γᵀ) W,   Γ_ij = ∂L/∂(W Wᵀ)_ij

    Shapes as in `expected_loss`; returns loss (...), dW (..., n_features, n_hidden) and
    db (..., n_features). Where an output sits exactly on a kink the one-sided value is returned.

    >>> features = FeatureDistribution(2, density=0.1)
    >>> loss, dW, db = expected_loss_and_gradient([[1.0], [-1.0]], [0.0, 0.0], features)
    >>> dW.shape, db.shape
    ((2, 1), (2,))
    """
    loss, _, dW, db = _evaluate(W, b, features, rtol)
    return (loss if loss.ndim else float(loss)), dW, db


def model_arrays(
    W: ArrayLike, b: ArrayLike, features: FeatureDistribution
) -> tuple[Array, Array, Array, Array]:
    """W, b, density and importance as float64 arrays with one common shape of instances."""
    weights = real_array("W", W)
    bias = real_array("b", b)
    n = checked_features(features).n_features
    if weights.ndim < 2 or weights.shape[-2] != n:
        raise ValueError(
            f"expected W of shape (..., {n}, n_hidden) for {n} features, got {weights.shape}; "
            "rows are features: transpose W if its columns are"
        )
    if bias.ndim < 1 or bias.shape[-1] != n:
        raise ValueError(f"expected b of shape (..., {n}), got {bias.shape}")
    try:
        shape = np.broadcast_shapes(weights.shape[:-2], bias.shape[:-1], features.instances)
    except ValueError:
        raise ValueError(
            f"expected instances that broadcast, got W {weights.shape[:-2]}, "
            f"b {bias.shape[:-1]} and features {features.instances}"
        ) from None
    # writable copies in C order: one compiled signature
    return (
        np.array(np.broadcast_to(weights, shape + weights.shape[-2:]), order="C"),
        np.array(np.broadcast_to(bias, shape + (n,)), order="C"),
        np.array(np.broadcast_to(features.density, shape + (n,)), order="C"),
        np.array(np.broadcast_to(features.importance, shape + (n,)), order="C"),
    )


def _evaluate(
    W: ArrayLike, b: ArrayLike, features: FeatureDistribution, rtol: float
) -> tuple[Array, Array, Array, Array]:
    weights, bias, density, importance = model_arrays(W, b, features)
    kind, rtol = kind_of(features), real("rtol", rtol)
    if not 0 < rtol < 1:
        raise ValueError(f"expected rtol between 0 and 1, got {rtol}; {RTOL} is the default")
    shape = bias.shape[:-1]
    loss = np.empty(shape)
    rows = np.empty_like(bias)
    dW = np.empty_like(weights)
    db = np.empty_like(bias)
    for k in np.ndindex(shape):
        loss[k], _ = converged_loss(
            weights[k], bias[k], density[k], importance[k], structure_of(density[k], kind), rtol,
            rows[k], dW[k], db[k],
        )  # fmt: skip
    if not np.isfinite(loss).all():
        raise ValueError(
            f"expected weights whose loss is a finite number, got |W| up to "
            f"{np.abs(weights).max():.3g} and |b| up to {np.abs(bias).max():.3g}; scale them down"
        )
    return loss, rows, dW, db
