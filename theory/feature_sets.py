"""Sets of features that are active together, or never together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geometry.arguments import shown


@dataclass(frozen=True)
class CorrelatedSet:
    """Features that are active together: one Bernoulli(p) decides for the whole set.

        E exp(i Σ_j t_j x_j) = 1 − p + p Π_j ψ(t_j),   ψ(t) = (e^{it} − 1)/(it)

    The values of an active set are independent; p is the density of every member. `features` are
    at least two distinct indices, kept in ascending order; ValueError otherwise.

    >>> CorrelatedSet((3, 1)).features
    (1, 3)

    Reference: Elhage et al. 2022, section 6 (correlated features).
    """

    features: tuple[int, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "features", _indices(self))


@dataclass(frozen=True)
class AnticorrelatedSet:
    """Features that are never active together: the set is active with probability p, one member.

        E exp(i Σ_j t_j x_j) = 1 − p + (p/k) Σ_j ψ(t_j),   ψ(t) = (e^{it} − 1)/(it)

    Which of the k members is active is chosen uniformly, so that each has density p/k; the
    `density` of a distribution is that of the set, p. `features` as in `CorrelatedSet`.

    >>> AnticorrelatedSet((0, 1))
    AnticorrelatedSet(features=(0, 1))

    Reference: Elhage et al. 2022, section 6 (anticorrelated features).
    """

    features: tuple[int, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "features", _indices(self))


FeatureSet = CorrelatedSet | AnticorrelatedSet


def checked_groups(groups: Any, density: NDArray[np.float64]) -> tuple[FeatureSet, ...]:
    """The sets as a tuple, if they are disjoint sets of the features with one density in each."""
    if not isinstance(groups, (tuple, list)):
        raise ValueError(f"expected groups to be a tuple of sets, got {shown(groups)}")
    n = density.shape[-1]
    taken: set[int] = set()
    for group in groups:
        if not isinstance(group, FeatureSet):
            raise ValueError(
                "expected every group to be a CorrelatedSet or AnticorrelatedSet, got "
                f"{shown(group)}"
            )
        members = list(group.features)
        if members[-1] >= n:
            raise ValueError(
                f"expected groups of features 0 … {n - 1}, got {members[-1]} in {group}"
            )
        if taken & set(members):
            raise ValueError(
                f"expected disjoint groups, got feature {min(taken & set(members))} in two of them"
            )
        taken |= set(members)
        if np.ptp(density[..., members], axis=-1).any():
            raise ValueError(
                f"expected one density for all members of {group}, got "
                f"{np.unique(density[..., members]).tolist()}; give the density of the set to each"
            )
    return tuple(groups)


def _indices(group: FeatureSet) -> tuple[int, ...]:
    name = type(group).__name__
    try:
        members = tuple(group.features)
    except TypeError:
        members = ()
    whole = all(
        isinstance(j, (int, np.integer)) and not isinstance(j, bool) and j >= 0 for j in members
    )
    if not whole or len(members) < 2 or len(set(members)) < len(members):
        raise ValueError(
            f"expected {name} of two or more distinct indices ≥ 0, got {shown(group.features)}"
        )
    return tuple(sorted(int(j) for j in members))
