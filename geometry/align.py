"""Laying one solution onto another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geometry.correspondence import Target, correspond, rotation
from geometry.weights import checked_weights


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


def align(W1: ArrayLike, W2: ArrayLike, *, width: int = 128) -> Alignment:
    r"""The rotation and feature permutation that bring two solutions closest, and what remains.

    .. math:: \min_{\pi, R} \sum_i \| W^{(1)}_i - W^{(2)}_{\pi(i)} R \|^2, \qquad R \in O(m)

    The optimum over R is exact for each permutation (Procrustes); the search over permutations is a
    beam search, reliable for solutions that nearly agree and for up to a few dozen features.

    Parameters
    ----------
    W1, W2 : (n_features, n_hidden) each, of one shape
    width : of the beam; doubled until the distance no longer falls

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
    scale = float(np.sqrt((first**2).sum() / len(first))) or 1.0
    X, T = first / scale, second / scale
    permutation = correspond(X, Target.of(T), width=width)
    R = rotation(X, T[permutation])
    aligned = second[permutation] @ R
    return Alignment(
        tuple(map(int, permutation)),
        R,
        aligned,
        float(np.sqrt(((first - aligned) ** 2).sum(axis=1).mean()) / scale),
    )
