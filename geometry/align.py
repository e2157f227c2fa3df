"""Laying one solution onto another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from geometry.arguments import held
from geometry.correspondence import Target, correspond, refined, rotation, squared_error
from geometry.weights import checked_weights

_SMALL = 48  # features up to which a wide search takes less than a second
SMALLEST = 1e-70  # fourth powers of the ratio of two sizes are floats
_EXACT = 1e-9  # root mean square distance of solutions that are one


@dataclass(frozen=True, eq=False)
class Alignment:
    """How one weight matrix is laid onto another.

    Attributes
    ----------
    permutation : for every feature of the first the feature of the second that it corresponds to
    rotation : (n_hidden, n_hidden), orthogonal, reflections included
    aligned : the second matrix after both: ``W2[permutation] @ rotation``
    rmsd : root mean square distance between rows, relative to the root mean square norm of those
        of the first
    """

    permutation: tuple[int, ...]
    rotation: NDArray[np.float64]
    aligned: NDArray[np.float64]
    rmsd: float


def align(W1: ArrayLike, W2: ArrayLike) -> Alignment:
    r"""The rotation and feature permutation that bring two solutions closest, and what remains.

    .. math:: \min_{\pi, R} \sum_i \| W^{(1)}_i - W^{(2)}_{\pi(i)} R \|^2, \qquad R \in O(m)

    The optimum over R is exact for each permutation (Procrustes). The permutations that are tried
    come from two sides: features with the same inner products in ascending order are most likely
    the same, which finds solutions without symmetry again under noise, and a beam search lays a few
    features after one another, either solution onto the other, which finds symmetric ones. Where
    solutions hardly agree, the result is as near as was found, not surely the nearest; it is the
    same distance from either side.

    Parameters
    ----------
    W1, W2 : (n_features, n_hidden) each, of one shape

    >>> a = align([[1.0, 0.0], [0.0, 2.0]], [[2.0, 0.0], [0.0, -1.0]])
    >>> a.permutation, round(a.rmsd, 9)
    ((1, 0), 0.0)
    """
    first, second = (checked_weights(W, ndim=(2,)) for W in (W1, W2))
    if first.shape != second.shape:
        raise ValueError(
            f"expected two matrices of one shape, got {first.shape} and {second.shape}; "
            "leave out features or pad hidden dimensions with zeros"
        )
    size = float(max(np.abs(first).max(), np.abs(second).max())) or 1.0  # 1e200 has no square
    first, second = first / size, second / size
    if 0 < np.abs(first).max() < SMALLEST:
        raise ValueError(
            f"expected two matrices of comparable size, got a first one below {SMALLEST:g} of the "
            "second; scale it up"
        )
    scale = float(np.sqrt((first**2).sum() / len(first))) or 1.0
    common = float(np.sqrt(((first**2).sum() + (second**2).sum()) / len(first))) or 1.0
    permutation = _nearest_order(first / common, second / common)
    R = rotation(first, second[permutation])
    aligned = second[permutation] @ R
    return Alignment(
        tuple(map(int, permutation)),
        R,
        held("norm", size * aligned),
        float(np.sqrt(((first - aligned) ** 2).sum(axis=1).mean()) / scale),
    )


def _nearest_order(X: NDArray[np.float64], T: NDArray[np.float64]) -> NDArray[np.intp]:
    """For every row of X the row of T, in the best order that was found from either side."""

    def left(order: NDArray[np.intp]) -> float:
        return squared_error(X, T[order])

    best = min(_alike(X, T), np.argsort(_alike(T, X)), key=left)
    if left(best) <= _EXACT**2 * len(X):
        return best
    wide, starts = (128, 6) if len(X) <= _SMALL else (16, 2)
    there = correspond(X, Target.of(T), width=wide, starts=starts)
    back = np.argsort(correspond(T, Target.of(X), width=wide, starts=starts))
    return min(best, there, back, key=left)


def _alike(X: NDArray[np.float64], T: NDArray[np.float64]) -> NDArray[np.intp]:
    """An order from rows that have the same inner products, made better by assignments."""
    profiles = np.sort(X @ X.T, axis=1), np.sort(T @ T.T, axis=1)
    order = scipy.optimize.linear_sum_assignment(
        scipy.spatial.distance.cdist(*profiles, "sqeuclidean")
    )[1]
    return refined(X, T, X @ (T @ rotation(X, T[order])).T)[0]
