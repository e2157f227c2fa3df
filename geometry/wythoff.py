"""Wythoff's construction: the orbit of a point under a finite reflection group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from math import factorial

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Rings = tuple[int, ...]


@dataclass(frozen=True)
class Diagram:
    """A connected Coxeter diagram: its letter, its rank and the numbers on its links.

    The nodes of A, B, F and H stand in a line. In D the nodes 0 and 1 are the two short arms and 2
    starts the long one; in E the last node hangs on the chain of the others, its second arm two
    nodes long.

    >>> Diagram("H", 3).links, Diagram("H", 3).order
    (((0, 1, 3), (1, 2, 5)), 120)
    """

    letter: str
    rank: int

    @property
    def links(self) -> tuple[tuple[int, int, int], ...]:
        """Pairs of mirrors that are not orthogonal, with the order of their product."""
        n = self.rank
        if self.letter == "D":
            return ((0, 2, 3), *((i - 1, i, 3) for i in range(2, n)))
        if self.letter == "E":
            return (*((i - 1, i, 3) for i in range(1, n - 1)), (n - 4, n - 1, 3))
        numbers = [3] * (n - 1)
        if self.letter == "F":
            numbers[1] = 4
        elif self.letter in "BH":
            numbers[-1] = {"B": 4, "H": 5}[self.letter]
        return tuple((i, i + 1, number) for i, number in enumerate(numbers))

    @property
    def order(self) -> int:
        """The order of the group."""
        return _order(range(self.rank), self.links)

    def size(self, rings: Rings) -> int:
        """How many vertices the orbit has: the order over that of the mirrors the point lies on."""
        return self.order // _order([i for i in range(self.rank) if i not in rings], self.links)

    def rings(self) -> Iterator[Rings]:
        """Every choice of ringed nodes, the mirrors that the point does not lie on.

        Of choices that a symmetry of the diagram exchanges, the first one alone.
        """
        turned = list(range(self.rank))
        if self.letter in "AF":
            turned.reverse()
        elif self.letter == "D":
            turned[:2] = 1, 0
        elif self.letter == "E" and self.rank == 6:
            turned[:5] = 4, 3, 2, 1, 0
        for size in range(1, self.rank + 1):
            for rings in combinations(range(self.rank), size):
                if rings <= tuple(sorted(turned[i] for i in rings)):
                    yield rings


DIAGRAMS = (
    *(Diagram("A", n) for n in range(3, 9)),
    Diagram("F", 4),
    *(Diagram("H", n) for n in (3, 4)),
    *(Diagram("B", n) for n in range(3, 9)),
    *(Diagram("D", n) for n in range(4, 9)),
    *(Diagram("E", n) for n in (6, 7, 8)),
)


def orbit(diagram: Diagram, rings: Rings) -> Array:
    r"""The vertices of a uniform polytope at unit norm.

    .. math:: p \cdot a_i = [i \in \mathrm{rings}], \qquad V = W p / |p|

    with unit normals a_i of the mirrors. All edges have one length, as p is equally far from
    every mirror that it does not lie on.

    Parameters
    ----------
    diagram : of rank d
    rings : the ringed nodes, at least one

    Returns
    -------
    (k, d)

    >>> orbit(Diagram("H", 3), (0,)).shape
    (12, 3)

    References
    ----------
    Coxeter 1973, Regular Polytopes, sections 5.7 and 11.6.
    """
    # Extended precision where there is some: a long word of reflections rounds often.
    normals = np.zeros((diagram.rank, diagram.rank), np.longdouble)
    cosines = np.eye(diagram.rank, dtype=np.longdouble)
    for i, j, number in diagram.links:
        cosines[i, j] = cosines[j, i] = -_COSINES[number]
    for i in range(diagram.rank):  # Cholesky factorisation
        for j in range(i):
            rest = cosines[i, j] - normals[i, :j] @ normals[j, :j]
            normals[i, j] = rest / normals[j, j]
        normals[i, i] = np.sqrt(1 - (normals[i, :i] ** 2).sum())
    start = np.zeros(diagram.rank, np.longdouble)
    for i in range(diagram.rank):
        start[i] = ((i in rings) - normals[i, :i] @ start[:i]) / normals[i, i]
    start /= np.sqrt((start**2).sum())
    points, seen, last = [start], {_key(start)}, [start]
    while last:
        images = np.array(last)
        last = []
        for normal in normals:
            for image in images - 2 * np.outer((images * normal).sum(axis=1), normal):
                if (key := _key(image)) not in seen:
                    seen.add(key)
                    last.append(image)
        points += last
    return np.array(points).astype(np.float64)


_COSINES = {  # cos(pi / number)
    3: np.longdouble(1) / 2,
    4: np.sqrt(np.longdouble(2)) / 2,
    5: (1 + np.sqrt(np.longdouble(5))) / 4,
}


def _key(point: NDArray[np.longdouble]) -> bytes:
    return np.rint(point * 1e6).astype(np.int64).tobytes()


def _order(nodes: Iterable[int], links: tuple[tuple[int, int, int], ...]) -> int:
    """The order of the group that some of the mirrors generate (Coxeter 1973, table IV)."""
    left, order = set(nodes), 1
    while left:
        part = {min(left)}
        while reached := {j for i, j, _ in links if i in part and j in left - part} | {
            i for i, j, _ in links if j in part and i in left - part
        }:
            part |= reached
        left -= part
        inside = [link for link in links if link[0] in part and link[1] in part]
        order *= _irreducible_order(len(part), inside)
    return order


def _irreducible_order(n: int, links: list[tuple[int, int, int]]) -> int:
    numbers = {number for *_, number in links}
    ends = [i for link in links for i in link[:2]]
    if 5 in numbers:
        return {2: 10, 3: 120, 4: 14400}[n]
    if 4 in numbers:
        (middle,) = [link for link in links if link[2] == 4]
        inner = all(ends.count(i) == 2 for i in middle[:2])
        return 1152 if inner else 2**n * factorial(n)
    branches = [i for i in set(ends) if ends.count(i) == 3]
    if not branches:
        return factorial(n + 1)
    leaves = sum(ends.count(i + j - branches[0]) == 1 for i, j, _ in links if branches[0] in (i, j))
    if leaves >= 2:
        return 2 ** (n - 1) * factorial(n)
    return {6: 51840, 7: 2903040, 8: 696729600}[n]
