"""What the model is fed: sparse features, each with a density and an importance."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class FeatureDistribution:
    """Independent sparse features: x_i = 0 with probability 1 − p_i, else uniform on [0, 1).

        L = Σ_i I_i E (x_i − x'_i)²

    `density` p_i = 1 − S_i in (0, 1] and `importance` I_i ≥ 0 are scalars or arrays that broadcast
    to (..., n_features); their leading axes are instances, so a column of densities,
    ``density[:, None]``, describes one model per density. Mean p/2, variance p/3 − p²/4.

    Raises ValueError for a density outside (0, 1], a negative importance or a shape that does not
    end in n_features.

    >>> features = FeatureDistribution(5, density=[[1.0], [0.2], [0.1]], importance=0.9)
    >>> features.instances
    (3,)
    >>> features.variance[1]
    array([0.05666667, 0.05666667, 0.05666667, 0.05666667, 0.05666667])

    Reference: Elhage et al. 2022, "Toy Models of Superposition", section 2 (setup).
    """

    n_features: int
    density: Array
    importance: Array = field(default=1.0)  # type: ignore[assignment]
    amplitude: str = "uniform"
    groups: tuple = ()

    def __init__(
        self,
        n_features: int,
        density: ArrayLike,
        importance: ArrayLike = 1.0,
        amplitude: str = "uniform",
        groups: tuple = (),
    ) -> None:
        whole = isinstance(n_features, (int, np.integer)) and not isinstance(n_features, bool)
        if not whole or n_features < 1:
            raise ValueError(f"expected n_features to be a whole number ≥ 1, got {n_features!r}")
        if amplitude != "uniform":
            raise ValueError(
                f"expected amplitude 'uniform' (the only one so far), got {amplitude!r}"
            )
        if tuple(groups):
            raise ValueError(
                "expected independent features (groups=()): sets are not supported yet"
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
        for name, value in (
            ("n_features", int(n_features)),
            ("density", _frozen(np.broadcast_to(p, shape))),
            ("importance", _frozen(np.broadcast_to(weight, shape))),
            ("amplitude", amplitude),
            ("groups", ()),
        ):
            object.__setattr__(self, name, value)

    @property
    def instances(self) -> tuple[int, ...]:
        """Leading shape: () for one model, (k,) for k models."""
        return self.density.shape[:-1]

    @property
    def mean(self) -> Array:
        """E x_i = p_i / 2."""
        return self.density / 2

    @property
    def variance(self) -> Array:
        """Var x_i = p_i/3 − p_i²/4."""
        return self.density / 3 - self.density**2 / 4

    def __getitem__(self, instance) -> FeatureDistribution:
        """The distribution of one instance (or of several, by numpy indexing)."""
        if not self.instances:
            raise ValueError("expected a distribution with instances; this one describes one model")
        return FeatureDistribution(
            self.n_features, self.density[instance], self.importance[instance]
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FeatureDistribution):
            return NotImplemented
        return np.array_equal(self.density, other.density) and np.array_equal(
            self.importance, other.importance
        )

    __hash__ = None  # type: ignore[assignment]


def real_array(name: str, value: ArrayLike) -> Array:
    """The value as finite float64; a ValueError that calls it by its name otherwise."""
    try:
        array = np.asarray(value)
        if array.dtype.kind not in "fiu":
            raise TypeError
        array = array.astype(np.float64)
    except (TypeError, ValueError):
        raise ValueError(
            f"expected {name} to be an array of real numbers or one number, got {value!r}"
        ) from None
    bad = int((~np.isfinite(array)).sum())
    if bad:
        raise ValueError(
            f"expected finite {name}, got {bad} NaN or infinite of {array.size} entries"
        )
    return array


def _offender(array: Array, good: NDArray[np.bool_]) -> str:
    bad = array[~good]
    return f"{bad.flat[0]:g}" + (f" and {bad.size - 1} more" if bad.size > 1 else "")


def _frozen(array: Array) -> Array:
    array = np.array(array, np.float64)
    array.setflags(write=False)
    return array
