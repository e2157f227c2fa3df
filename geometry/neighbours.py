"""The features that overlap most with each feature, of as many features as there are."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Progress = Callable[[int, int], None]
_BLOCK = 2**25  # float32 cosines held at once, 128 MiB
_FOLD = 32  # columns of which only the largest is looked at first


def neighbours(
    U: NDArray[np.float64], count: int, progress: Progress | None = None
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    r"""For every unit row the others of largest :math:`|U_i \cdot U_j|`, largest first.

    Rows are compared in blocks, in float32; what is kept is evaluated again in float64, and two
    that differ by less than 1e-6 may come in either order of which is kept and which is not. The
    memory is that of U and its float32 copy and a fixed amount beside, never n x n.

    Parameters
    ----------
    U : (n, m), unit rows
    count : how many to keep, at most n - 1 are
    progress : called with the number of rows that are done and that there are, after every block

    Returns
    -------
    indices : (n, k), k = min(count, n - 1)
    cosines : (n, k), their absolute values, at most 1

    >>> indices, cosines = neighbours(np.array([[1.0, 0.0], [0.0, 1.0], [-0.6, 0.8]]), 1)
    >>> indices.ravel(), cosines.ravel()
    (array([2, 2, 1]), array([0.6, 0.8, 0.8]))
    """
    n = len(U)
    kept = min(count, n - 1)
    width = -(-n // _FOLD)
    # rows of zeros fill the last column of the fold; they are no neighbours, see below
    single = np.zeros((width * _FOLD, U.shape[1]), dtype=np.float32)
    single[:n] = U
    indices = np.empty((n, kept), dtype=np.intp)
    cosines = np.empty((n, kept))
    rows = max(1, _BLOCK // len(single))
    block = np.empty((min(rows, n), len(single)), dtype=np.float32)
    for start in range(0, n, rows):
        here = np.arange(start, min(start + rows, n))
        C = block[: len(here)]
        np.matmul(single[here], single.T, out=C)
        np.abs(C, out=C)
        C[:, n:] = -1
        C[np.arange(len(here)), here] = -1
        found = _largest(C, kept)
        exact = np.empty(found.shape)
        for j, column in enumerate(found.T):
            exact[:, j] = np.abs(np.einsum("im,im->i", U[start : start + rows], U[column]))
        order = np.lexsort((found, -exact), axis=1)
        indices[here] = np.take_along_axis(found, order, axis=1)
        cosines[here] = np.minimum(np.take_along_axis(exact, order, axis=1), 1.0)
        if progress:
            progress(int(here[-1]) + 1, n)
    return indices, cosines


def _largest(C: NDArray[np.float32], count: int) -> NDArray[np.intp]:
    """The columns of the largest entries of every row, in no order."""
    width = C.shape[1] // _FOLD
    columns = np.broadcast_to(np.arange(width), (len(C), width))
    if count < width:
        # the largest entries lie in the folds with the largest maxima
        peaks = C.reshape(len(C), _FOLD, width).max(axis=1)
        columns = np.argpartition(peaks, -count, axis=1)[:, -count:]
    columns = (columns[:, :, None] + width * np.arange(_FOLD)).reshape(len(C), -1)
    values = np.take_along_axis(C, columns, axis=1)
    chosen = np.argpartition(values, -count, axis=1)[:, -count:] if count else columns[:, :0]
    return np.take_along_axis(columns, chosen, axis=1)
