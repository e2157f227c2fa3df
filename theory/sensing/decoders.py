"""Ways back from a hidden vector to the features, from one layer to a linear programme."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geometry.arguments import real_array
from geometry.weights import checked_weights
from theory.features import Array

Decoder = Callable[[Array, Array, Array, NDArray[np.intp]], Array]

RECOVERED = 0.01  # relative error of a recovery
_REPRESENTED = 0.1  # of the longest row: shorter ones are what training leaves of no feature
_PENALTY = 1e-3  # of the LASSO, relative to the least one that leaves nothing
_RESIDUAL = 1e-6  # relative to h, where matching pursuit ends; its square is no rounding error


@dataclass(frozen=True, eq=False)
class Recovery:
    """What a decoder made of every input: arrays (trials,).

    `support` says whether the k largest outputs are those of the k active features,
    `relative_error` is ‖x̂ − x‖ / ‖x‖ and `recovered` whether it is below 1 %.
    """

    support: NDArray[np.bool_]
    relative_error: Array

    @property
    def recovered(self) -> NDArray[np.bool_]:
        return self.relative_error < RECOVERED


def recover(decoder: Decoder, x: ArrayLike, W: ArrayLike, b: ArrayLike = 0.0) -> Recovery:
    r"""Hide inputs in h = Wᵀx, have them decoded, and compare.

    .. math:: \hat x = f(W^\top x), \qquad \|\hat x - x\|_2 / \|x\|_2

    x (trials, n_features), none of them 0; W (n_features, n_hidden); b is that of the ReLU readout
    and broadcasts to (n_features,). Any of `DECODERS` will do, and any function of h
    (trials, n_hidden), W, b and the number of active features (trials,). Raises ValueError for
    other shapes, for W = 0 and for inputs that are 0, of which no relative error exists.

    >>> recover(basis_pursuit, [[0.0, 0.0, 0.7]], [[1, 0], [0, 1], [0.6, 0.8]]).recovered
    array([ True])
    """
    weights = checked_weights(W, ndim=(2,))
    if not weights.any():
        raise ValueError("expected W with a row that is not zero, got zeros only; h says nothing")
    inputs = np.atleast_2d(real_array("x", x))
    n = len(weights)
    if inputs.ndim != 2 or inputs.shape[1] != n:
        raise ValueError(f"expected x of shape (trials, {n}), got {inputs.shape}")
    sparsity = np.count_nonzero(inputs, axis=1)
    if not sparsity.all():
        raise ValueError(
            f"expected inputs with an active feature, got {int((sparsity == 0).sum())} of "
            f"{len(inputs)} without; leave them out"
        )
    bias = real_array("b", b)
    if bias.shape not in ((), (n,)):
        raise ValueError(f"expected b to be one number or of shape ({n},), got {bias.shape}")
    found = decoder(inputs @ weights, weights, np.broadcast_to(bias, (n,)), sparsity)
    least = np.where(inputs != 0, np.abs(found), np.inf).min(axis=1)
    most = np.where(inputs == 0, np.abs(found), -np.inf).max(axis=1)
    error = np.linalg.norm(found - inputs, axis=1) / np.linalg.norm(inputs, axis=1)
    return Recovery(support=least > most, relative_error=error)


def relu_readout(h: Array, W: Array, b: Array, sparsity: NDArray[np.intp]) -> Array:
    """The model's own: x̂ = ReLU(W h + b), one layer."""
    return np.maximum(h @ W.T + b, 0.0)


def threshold_least_squares(h: Array, W: Array, b: Array, sparsity: NDArray[np.intp]) -> Array:
    """The appendix's: the k largest outputs of the readout, then least squares on these.

    It finds x exactly where the readout is off by less than half the least active feature.

    Reference: Elhage et al. 2022, appendix, lemma 1.
    """
    outputs = np.where(_represented(W), relu_readout(h, W, b, sparsity), -1.0)
    order = np.argsort(-outputs, axis=1, kind="stable")
    found = np.zeros(order.shape)
    for out, hidden, features, k in zip(found, h, order, sparsity, strict=True):
        kept = features[:k]
        out[kept] = np.linalg.lstsq(W[kept].T, hidden, rcond=None)[0]
    return found * _represented(W)


def matching_pursuit(h: Array, W: Array, b: Array, sparsity: NDArray[np.intp]) -> Array:
    """Orthogonal matching pursuit: one feature at a time, the one that explains most of the rest.

    It does not know that features are ≥ 0, and ends where next to nothing is left of h.
    """
    from sklearn.linear_model import orthogonal_mp

    def pursue(A: Array, hidden: Array) -> Array:
        length = np.linalg.norm(A, axis=0)
        left = (_RESIDUAL * np.linalg.norm(hidden)) ** 2
        with warnings.catch_warnings():  # directions that depend on each other end it too
            warnings.filterwarnings("ignore", "Orthogonal matching pursuit ended", RuntimeWarning)
            found = orthogonal_mp(A / length, hidden, tol=left)
        return np.asarray(found) / length

    return _each(pursue, h, W)


def lasso(h: Array, W: Array, b: Array, sparsity: NDArray[np.intp]) -> Array:
    """The nonnegative LASSO: least squares with a price on the sum, 1e-3 of what prohibits all.

    The price shrinks every output, so that recoveries are good and never exact.
    """
    from sklearn.linear_model import Lasso

    def regress(A: Array, hidden: Array) -> Array:
        price = _PENALTY * max(float((A.T @ hidden).max()), 0.0) / len(hidden)
        if price == 0:
            return np.zeros(A.shape[1])
        model = Lasso(alpha=price, positive=True, fit_intercept=False, max_iter=100_000, tol=1e-5)
        return model.fit(A, hidden).coef_

    return _each(regress, h, W)


def nonnegative_least_squares(h: Array, W: Array, b: Array, sparsity: NDArray[np.intp]) -> Array:
    """The active set method of Lawson and Hanson: some x̂ ≥ 0 that explains h."""
    from scipy.optimize import nnls

    return _each(lambda A, hidden: nnls(A, hidden, maxiter=30 * A.shape[1])[0], h, W)


def basis_pursuit(
    h: Array, W: Array, b: Array, sparsity: NDArray[np.intp], *, signed: bool = False
) -> Array:
    """The x̂ ≥ 0 of least sum that explains h, by a linear programme; of least |sum| if `signed`."""
    from scipy.optimize import linprog

    def programme(A: Array, hidden: Array) -> Array:
        both = np.hstack([A, -A]) if signed else A
        found = linprog(np.ones(both.shape[1]), A_eq=both, b_eq=hidden, method="highs")
        if found.x is None:  # h is outside the cone of the features represented
            return np.zeros(A.shape[1])
        return found.x[: A.shape[1]] - found.x[A.shape[1] :] if signed else found.x

    return _each(programme, h, W)


DECODERS: dict[str, Decoder] = {
    "ReLU readout": relu_readout,
    "threshold and least squares": threshold_least_squares,
    "orthogonal matching pursuit": matching_pursuit,
    "LASSO": lasso,
    "nonnegative least squares": nonnegative_least_squares,
    "basis pursuit": basis_pursuit,
}


def _represented(W: Array) -> NDArray[np.bool_]:
    norms = np.linalg.norm(W, axis=1)
    return norms > _REPRESENTED * norms.max()


def _each(solve: Callable[[Array, Array], Array], h: Array, W: Array) -> Array:
    """Solve h = A x̂ for every h, the columns of A being the rows of features represented."""
    represented = _represented(W)
    A = np.ascontiguousarray(W[represented].T)
    found = np.zeros((len(h), len(W)))
    for out, hidden in zip(found, h, strict=True):
        out[represented] = solve(A, hidden)
    return found
