"""What the model is fed: sparse features, each with a density and an importance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import permutations
from math import prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geometry.arguments import real_array, shown, whole
from theory.feature_sets import AnticorrelatedSet, CorrelatedSet, FeatureSet, checked_groups

Array = NDArray[np.float64]

AMPLITUDES = ("uniform", "exponential")
MOST = 10**7  # densities in one distribution: 80 MB, and as much for the importances


@dataclass(frozen=True, eq=False)
class FeatureDistribution:
    """Sparse features: x_i = 0 with probability 1 − p_i, else uniform on [0, 1) or exponential.

        L = Σ_i I_i E (x_i − x'_i)²

    `density` p_i = 1 − S_i in (0, 1] and `importance` I_i ≥ 0 are scalars or arrays that broadcast
    to (..., n_features); their leading axes are instances, so a column of densities,
    ``density[:, None]``, describes one model per density.

    `amplitude` is the law of an active feature: "uniform", or "exponential" of mean 1, density
    exp(−x). (Of a power law neither the variance need be finite nor has the characteristic
    function a closed form; it is refused.)

    Features are independent but for `groups`, disjoint sets of them, each of one density: that of
    all its members for a `CorrelatedSet`, and for an `AnticorrelatedSet` of k that of the set,
    each member being active with probability p/k (`active`).

    Raises ValueError for a density outside (0, 1], a negative importance, a shape that does not
    end in n_features, for another amplitude, and for sets that overlap, name unknown features, mix
    densities or are to have exponential amplitudes.

    >>> features = FeatureDistribution(5, density=[[1.0], [0.2], [0.1]], importance=0.9)
    >>> features.instances
    (3,)
    >>> features.variance[1]
    array([0.05666667, 0.05666667, 0.05666667, 0.05666667, 0.05666667])
    >>> FeatureDistribution(2, density=[1.0, 0.1], amplitude="exponential").variance
    array([1.  , 0.19])
    >>> FeatureDistribution(3, density=0.1, groups=(AnticorrelatedSet((0, 1)),)).mean
    array([0.025, 0.025, 0.05 ])

    Reference: Elhage et al. 2022, "Toy Models of Superposition", section 2 (setup; footnote 8 on
    amplitudes) and 6 (sets).
    """

    n_features: int
    density: Array
    importance: Array = field(default=1.0)  # type: ignore[assignment]
    amplitude: str = "uniform"
    groups: tuple[FeatureSet, ...] = ()

    def __init__(
        self,
        n_features: int,
        density: ArrayLike,
        importance: ArrayLike = 1.0,
        amplitude: str = "uniform",
        groups: Sequence[FeatureSet] = (),
    ) -> None:
        n_features = whole("n_features", n_features, 1, MOST)
        if not isinstance(amplitude, str) or amplitude not in AMPLITUDES:
            raise ValueError(
                f"expected amplitude 'uniform' or 'exponential', got {shown(amplitude)}; a power "
                "law has heavy tails (infinite variance, or no closed characteristic function)"
            )
        p = real_array("density", density)
        weight = real_array("importance", importance)
        if not ((p > 0) & (p <= 1)).all():
            raise ValueError(
                f"expected every density 1 − S in (0, 1], got {_offender(p, (p > 0) & (p <= 1))}"
            )
        if not (weight >= 0).all():
            raise ValueError(
                f"expected every importance to be ≥ 0, got {_offender(weight, weight >= 0)}"
            )
        try:
            shape = np.broadcast_shapes(p.shape, weight.shape, (n_features,))
        except ValueError:
            shape = (0,)
        if shape[-1] != n_features:
            raise ValueError(
                f"expected density and importance to broadcast to (..., {n_features}), "
                f"got shapes {p.shape} and {weight.shape}; "
                "for one density per instance pass a column, density[:, None]"
            )
        if prod(shape) > MOST:
            raise ValueError(
                f"expected at most {MOST:.0e} densities, n_features times instances, got {shape}; "
                "take fewer features, or the instances in parts"
            )
        p = np.broadcast_to(p, shape)
        sets = checked_groups(groups, p)
        if amplitude != "uniform" and sets:
            raise ValueError(
                f"expected amplitude 'uniform' for features in sets, got {amplitude!r}; "
                "leave out the groups"
            )
        for name, value in (
            ("n_features", n_features),
            ("density", _frozen(p)),
            ("importance", _frozen(np.broadcast_to(weight, shape))),
            ("amplitude", amplitude),
            ("groups", sets),
        ):
            object.__setattr__(self, name, value)

    @property
    def instances(self) -> tuple[int, ...]:
        """Leading shape: () for one model, (k,) for k models."""
        return self.density.shape[:-1]

    @property
    def active(self) -> Array:
        """P(x_i ≠ 0): the density, shared out among the members of an anticorrelated set."""
        chance = self.density.copy()
        for group in self.groups:
            if isinstance(group, AnticorrelatedSet):
                chance[..., list(group.features)] /= len(group.features)
        return chance

    @property
    def mean(self) -> Array:
        """E x_i = p/2, with p the chance that the feature is active; p if exponential."""
        return self.active if self.amplitude == "exponential" else self.active / 2

    @property
    def variance(self) -> Array:
        """Var x_i = p/3 − p²/4, with p the chance that it is active; 2p − p² if exponential."""
        chance = self.active
        if self.amplitude == "exponential":
            return 2 * chance - chance**2
        return chance / 3 - chance**2 / 4

    @property
    def covariance(self) -> Array:
        """Cov (x_i, x_j), (..., n, n): E x_i x_j is p/4 in a correlated set, 0 in the other."""
        mean = self.mean
        matrix = self.variance[..., None] * np.eye(self.n_features)
        for group in self.groups:
            together = self.density / 4 if isinstance(group, CorrelatedSet) else 0 * mean
            for i, j in permutations(group.features, 2):
                matrix[..., i, j] = together[..., i] - mean[..., i] * mean[..., j]
        return matrix

    def __getitem__(self, instance) -> FeatureDistribution:
        """The distribution of one instance (or of several, by numpy indexing)."""
        if not self.instances:
            raise ValueError("expected a distribution with instances; this one describes one model")
        return replace(self, density=self.density[instance], importance=self.importance[instance])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FeatureDistribution):
            return NotImplemented
        return (
            np.array_equal(self.density, other.density)
            and np.array_equal(self.importance, other.importance)
            and self.amplitude == other.amplitude
            and self.groups == other.groups
        )

    __hash__ = None  # type: ignore[assignment]


def checked_features(features: Any) -> FeatureDistribution:
    """The argument itself, if it is a distribution."""
    if not isinstance(features, FeatureDistribution):
        raise ValueError(f"expected features to be a FeatureDistribution, got {shown(features)}")
    return features


def _offender(array: Array, good: NDArray[np.bool_]) -> str:
    bad = array[~good]
    return f"{bad.flat[0]:g}" + (f" and {bad.size - 1} more" if bad.size > 1 else "")


def _frozen(array: Array) -> Array:
    array = np.array(array, np.float64)
    array.setflags(write=False)
    return array
