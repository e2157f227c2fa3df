"""Splitting features into tegum factors, without a threshold on how orthogonal is orthogonal."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import squareform

Part = tuple[int, ...]


def overlaps(U: NDArray[np.float64]) -> NDArray[np.float64]:
    """Squared cosines of unit rows, shape (n, n)."""
    return np.minimum((U @ U.T) ** 2, 1.0)


def leverage_overlaps(
    U: NDArray[np.float64], *, ridge: float = 0.0, rtol: float = 1e-8
) -> NDArray[np.float64]:
    r"""Squared cosines of unit rows after hidden space is stretched towards a tight frame.

    .. math:: P_{ij}^2 / (P_{ii} P_{jj}), \qquad P = U (U^\top U + \lambda)^+ U^\top

    At ridge zero P is unchanged by any linear map of hidden space, so it is block diagonal over
    independent factors even when they are not orthogonal, and blind to how far they lean. An
    infinite ridge gives the cosines themselves; one in between counts a lean, but less, and is not
    misled by the directions that hold nothing but noise.

    Parameters
    ----------
    U : (n, m), unit rows
    ridge : lambda, in units of the squared length that features have along a hidden direction
    rtol : singular values below this share of the largest count as zero
    """
    Q, s, _ = np.linalg.svd(U, full_matrices=False)
    kept = s > rtol * s[0]
    P = (Q[:, kept] * (s[kept] ** 2 / (s[kept] ** 2 + ridge))) @ Q[:, kept].T
    diagonal = np.diag(P)
    return np.minimum(P**2 / np.outer(diagonal, diagonal), 1.0)


def split(
    similarities: tuple[NDArray[np.float64], ...],
    score: Callable[[Part], float],
) -> list[Part]:
    """The disjoint parts of largest total evidence among the branches of a few dendrograms.

    .. math:: value(node) = max(score(node), value(left) + value(right))

    Parameters
    ----------
    similarities : (n, n) each, in [0, 1]; average linkage of each gives one dendrogram
    score : evidence that a sorted tuple of at least two features is one factor; zero or less for
        one that earns no name

    Returns
    -------
    The named parts of the best dendrogram; features in none of them are left over.
    """
    best: tuple[float, list[Part]] = (0.0, [])
    for similarity in similarities:
        values: dict[Part, tuple[float, list[Part]]] = {}
        total: tuple[float, list[Part]] = (0.0, [])
        for node, left, right in _branches(similarity):
            below = [values.pop(child, (0.0, [])) for child in (left, right)]
            apart = (below[0][0] + below[1][0], below[0][1] + below[1][1])
            own = score(node)
            total = (own, [node]) if own > apart[0] else apart
            values[node] = total
        if total[0] > best[0]:
            best = total
    return best[1]


def _branches(similarity: NDArray[np.float64]) -> Iterator[tuple[Part, Part, Part]]:
    """Every inner node of the average-linkage dendrogram with its two children, root last."""
    n = len(similarity)
    if n < 2:
        return
    distance = 1 - (similarity + similarity.T) / 2
    np.fill_diagonal(distance, 0)
    members: list[Part] = [(i,) for i in range(n)]
    for left, right, *_ in linkage(squareform(distance, checks=False), "average"):
        a, b = members[int(left)], members[int(right)]
        members.append(tuple(sorted(a + b)))
        yield members[-1], a, b
