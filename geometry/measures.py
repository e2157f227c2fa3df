"""What can be measured on a weight matrix before any shape is named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geometry.arguments import held, real
from geometry.weights import checked_weights

if TYPE_CHECKING:
    import networkx as nx

_BLOCK = 2**22  # numbers held at once beside the weights, 32 MiB


def row_blocks(n: int, m: int, least: int = 1) -> Iterator[slice]:
    """Blocks of at least so many rows of an (n, m) array, so that what is made of one is small.

    >>> [block.start for block in row_blocks(5, 2**21)]
    [0, 2, 4]
    """
    step = max(least, _BLOCK // m)
    return (slice(start, start + step) for start in range(0, n, step))


def directions(W: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows of W at unit norm, a zero row left zero, whatever the scale of the rows."""
    rows = W.reshape(-1, W.shape[-1])
    found = np.zeros(rows.shape)
    for block in row_blocks(*rows.shape):
        here = rows[block]
        largest = np.abs(here).max(axis=-1, keepdims=True)
        scaled = np.divide(here, largest, out=np.zeros_like(here), where=largest > 0)
        norms = np.linalg.norm(scaled, axis=-1, keepdims=True)
        np.divide(scaled, norms, out=found[block], where=norms > 0)
    return found.reshape(W.shape)


def _size(W: NDArray[np.float64]) -> NDArray[np.float64]:
    """The largest absolute entry of every matrix, as an array of one row and column each."""
    axes = (-2, -1)
    return np.maximum(W.max(axis=axes, keepdims=True), -W.min(axis=axes, keepdims=True))


def _unit_scale(W: NDArray[np.float64], size: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(W, size, out=np.zeros_like(W), where=size > 0)


def _root(W: NDArray[np.float64], size: NDArray[np.float64]) -> NDArray[np.float64]:
    """R of V = Q R, with V the matrix over its size, from blocks of rows.

    V has the frame operator R'R of m x m, and R keeps the digits that squaring would lose.
    """
    n, m = W.shape[-2:]
    R: NDArray[np.float64] = np.empty((*W.shape[:-2], 0, m))
    for block in row_blocks(n, W[..., 0, :].size, least=2 * m):
        V = _unit_scale(W[..., block, :], size)
        R = np.asarray(np.linalg.qr(np.concatenate([R, V], axis=-2), mode="r"))
    return R


def gram(U: NDArray[np.float64], rows: Sequence[int]) -> NDArray[np.float64]:
    """Overlaps of some rows of (n, m), or their frame operator, which has the same spectrum.

    Whichever is smaller, without a copy of very many rows.
    """
    if len(rows) <= U.shape[1]:
        here = U[list(rows)]
        return here @ here.T
    found, chosen = np.zeros((U.shape[1], U.shape[1])), np.array(rows)
    for block in row_blocks(len(chosen), U.shape[1]):
        here = U[chosen[block]]
        found += here.T @ here
    return found


def dimensionality(W: ArrayLike) -> NDArray[np.float64]:
    r"""The share of a hidden dimension that each feature has to itself.

    .. math:: D_i = \frac{\|W_i\|^2}{\sum_j (\hat W_i \cdot W_j)^2}

    The sum includes j = i, so a feature orthogonal to all others has D = 1; a zero row has D = 0.

    Parameters
    ----------
    W : (..., n_features, n_hidden); rows are features (the paper writes the transpose)

    Returns
    -------
    (..., n_features), between 0 and 1, unchanged when W is multiplied by a number.
    Their sum is at most the rank of W.

    >>> dimensionality([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]])
    array([0.5, 0.5, 1. ])

    References
    ----------
    Elhage et al. 2022, Toy Models of Superposition, "The Geometry of Superposition".
    """
    array = checked_weights(W, copy=False)
    size = _size(array)
    n, m = array.shape[-2:]
    spanning = np.swapaxes(_root(array, size) if n > m else _unit_scale(array, size), -1, -2)
    norms, total = np.empty(array.shape[:-1]), np.empty(array.shape[:-1])
    for block in row_blocks(n, array[..., 0, :].size):
        here = _unit_scale(array[..., block, :], size)
        norms[..., block] = np.linalg.norm(here, axis=-1)
        total[..., block] = ((directions(here) @ spanning) ** 2).sum(axis=-1)
    return np.minimum(np.divide(norms**2, total, out=np.zeros_like(norms), where=total > 0), 1.0)


def leverage(W: ArrayLike, *, rtol: float = 1e-12) -> NDArray[np.float64]:
    r"""The largest dimensionality that each feature could have, were hidden space stretched for it.

    .. math:: \ell_i = W_i^\top F^+ W_i, \qquad F = W^\top W

    with F the frame operator on hidden space. D_i <= l_i (Cauchy-Schwarz), equal exactly when W_i
    is an eigenvector of F, and the leverages sum to the rank of W.

    Parameters
    ----------
    W : (..., n_features, n_hidden)
    rtol : singular values below this share of the largest count as zero; the default is well above
        the rounding of float64 and well below anything that training leaves behind.

    Returns
    -------
    (..., n_features), between 0 and 1

    >>> leverage([[2.0, 0.0], [0.0, 1.0], [0.0, 1.0]]).round(12)
    array([1. , 0.5, 0.5])
    """
    array, rtol = checked_weights(W, copy=False), real("rtol", rtol)
    U, s, _ = np.linalg.svd(_unit_scale(array, _size(array)), full_matrices=False)
    kept = (s > rtol * s.max(axis=-1, keepdims=True)) & (s > 0)
    return ((U * kept[..., None, :]) ** 2).sum(axis=-1)


def interference(W: ArrayLike) -> NDArray[np.float64]:
    r"""How far the direction of each feature is activated by every other.

    .. math:: A_{ij} = \hat W_i \cdot W_j

    Parameters
    ----------
    W : (..., n_features, n_hidden)

    Returns
    -------
    (..., n_features, n_features); the diagonal holds the norms, the row of a zero feature is zero.

    >>> interference([[3.0, 4.0], [0.0, 1.0]])
    array([[5. , 0.8],
           [4. , 1. ]])
    """
    array = checked_weights(W)
    with np.errstate(over="ignore"):
        return held("norm", directions(array) @ np.swapaxes(array, -1, -2))


def superposition(W: ArrayLike) -> NDArray[np.float64]:
    r"""How far all other features together activate the direction of each.

    .. math:: \sum_{j \ne i} (\hat W_i \cdot W_j)^2

    0 for a feature orthogonal to all others, and at least 1 where some group of others can
    activate it as strongly as it activates itself at unit norm.

    Parameters
    ----------
    W : (..., n_features, n_hidden)

    Returns
    -------
    (..., n_features); 0 for a zero row

    >>> superposition([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]])
    array([1., 1., 0.])

    References
    ----------
    Elhage et al. 2022, Toy Models of Superposition, section 3 (the colour of the norms).
    """
    found = interference(W)
    n = found.shape[-1]
    found[..., range(n), range(n)] = 0.0
    with np.errstate(over="ignore"):
        return held("squared norm", (found**2).sum(axis=-1))


def interference_graph(W: ArrayLike, *, threshold: float = 1e-3) -> nx.Graph:
    r"""The graph whose nodes are features, joined where they are not orthogonal.

    .. math:: w_{ij} = |W_i \cdot W_j|

    Its connected components are the tegum factors when W is exact; on trained weights `identify`
    finds the factors without a threshold.

    Parameters
    ----------
    W : (n_features, n_hidden)
    threshold : edges of at most this share of the largest squared norm count as zero. Trained
        factors are orthogonal to about 1e-3.

    Returns
    -------
    networkx.Graph with node attributes ``norm`` and ``dimensionality``, edge attribute ``weight``

    >>> sorted(interference_graph([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]]).edges)
    [(0, 1)]
    """
    import networkx as nx

    array, threshold = checked_weights(W, ndim=(2,)), real("threshold", threshold)
    size, V = float(np.abs(array).max()), _unit_scale(array, _size(array))
    norms, shares = np.linalg.norm(V, axis=1), dimensionality(V)
    graph = nx.Graph()
    for i, (norm, share) in enumerate(zip(norms, shares, strict=True)):
        graph.add_node(i, norm=size * float(norm), dimensionality=float(share))
    least = threshold * norms.max() ** 2
    step = max(1, _BLOCK // len(V))
    for start in range(0, len(V), step):
        gram = np.abs(V[start : start + step] @ V[start:].T)
        rows, columns = np.nonzero(np.triu(gram > least, 1))
        graph.add_weighted_edges_from(
            (start + int(i), start + int(j), size * size * float(gram[i, j]))
            for i, j in zip(rows, columns, strict=True)
        )
    return graph
