"""Automorphisms of a coloured complete graph: refinement, backtracking and a stabiliser chain."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np
import scipy
from numpy.typing import NDArray

Labels = NDArray[np.uint64]
Permutation = NDArray[np.intp]
_ODD = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, eq=False)
class Automorphisms:
    """A permutation group of the vertices.

    Attributes
    ----------
    order : the number of permutations; a lower bound where the search was not complete
    generators : permutations as arrays, ``generator[i]`` the image of vertex i
    complete : False if the search reached its limit
    """

    order: int
    generators: tuple[Permutation, ...]
    complete: bool


def automorphisms(colours: NDArray[np.intp], *, limit: int = 5_000) -> Automorphisms:
    """The permutations of the vertices that keep the colour of every vertex and every pair.

    A base is chosen one vertex at a time, each from the largest class that colour refinement leaves
    while the earlier ones are fixed. From its end backwards, the orbit of each base vertex under
    the stabiliser of the earlier ones is found by searching an automorphism for one candidate per
    orbit known so far; the order is the product of the orbit lengths (orbit-stabiliser theorem).
    Every generator is checked against all pairs.

    Parameters
    ----------
    colours : (n, n), symmetric; the diagonal colours the vertices
    limit : of the nodes visited in all; generic, simplicial and root-system colourings need at most
        a few per generator

    >>> square = np.array([[0, 1, 2, 1], [1, 0, 1, 2], [2, 1, 0, 1], [1, 2, 1, 0]])
    >>> automorphisms(square).order
    8

    References
    ----------
    McKay & Piperno 2014, Practical graph isomorphism II, J. Symbolic Computation 60.
    """
    return _Search(colours, limit).run()


def orbits(generators: tuple[Permutation, ...], n: int) -> NDArray[np.intp]:
    """For every vertex the number of its orbit, shape (n,)."""
    label = np.arange(n)
    for g in generators:
        label = _merged(label, label[g])
    return label


def orbitals(generators: tuple[Permutation, ...], n: int) -> NDArray[np.intp]:
    """For every ordered pair of vertices the number of its orbit, shape (n, n)."""
    label = np.arange(n * n).reshape(n, n)
    for g in generators:
        label = _merged(label, label[np.ix_(g, g)])
    return label


def _merged(label: NDArray[np.intp], image: NDArray[np.intp]) -> NDArray[np.intp]:
    """Classes united wherever a permutation takes a member of one to a member of the other."""
    if np.array_equal(label, image):
        return label
    size = int(label.max()) + 1
    edges = scipy.sparse.coo_array(
        (np.ones(label.size), (label.ravel(), image.ravel())), shape=(size, size)
    )
    return scipy.sparse.csgraph.connected_components(edges, directed=False)[1].astype(np.intp)[
        label
    ]


def _mixed(keys: Labels) -> Labels:
    """Sixty-four well-mixed bits for each key (the finaliser of splitmix64)."""
    keys = (keys ^ (keys >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    keys = (keys ^ (keys >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return keys ^ (keys >> np.uint64(31))


class _Search:
    """One search: the base, the labels along it, and the orbits found so far.

    Labels are hashes of what refinement knows of a vertex, so equal structure has equal labels in
    every branch. A collision can only make a class too coarse: it costs time, never an answer.
    """

    def __init__(self, colours: NDArray[np.intp], limit: int) -> None:
        n = len(colours)
        _, numbers = np.unique(colours, return_inverse=True)
        numbers = numbers.reshape(n, n)
        vertex = np.diag(numbers) + numbers.max() + 1
        np.fill_diagonal(numbers, vertex)
        self.colours = numbers
        self.tones = _mixed((numbers + 1).astype(np.uint64) * _ODD)
        self.nodes, self.limit = 0, limit
        self.base: list[int] = []
        self.path = [self._refined(np.diag(self.tones).copy())]

    def run(self) -> Automorphisms:
        n = len(self.colours)
        while (vertex := _of_largest_class(self.path[-1])) is not None:
            self.base.append(vertex)
            self.path.append(self._fixed(self.path[-1], vertex))
        found: list[Permutation] = []
        label, lengths, complete = np.arange(n), [], True
        for depth in reversed(range(len(self.base))):
            vertex = self.base[depth]
            settled = [vertex]
            for other in map(int, np.flatnonzero(self.path[depth] == self.path[depth][vertex])):
                if label[other] in label[settled]:
                    continue
                image = self._image(depth + 1, self._fixed(self.path[depth], other))
                if image is None:
                    settled.append(other)
                    complete = complete and self.nodes <= self.limit
                else:
                    found.append(image)
                    label = _merged(label, label[image])
            lengths.append(int((label == label[vertex]).sum()))
        return Automorphisms(prod(lengths), tuple(found), complete)

    def _image(self, depth: int, labels: Labels) -> Permutation | None:
        """An automorphism that takes the labels along the base to these, or None."""
        self.nodes += 1
        reference = self.path[depth]
        if self.nodes > self.limit or not np.array_equal(np.sort(reference), np.sort(labels)):
            return None
        guess = _least_moving(reference, labels)
        if np.array_equal(self.colours[np.ix_(guess, guess)], self.colours):
            return guess
        if depth == len(self.base):
            return None
        for vertex in np.flatnonzero(labels == reference[self.base[depth]]):
            image = self._image(depth + 1, self._fixed(labels, int(vertex)))
            if image is not None:
                return image
        return None

    def _fixed(self, labels: Labels, vertex: int) -> Labels:
        """The labels refined once a vertex is told from all others."""
        return self._refined(_mixed(labels * _ODD + self.tones[vertex]))

    def _refined(self, labels: Labels) -> Labels:
        """Labels told apart by the colours towards every class, until no class falls apart."""
        count = len(np.unique(labels))
        while count < len(labels):
            towards = _mixed(self.tones + labels).sum(axis=1, dtype=np.uint64)
            finer = _mixed(labels * _ODD + towards)
            previous, count = count, len(np.unique(finer))
            if count == previous:
                break
            labels = finer
        return labels


def _of_largest_class(labels: Labels) -> int | None:
    """A vertex of the largest class, or None if every class is a single vertex."""
    _, first, counts = np.unique(labels, return_index=True, return_counts=True)
    largest = np.flatnonzero(counts == counts.max())
    return int(first[largest].min()) if counts.max() > 1 else None


def _least_moving(reference: Labels, labels: Labels) -> Permutation:
    """A permutation from one labelling to another that leaves alone every vertex that it may."""
    moved = reference != labels
    image = np.empty(len(labels), dtype=np.intp)
    image[np.lexsort((moved, reference))] = np.lexsort((moved, labels))
    return image
