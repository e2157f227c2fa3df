"""Two usual ways of naming trained weights, for comparison: lines of D, and a threshold on |cos|.

Both see the represented features of W (n, m), rows are features, and say for each of them which
part it is in and what that part is called; None is no name.
"""

from __future__ import annotations

from collections.abc import Sequence

import networkx as nx
import numpy as np

from geometry import Component, Identification, catalogue, dimensionality, template
from geometry.measures import directions
from geometry.naming import Standard, name_part
from theory.features import Array

LINES = {
    "dedicated": 1.0,
    "digon": 1 / 2,
    "triangle": 2 / 3,
    "tetrahedron": 3 / 4,
    "pentagon": 2 / 5,
    "square antiprism": 3 / 8,
}
ON_A_LINE = 0.02
THRESHOLD = 0.1  # on |cos|
STANDARD = Standard()  # that of `identify`
NEAR = 0.03  # rmsd up to which weights have the shape of a template

Part = tuple[frozenset[int], str]


def by_dimensionality(W: Array) -> dict[int, str]:
    """For every represented feature the name of the nearest line of D, if one is near."""
    D = dimensionality(W)
    names = {}
    for i in represented(W):
        name = min(LINES, key=lambda line: abs(LINES[line] - D[i]))
        if abs(LINES[name] - D[i]) <= ON_A_LINE:
            names[int(i)] = name
    return names


def by_threshold(W: Array) -> list[Part]:
    """The connected parts of |cos| > .1 that a template names, matched as `identify` does."""
    alive = represented(W)
    U = directions(W[alive])
    graph = nx.from_numpy_array(np.abs(U @ U.T) > THRESHOLD)
    parts: list[Part] = []
    for block in nx.connected_components(graph):
        members = sorted(block)
        rivals = [
            t
            for t in catalogue()
            if not t.factors and len(t.vertices) == len(members) and t.dimension <= W.shape[1]
        ]
        found = name_part(U[members], rivals, STANDARD).chosen if len(members) > 1 else None
        if len(members) == 1:
            parts.append((frozenset(alive[members].tolist()), "dedicated"))
        elif found and found.match.rmsd <= STANDARD.max_rmsd:
            parts.append((frozenset(alive[members].tolist()), found.template.name))
    return parts


def represented(W: Array) -> np.ndarray:
    return np.flatnonzero(np.linalg.norm(W, axis=1) > 0.5)


def distance(W: Array, part: Component) -> float:
    """The rmsd of a named part, worked out again from its matching by Procrustes."""
    if len(part.features) == 1:
        return 0.0
    X = directions(W[list(part.features)])
    T = template(part.name).at(**dict(part.parameters))[list(part.matching)]
    left, _, right = np.linalg.svd(T.T @ X, full_matrices=False)
    return float(np.linalg.norm(X - T @ left @ right) / np.sqrt(len(X)))


def named(verdict: Identification) -> list[Component]:
    return [part for part in verdict.components if part.name != "unknown"]


def shapes(W: Array, verdict: Identification, threshold: Sequence[Part]) -> list[Part]:
    """The parts within 3 % of a template, found by either way of splitting."""
    found = [
        (frozenset(part.features), part.name)
        for part in named(verdict)
        if distance(W, part) <= NEAR
    ]
    taken = {i for members, _ in found for i in members}
    for members, name in threshold:
        if not members & taken and _near(W, members, name):
            found.append((members, name))
    return found


def _near(W: Array, members: frozenset[int], name: str) -> bool:
    if len(members) == 1:
        return True
    found = name_part(directions(W[sorted(members)]), [template(name)], STANDARD)
    return found.candidates[0].match.rmsd <= NEAR


def tally(W: Array, verdict: Identification) -> dict[str, dict[str, int]]:
    """How many features each way of naming gets right, wrong, or leaves without a name.

    Right is the name, and for the ways that split also the features, of a part within 3 % of a
    template; wrong is any other name; what is in no such part is right without a name.
    """
    threshold = by_threshold(W)
    truth = {i: part for part in shapes(W, verdict, threshold) for i in part[0]}
    ours = {i: p for c in named(verdict) for p in [(frozenset(c.features), c.name)] for i in p[0]}
    cut = {i: part for part in threshold for i in part[0]}
    lines = by_dimensionality(W)
    result = {}
    for way, given, true in (
        ("identify", ours, truth),
        ("|cos| > .1", cut, truth),
        ("lines of D", lines, {i: name for i, (_, name) in truth.items()}),
    ):
        alive = [int(i) for i in represented(W)]
        wrong = sum(i in given and given[i] != true.get(i) for i in alive)
        result[way] = {
            "right": sum(i in given and given[i] == true.get(i) for i in alive),
            "missed": sum(i not in given and i in true for i in alive),
            "wrong": wrong,
            "rightly none": sum(i not in given and i not in true for i in alive),
            "models": int(wrong > 0),
        }
    return result
