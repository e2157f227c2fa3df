"""Single linkage of a sparse graph: which features join at which overlap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Forest:
    """The dendrograms of the connected components of a graph.

    Nodes 0 to n - 1 are the features, node n + j is the j-th join.

    Attributes
    ----------
    children : (joins, 2), the nodes that a join makes one
    height : (n + joins,), the weight at which a node was joined; 1 for a feature
    above : (n + joins,), the weight at which a node joins its parent, which is the largest weight
        between its features and all others; 0 for a root
    size : (n + joins,), how many features a node has
    """

    children: NDArray[np.intp]
    height: NDArray[np.float64]
    above: NDArray[np.float64]
    size: NDArray[np.intp]

    @property
    def n_features(self) -> int:
        return len(self.size) - len(self.children)

    @property
    def roots(self) -> NDArray[np.intp]:
        """The nodes that join no other: one per connected component."""
        root = np.ones(len(self.size), dtype=bool)
        root[self.children] = False
        return np.flatnonzero(root)

    def below(self, node: int) -> tuple[int, ...]:
        """The two nodes that a node was joined from, none for a feature."""
        n = self.n_features
        return () if node < n else tuple(map(int, self.children[node - n]))

    def members(self, node: int) -> tuple[int, ...]:
        """The features of a node, ascending."""
        found, pending = [], [node]
        while pending:
            children = self.below(top := pending.pop())
            pending += children
            if not children:
                found.append(top)
        return tuple(sorted(found))


def neighbour_graph(
    indices: NDArray[np.intp], cosines: NDArray[np.float64], floor: float
) -> scipy.sparse.csr_array:
    """The symmetric graph that joins every feature to its neighbours above a floor.

    Parameters
    ----------
    indices, cosines : (n, k), as `neighbours` returns them
    floor : overlaps up to it are none
    """
    n, k = indices.shape
    strong = (cosines > floor).ravel()
    rows, columns = np.repeat(np.arange(n), k)[strong], indices.ravel()[strong]
    graph = scipy.sparse.coo_array((cosines.ravel()[strong], (rows, columns)), shape=(n, n)).tocsr()
    return scipy.sparse.csr_array(graph.maximum(graph.T))


def single_linkage(graph: scipy.sparse.csr_array) -> Forest:
    """The single-linkage dendrograms of a symmetric graph with weights in (0, 1].

    >>> chain = scipy.sparse.csr_array([[0, 0.9, 0], [0.9, 0, 0.2], [0, 0.2, 0]])
    >>> forest = single_linkage(chain)
    >>> forest.children.tolist(), forest.height.round(9), forest.above.round(9)
    ([[0, 1], [2, 3]], array([1. , 1. , 1. , 0.9, 0.2]), array([0.9, 0.9, 0.2, 0.2, 0. ]))
    """
    n = len(graph.indptr) - 1
    lengths = graph.copy()
    lengths.data = 2 - graph.data  # a zero would be no edge
    tree = scipy.sparse.csgraph.minimum_spanning_tree(lengths).tocoo()
    order = np.lexsort((tree.col, tree.row, tree.data))
    weights = 2 - tree.data[order]
    joins = len(order)
    children = np.empty((joins, 2), dtype=np.intp)
    height = np.concatenate([np.ones(n), weights])
    above = np.zeros(n + joins)
    size = np.concatenate([np.ones(n, dtype=np.intp), np.zeros(joins, dtype=np.intp)])
    parent = list(range(n + joins))

    def top(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for j, (a, b) in enumerate(
        zip(tree.row[order].tolist(), tree.col[order].tolist(), strict=True)
    ):
        pair = sorted((top(a), top(b)))
        children[j] = pair
        parent[pair[0]] = parent[pair[1]] = n + j
        size[n + j] = size[pair].sum()
        above[pair] = weights[j]
    return Forest(children, height, above, size)
