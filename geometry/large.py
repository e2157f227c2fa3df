"""Naming what can be named among more features than can all be compared at once."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb, log, sqrt

import numpy as np
import scipy
from numpy.typing import NDArray

from geometry.forest import Forest, neighbour_graph, single_linkage
from geometry.measures import directions, gram, row_blocks
from geometry.naming import Candidate, Naming, Standard, name_part
from geometry.neighbours import Progress, neighbours
from geometry.partition import partition
from geometry.split import Part
from geometry.template import Template

Array = NDArray[np.float64]
Statistics = tuple[tuple[str, float], ...]
Share = tuple[Part, Naming, Statistics]

# a dendrogram and the evidence along it take about a second at this size, and grow with its square
MOST_AT_ONCE = 400
# as many as every shape within reach of a gap has features: those of more than 32 vertices are
# named where they are factors, and nowhere else
_NEIGHBOURS = 32
# the weakest link inside a part to the strongest out of it; closer to 1 noise decides who belongs
_GAP = 1.1
_LEAN = 0.7  # the strongest link out of a part; two digons pass the bound on leakage up to here
_RIDGE = 2.0  # the squared length that an antipodal pair has along its axis, as in `partition`


def partition_large(
    U: Array,
    lengths: Array,
    D: Array,
    templates: Sequence[Template],
    standard: Standard,
    progress: Progress | None = None,
) -> list[Share]:
    r"""Disjoint parts that together hold every row of U once, in memory that n bounds, not n x n.

    Features are linked to their nearest neighbours, and single linkage of that graph says which of
    them stand together. A group of at most 400 that overlaps with no others is what `partition` is
    for. Inside what stays entangled a part is named where it is locally regular: it has the
    evidence of a template, its features are linked more strongly with each other than with any
    other, and what leaks to others by more than unrelated features overlap keeps to the same bound.
    All else is unknown, one part per connected component of the graph, and described by its
    statistics.

    .. math:: \mathrm{leakage} = 1 - \frac{\sum_{i, j \in c} (V_i \cdot V_j)^2}
              {\sum_{i \in c} V_i^\top G V_i}, \qquad G = V^\top V

    with V the unit rows after hidden space is stretched half way to a tight frame, so that what
    leaks to all other features is known from the m x m matrix G.

    Parameters
    ----------
    U, lengths, D, templates, standard : as in `partition`
    progress : called with the number of features compared with all others, and that there are
    """
    indices, cosines = neighbours(U, _NEIGHBOURS, progress)
    # Independent directions overlap by 1 / sqrt(m); noise of a share of their length by that share
    # of it. A simplex of seventeen still holds together.
    graph = neighbour_graph(indices, cosines, min(1 / sqrt(U.shape[1]), 1 / 16))
    forest = single_linkage(graph)
    V, total = _stretched(U)

    shares: list[Share] = []
    unnamed: list[Part] = []
    free = np.ones(len(U), dtype=bool)
    for group in _groups(forest, _leakages(forest, V, total), D, standard):
        inside = list(group)
        found = partition(U[inside], lengths[inside], D[inside], templates, standard)
        for local, naming in found:
            part = tuple(group[i] for i in local)
            if naming.chosen and _leakage(V, total, part) <= standard.max_leakage:
                shares.append((part, naming, ()))
            else:
                unnamed.append(part)
        free[inside] = False

    sizes: dict[int, list[Template]] = {}
    for t in templates:
        sizes.setdefault(len(t.vertices), []).append(t)
    regular = _regular(forest, U, free, sizes, standard)
    usual = _usual(forest, [node for node, _, _ in regular], cosines, free)
    for node, part, naming in regular:
        others, cosine = _around(part, indices, cosines)
        leaks = _local_leakage(U, part, cosine[cosine > usual])
        shared = _share(U, part, naming, others)
        if leaks <= standard.max_leakage and shared <= standard.max_shared:
            free[list(part)] = False
            gap = float(forest.height[node] / max(forest.above[node], np.finfo(float).tiny))
            shares.append((part, naming, (("leakage", _leakage(V, total, part)), ("gap", gap))))

    unnamed += [(int(i),) for i in np.flatnonzero(free)]
    for part in _united(graph, unnamed, free):
        same_size = sizes.get(len(part), []) if 1 < len(part) <= MOST_AT_ONCE else []
        candidates: tuple[Candidate, ...] = ()
        if same_size:
            candidates = name_part(U[list(part)], same_size, standard, full=True).candidates
        described = _described(U, part, cosines[list(part)], _leakage(V, total, part))
        shares.append((part, Naming(candidates, None, 0.0), described))
    return shares


def _stretched(U: Array) -> tuple[Array, Array]:
    """Unit rows stretched half way to a tight frame, and the sum of their squared overlaps."""
    L = np.linalg.cholesky(U.T @ U + _RIDGE * np.eye(U.shape[1]))
    V, total = np.empty_like(U), np.empty(len(U))
    for block in row_blocks(*U.shape):
        V[block] = directions(scipy.linalg.solve_triangular(L, U[block].T, lower=True).T)
    G = V.T @ V
    for block in row_blocks(*U.shape):
        total[block] = np.einsum("ij,ij->i", V[block] @ G, V[block])
    return V, total


def _leakage(V: Array, total: Array, part: Part) -> float:
    """The share of the members' squared overlaps that falls on features outside the part."""
    return max(0.0, float(1 - (gram(V, part) ** 2).sum() / total[list(part)].sum()))


def _leakages(forest: Forest, V: Array, total: Array) -> Array:
    """The leakage of every node of at most 400 features, 1 for larger ones."""
    inside = np.ones(len(forest.size))
    outside = np.concatenate([total, np.zeros(len(forest.children))])
    members = {i: [i] for i in range(len(V))}
    for node, (a, b) in enumerate(forest.children.tolist(), start=len(V)):
        outside[node] = outside[a] + outside[b]
        left, right = members.pop(a, []), members.pop(b, [])
        if forest.size[node] <= MOST_AT_ONCE:
            across = V[left] @ V[right].T
            inside[node] = inside[a] + inside[b] + 2 * (across**2).sum()
            members[node] = left + right
    return np.where(forest.size <= MOST_AT_ONCE, 1 - inside / outside, 1.0)


def _groups(forest: Forest, leakage: Array, D: Array, standard: Standard) -> list[Part]:
    """The largest groups of at most 400 features that leak too little to be part of others."""
    apart = leakage <= standard.max_leakage
    apart[: len(D)] = np.greater_equal(D, standard.min_dedicated)
    found, pending = [], forest.roots.tolist()
    while pending:
        node = pending.pop()
        if apart[node]:
            found.append(forest.members(node))
        else:
            pending += forest.below(node)
    return sorted(found)


def _regular(
    forest: Forest,
    U: Array,
    free: NDArray[np.bool_],
    sizes: dict[int, list[Template]],
    standard: Standard,
) -> list[tuple[int, Part, Naming]]:
    """Disjoint nodes that earn a name and stand apart by a gap, the most evident first."""
    found = []
    small = (forest.size > 1) & (forest.size <= _NEIGHBOURS)
    apart = (forest.height >= _GAP * forest.above) & (forest.above <= _LEAN)
    for node in np.flatnonzero(small & apart).tolist():
        part, same_size = forest.members(node), sizes.get(int(forest.size[node]), [])
        if not same_size or not free[list(part)].all():
            continue
        naming = name_part(U[list(part)], same_size, standard)
        if naming.chosen is None:
            continue
        tries = len(same_size) * comb(len(U), len(part))
        if (evidence := naming.chosen.evidence - log(tries)) > 0:
            found.append((evidence, node, part, naming))
    named, taken = [], set()
    for _, node, part, naming in sorted(found, key=lambda item: (-item[0], item[2])):
        if taken.isdisjoint(part):
            taken.update(part)
            named.append((node, part, naming))
    return named


def _usual(forest: Forest, nodes: list[int], cosines: Array, free: NDArray[np.bool_]) -> float:
    """How strong the strongest link is that a free feature has to others than those of its part."""
    out = cosines.max(axis=1, initial=0.0)
    for node in nodes:
        out[list(forest.members(node))] = forest.above[node]
    return float(np.median(out[free])) if free.any() else 0.0


def _around(
    part: Part, indices: NDArray[np.intp], cosines: Array
) -> tuple[NDArray[np.intp], Array]:
    """The neighbours of a part, one entry for every link, and the cosines of the links."""
    rows = list(part)
    outside = ~np.isin(indices[rows], rows)
    return indices[rows][outside], cosines[rows][outside]


def _local_leakage(U: Array, part: Part, cosine: Array) -> float:
    """The share of the members' squared overlaps that falls on the links out of the part."""
    rows, out = U[list(part)], float((cosine**2).sum())
    return out / (float(((rows @ rows.T) ** 2).sum()) + out)


def _share(U: Array, part: Part, naming: Naming, others: NDArray[np.intp]) -> float:
    """The largest share of the squared length of another feature in the span of a named part."""
    assert naming.chosen
    frame = np.linalg.svd(U[list(part)], full_matrices=False)[2]
    inside = U[others] @ frame[: naming.chosen.template.dimension].T
    return float((inside**2).sum(axis=1).max(initial=0.0))


def _united(
    graph: scipy.sparse.csr_array, parts: list[Part], free: NDArray[np.bool_]
) -> list[Part]:
    """Parts that a link to or from a free feature holds together made one."""
    label = np.full(len(free), -1)
    for index, part in enumerate(parts):
        label[list(part)] = index
    links = graph.tocoo()
    kept = (free[links.row] | free[links.col]) & (label[links.row] >= 0) & (label[links.col] >= 0)
    ends = label[links.row[kept]], label[links.col[kept]]
    between = scipy.sparse.coo_array((np.ones(len(ends[0])), ends), shape=(len(parts), len(parts)))
    united: dict[int, list[int]] = {}
    for part, whole in zip(
        parts, scipy.sparse.csgraph.connected_components(between)[1].tolist(), strict=True
    ):
        united.setdefault(whole, []).extend(part)
    return [tuple(sorted(part)) for part in united.values()]


def _described(U: Array, part: Part, cosines: Array, leakage: float) -> Statistics:
    """What is known of features that no name was found for; tightness as in `frame_analysis`."""
    spectrum = np.linalg.eigvalsh(gram(U, part))
    rank = int((spectrum > 1e-12 * spectrum[-1]).sum())
    low, middle, high = np.quantile(cosines.max(axis=1, initial=0.0), (0.05, 0.5, 0.95))
    return (
        ("leakage", leakage),
        ("tightness", float(spectrum.sum() ** 2 / (rank * (spectrum**2).sum()))),
        ("nearest_cosine_5%", float(low)),
        ("nearest_cosine_median", float(middle)),
        ("nearest_cosine_95%", float(high)),
    )
