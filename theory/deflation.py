"""Gram–Schmidt deflation: what goes when the direction of a known feature is taken out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from geometry.arguments import shown, whole
from geometry.measures import directions
from geometry.weights import checked_weights
from theory.features import Array


def deflated(W: ArrayLike, taken: Sequence[int]) -> Array:
    """The weights after the directions of some features are removed from hidden space in turn.

        W_j ← W_j − (Ŵ_i · W_j) Ŵ_i      for every i taken

    W (n_features, n_hidden); returns the same shape. Gram–Schmidt: a feature of which an earlier
    one left nothing is passed over. Raises ValueError for a feature that is not there.

    >>> deflated([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]], [0])  # the partner of a digon goes with it
    array([[0., 0.],
           [0., 0.],
           [0., 1.]])

    Reference: Elhage et al. 2022, footnote 19.
    """
    weights = checked_weights(W, ndim=(2,))
    # squares of 1e200 are no floats; a power of two takes no digits off
    size = np.ldexp(0.5, np.frexp(np.abs(weights).max())[1])
    weights = weights / size
    norms = np.linalg.norm(weights, axis=1)
    if not np.iterable(taken):
        raise ValueError(f"expected the features to take out, got {shown(taken)}; give a list")
    for i in taken:
        i = whole("a feature that is taken", i, 0, len(weights) - 1)
        # rounding leaves some 1e-16 of a feature that is gone
        if np.linalg.norm(weights[i]) > 1e-10 * norms[i]:
            direction = directions(weights[i : i + 1])[0]
            weights -= np.outer(weights @ direction, direction)
            weights[i] = 0.0
    return size * weights


def destroyed(W: ArrayLike) -> Array:
    """The share of the squared norm of each feature that goes with the direction of another.

        C_ij = cos² θ_ij,      Σ_j C_ij ‖W_j‖² = ‖W_i‖² / D_i

    Row i is what removing feature i takes from every feature j, itself among them: of a digon the
    whole partner, of a pentagon cos² 72° = 9.5 % of two neighbours and cos² 144° = 65.5 % of two
    others. Where all norms are equal, removing one feature removes 1/D_i of them.

    W (..., n_features, n_hidden); returns (..., n_features, n_features), 0 for a feature without
    length.

    >>> destroyed([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]])
    array([[1., 1., 0.],
           [1., 1., 0.],
           [0., 0., 1.]])

    Reference: Elhage et al. 2022, footnote 19; the sum is the definition of D_i in section 5.
    """
    unit = directions(checked_weights(W))
    return (unit @ np.swapaxes(unit, -1, -2)) ** 2
