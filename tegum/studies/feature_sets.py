"""Paper sections 6.3, 6.4 and 7.2: how sets of features arrange themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from geometry import Identification, identify
from tegum.studies.transition import Transition, transition
from theory import AnticorrelatedSet, CorrelatedSet, FeatureDistribution
from theory.feature_sets import FeatureSet
from theory.features import Array
from theory.phases.continuation import Stationary, followed, local_minimum
from training import ReluOutputModel, Run, fit, refine

SMALL_DENSITIES = (0.2, 0.1, 0.05, 0.02)
BASES_DENSITIES = (0.2, 0.1, 0.05, 0.02)
_TENS = (CorrelatedSet(tuple(range(10))), CorrelatedSet(tuple(range(10, 20))))
OCTAHEDRON_BRACKET = (0.16, 0.18)
TRIPLES_DENSITIES = (0.3, 0.2, 0.1, 0.05, 0.02)


@dataclass(frozen=True, eq=False)
class Arrangement:
    """The optimum at each density, and the angles between its features, in degrees.

    `within` (k, pairs) are the angles between members of one set, `across` (k, n) that between
    each feature and the one of another set that is most nearly opposite.
    """

    density: Array
    run: Run
    verdicts: tuple[Identification, ...]
    within: Array
    across: Array


@dataclass(frozen=True, eq=False)
class FeatureSets:
    """Two correlated pairs, two anticorrelated pairs and three correlated pairs in the plane;
    two correlated triples in space."""

    correlated_pairs: Arrangement
    anticorrelated_pairs: Arrangement
    three_pairs: Arrangement
    triples: Arrangement


def feature_sets(
    *,
    restarts: int = 32,
    seed: int = 0,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> FeatureSets:
    """Train on sets of features that are active together, or never together.

    Correlated features become orthogonal, anticorrelated ones antipodal, and where there is not
    room enough correlated ones lie side by side; two triples are an octahedron if they are sparse.

    Reference: Elhage et al. 2022, sections 6 (organisation) and 7 (geometric transformations).
    """
    plane = np.array(SMALL_DENSITIES)
    pairs, triples = ((0, 1), (2, 3)), ((0, 1, 2), (3, 4, 5))
    cases = (
        (4, 2, [CorrelatedSet(s) for s in pairs], plane),
        (4, 2, [AnticorrelatedSet(s) for s in pairs], plane),
        (6, 2, [CorrelatedSet(s) for s in (*pairs, (4, 5))], plane),
        (6, 3, [CorrelatedSet(s) for s in triples], np.array(TRIPLES_DENSITIES)),
    )
    found = []
    for done, (n, m, groups, density) in enumerate(cases, 1):
        found.append(_arranged(n, m, groups, density, restarts, seed, threads))
        if progress:
            progress(done, len(cases))
    return FeatureSets(*found)


def local_bases(
    densities: Sequence[float] = BASES_DENSITIES,
    *,
    restarts: int = 16,
    seed: int = 0,
    threads: int = 1,
) -> Arrangement:
    """Train two correlated sets of ten in ten dimensions: two almost orthogonal bases.

    They need not be each other's negatives, which would be ten digons and D_i = 1/2: see
    `antipodal_bases_loss`.

    Reference: Elhage et al. 2022, section 6 (local almost-orthogonal bases).
    """
    return _arranged(20, 10, _TENS, np.array(densities), restarts, seed, threads)


def octahedron_transition(*, restarts: int = 200, seed: int = 0, threads: int = 1) -> Transition:
    """Above which density two correlated triples in space are no octahedron any more.

    The states on either side are the best of free fits at .16 and at .18.
    """
    groups = [CorrelatedSet((0, 1, 2)), CorrelatedSet((3, 4, 5))]

    def features_at(p: float) -> FeatureDistribution:
        return FeatureDistribution(6, p, groups=groups)

    low, high = OCTAHEDRON_BRACKET

    def state(density: float) -> Stationary:
        run = fit(
            ReluOutputModel(6, 3), features_at(density),
            restarts=restarts, seed=seed, threads=threads,
        )  # fmt: skip
        best = local_minimum(run.W, run.b, features_at(density))
        return followed(best, features_at, density, (low + high) / 2)

    return transition(
        "octahedron / triples at 135°", state(low), state(high), features_at, low, high,
        restarts=restarts, seed=seed, threads=threads,
    )  # fmt: skip


def antipodal_bases_loss(density: float) -> float:
    """The least loss of two sets of ten near ten digons, each with one member of either set."""
    digons = np.vstack([np.eye(10), -np.eye(10)])
    nudge = 1e-3 * np.random.default_rng(0).standard_normal(digons.shape)
    features = FeatureDistribution(20, density, groups=_TENS)
    return refine(digons + nudge, np.full(20, 0.01), features)[2]


def _arranged(
    n: int, m: int, groups: Sequence[FeatureSet], density: Array, restarts: int, seed: int,
    threads: int,
) -> Arrangement:  # fmt: skip
    features = FeatureDistribution(n, density[:, None], groups=groups)
    run = fit(ReluOutputModel(n, m), features, restarts=restarts, seed=seed, threads=threads)
    owner = np.empty(n, int)
    for k, group in enumerate(groups):
        owner[list(group.features)] = k
    same = (owner[:, None] == owner) & np.triu(np.ones((n, n), bool), 1)
    between = angles(run.W)
    across = np.where(owner[:, None] != owner, between, 0.0).max(axis=-1)
    verdicts = tuple(identify(W) for W in run.W)
    return Arrangement(density, run, verdicts, between[:, same], across)


def angles(W: Array) -> Array:
    """Angles between all rows of W (..., n, m) in degrees, (..., n, n).

    >>> angles(np.array([[1.0, 0.0], [0.0, 2.0], [-1.0, 0.0]])).round(9)[0]
    array([  0.,  90., 180.])
    """
    unit = W / np.linalg.norm(W, axis=-1, keepdims=True)
    return np.degrees(np.arccos(np.clip(np.einsum("...im,...jm->...ij", unit, unit), -1, 1)))
