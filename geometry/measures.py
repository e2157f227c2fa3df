"""What can be measured on a weight matrix before any shape is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geometry.arguments import held, real
from geometry.weights import checked_weights

if TYPE_CHECKING:
    import networkx as nx

_BLOCK = 2**22  # overlaps held at once, 32 MiB


def directions(W: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows of W at unit norm, a zero row left zero, whatever the scale of the rows."""
    largest = np.abs(W).max(axis=-1, keepdims=True)
    scaled = np.divide(W, largest, out=np.zeros_like(W), where=largest > 0)
    norms = np.linalg.norm(scaled, axis=-1, keepdims=True)
    return np.divide(scaled, norms, out=np.zeros_like(W), where=norms > 0)


def _unit_scale(W: NDArray[np.float64]) -> NDArray[np.float64]:
    largest = np.abs(W).max(axis=(-2, -1), keepdims=True)
    return np.divide(W, largest, out=np.zeros_like(W), where=largest > 0)


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
    V = _unit_scale(checked_weights(W))
    norms = np.linalg.norm(V, axis=-1)
    n, m = V.shape[-2:]
    # V = Q R has the frame operator R'R of m x m, and R keeps the digits that squaring would lose
    overlaps = directions(V) @ np.swapaxes(np.linalg.qr(V, mode="r") if n > m else V, -1, -2)
    total = (overlaps**2).sum(axis=-1)
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
    rtol = real("rtol", rtol)
    U, s, _ = np.linalg.svd(_unit_scale(checked_weights(W)), full_matrices=False)
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
    size, V = float(np.abs(array).max()), _unit_scale(array)
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
