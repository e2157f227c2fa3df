"""Weight matrices of many features, what was planted in them, and how much of it was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geometry import template

Matrix = NDArray[np.float32]
Truth = dict[tuple[int, ...], str]
KINDS = ("digon", "triangle", "tetrahedron", "pentagon")
OWN, AMONG = 10, 75  # shapes of each kind in subspaces of their own, and among all others
NOISE = 0.05  # root mean square displacement of a planted unit feature
BLOCK = 4096  # rows drawn at once


def noise(n: int, m: int, rng: np.random.Generator) -> tuple[Matrix, Truth]:
    """Independent Gaussian rows of expected squared norm 1, and nothing else."""
    W = np.empty((n, m), np.float32)
    for start in range(0, n, BLOCK):
        rows = W[start : start + BLOCK]
        rows[:] = rng.standard_normal(rows.shape, np.float32) / np.sqrt(m, dtype=np.float32)
    return W, {}


def planted(n: int, m: int, rng: np.random.Generator) -> tuple[Matrix, Truth]:
    """Gaussian rows among which stand displaced shapes.

    A few shapes have the first hidden dimensions for themselves; others lie in random directions of
    the rest, where all that is unrelated lies too.
    """
    W, truth = noise(n, m, rng)
    places = iter(rng.permutation(n).tolist())
    taken = OWN * sum(template(kind).dimension for kind in KINDS)
    W[:, :taken] = 0
    start = 0
    for kind in KINDS:
        vertices = template(kind).vertices
        k, d = vertices.shape
        for index in range(OWN + AMONG):
            part = tuple(sorted(next(places) for _ in range(k)))
            rows = np.zeros((k, m))
            if index < OWN:
                rows[:, start : start + d] = vertices
                start += d
            else:
                frame = np.linalg.qr(rng.standard_normal((m - taken, d)))[0].T
                rows[:, taken:] = vertices @ frame
            W[list(part)] = rows + NOISE / np.sqrt(m) * rng.standard_normal((k, m))
            truth[part] = kind
    return W, truth


def clustered(n: int, m: int, rng: np.random.Generator) -> tuple[Matrix, Truth]:
    """Directions as a dictionary learner's decoder has them, in no shape that has a name.

    Groups of Zipf sizes whose members share a direction up to a cosine between .3 and .9, groups of
    groups, and norms of a power law.
    """
    W, _ = noise(n, m, rng)
    sizes = np.minimum(rng.zipf(1.6, size=n), 500)
    label = np.repeat(np.arange(n), sizes)[:n]
    groups = int(label[-1]) + 1
    above = noise(groups // 20 + 1, m, rng)[0]
    centres = noise(groups, m, rng)[0] + 0.7 * above[rng.integers(len(above), size=groups)]
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    cosine = rng.uniform(0.3, 0.9, size=groups).astype(np.float32)[label, None]
    W *= np.sqrt(1 - cosine**2)
    for start in range(0, n, BLOCK):
        rows = slice(start, start + BLOCK)
        W[rows] += cosine[rows] * centres[label[rows]]
    W *= (0.6 * rng.pareto(3.0, size=(n, 1)) + 0.45).astype(np.float32)
    return W[rng.permutation(n)], {}


MATRICES: dict[str, Callable[[int, int, np.random.Generator], tuple[Matrix, Truth]]] = {
    "noise": noise,
    "planted": planted,
    "clustered": clustered,
}


def score(components: Sequence[Mapping[str, Any]], truth: Truth) -> dict[str, Any]:
    """How much of what was planted was named, and how much of what was named was planted."""
    named = {
        tuple(part["features"]): part["name"] for part in components if part["name"] != "unknown"
    }
    right = Counter(name for part, name in named.items() if truth.get(part) == name)
    told = Counter(named.values())
    return {
        "planted": dict(Counter(truth.values())),
        "named": dict(told),
        "right": dict(right),
        "precision": round(sum(right.values()) / len(named), 4) if named else None,
        "recall": round(sum(right.values()) / len(truth), 4) if truth else None,
    }
