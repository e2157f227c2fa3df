"""Splitting features into tegum factors, without a threshold on how orthogonal is orthogonal."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import scipy
from numpy.typing import NDArray

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
    score : evidence that a sorted tuple of at least two features is one factor, zero or less if it
        is none

    Returns
    -------
    The parts of the best dendrograms, the best for every block of features that the parts of
    all of them hold together; features in none of them are left over.
    """
    choices = [_best_parts(similarity, score) for similarity in similarities]
    chosen = []
    for block in united([part for choice in choices for part in choice]):
        inside = [
            {part: value for part, value in choice.items() if part[0] in block}
            for choice in choices
        ]
        chosen += max(inside, key=lambda choice: sum(choice.values()))
    return chosen


def united(parts: list[Part]) -> list[Part]:
    """Parts that hold a feature in common made one.

    >>> united([(0, 1), (2, 3), (1, 4)])
    [(2, 3), (0, 1, 4)]
    """
    apart: list[set[int]] = []
    for part in parts:
        meeting = [u for u in apart if not u.isdisjoint(part)]
        apart = [u for u in apart if u.isdisjoint(part)] + [set(part).union(*meeting)]
    return [tuple(sorted(u)) for u in apart]


def coherent(similarity: NDArray[np.float64], part: Part) -> bool:
    r"""Whether a part hangs together rather as its nearest members do than as with the others.

    .. math:: s_{last}^2 \ge s_{first}\, s_{outside}

    with the first and the last similarity at which average linkage joins the part, and the mean
    similarity of members and other features, which says what noise and leans amount to.
    """
    inside = np.zeros(len(similarity), dtype=bool)
    inside[list(part)] = True
    if len(part) < 2 or inside.all():
        return True
    outside = similarity[np.ix_(inside, ~inside)].mean()
    joins = 1 - _joined(similarity[np.ix_(inside, inside)])[:, 2]
    return bool(joins[-1] ** 2 >= joins[0] * outside)


def _best_parts(
    similarity: NDArray[np.float64], score: Callable[[Part], float]
) -> dict[Part, float]:
    """The disjoint branches of largest total evidence, each with its own."""
    values: dict[Part, dict[Part, float]] = {}
    total: dict[Part, float] = {}
    for node, left, right in _branches(similarity):
        apart = values.pop(left, {}) | values.pop(right, {})
        own = score(node)
        total = {node: own} if own > sum(apart.values()) else apart
        values[node] = total
    return total


def _branches(similarity: NDArray[np.float64]) -> Iterator[tuple[Part, Part, Part]]:
    """Every inner node of the average-linkage dendrogram with its two children, root last."""
    n = len(similarity)
    if n < 2:
        return
    members: list[Part] = [(i,) for i in range(n)]
    for left, right, *_ in _joined(similarity):
        a, b = members[int(left)], members[int(right)]
        members.append(tuple(sorted(a + b)))
        yield members[-1], a, b


def _joined(similarity: NDArray[np.float64]) -> NDArray[np.float64]:
    """Average linkage as scipy writes it; distances are one less the similarities."""
    distance = 1 - (similarity + similarity.T) / 2
    np.fill_diagonal(distance, 0)
    return scipy.cluster.hierarchy.linkage(
        scipy.spatial.distance.squareform(distance, checks=False), "average"
    )
