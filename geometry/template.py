"""A template: one shape of the catalogue, or a family of them with free parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Parameter:
    """A free number of a family: its name, its default and the range it is fitted in."""

    name: str
    default: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Template:
    """Vertices on the unit sphere with a name, a symbol and the order of their symmetry group.

    Attributes
    ----------
    name : the name that a verdict gives
    symbol : Schlaefli or Coxeter symbol; a sum of symbols for a tegum product
    vertices : (k, d), unit norm, read-only; of a family, those at the default parameters
    group_order : the number of permutations of the vertices that an element of O(d) performs
    aliases : other names that `template` understands
    parameters : the free parameters of a family, empty for a single shape
    factors : names of the factors of a tegum product, empty for anything else
    build : the vertices of a family as a function of its parameters

    >>> from geometry import template
    >>> antiprism = template("square antiprism")
    >>> [p.name for p in antiprism.parameters], antiprism.at(height=0.5).shape
    (['height'], (8, 3))
    """

    name: str
    symbol: str
    vertices: NDArray[np.float64]
    group_order: int
    aliases: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    factors: tuple[str, ...] = ()
    build: Callable[..., NDArray[np.float64]] | None = None

    def __post_init__(self) -> None:
        vertices = np.array(self.vertices, dtype=np.float64)
        if vertices.ndim != 2 or not np.allclose(np.linalg.norm(vertices, axis=1), 1, atol=1e-9):
            raise ValueError(
                f"expected vertices of {self.name!r} of shape (k, d) and unit norm, got shape "
                f"{vertices.shape}; divide every vertex by its norm"
            )
        if bool(self.parameters) != (self.build is not None):
            raise ValueError(
                f"expected parameters and build of {self.name!r} together, got only one of them; "
                "a family needs both and a single shape neither"
            )
        vertices.flags.writeable = False
        object.__setattr__(self, "vertices", vertices)

    @property
    def dimension(self) -> int:
        """The dimension d that the vertices span."""
        return self.vertices.shape[1]

    def at(self, **parameters: float) -> NDArray[np.float64]:
        """The vertices at given parameters, the others at their defaults; shape (k, d)."""
        known = {p.name: p for p in self.parameters}
        for name, value in parameters.items():
            if name not in known:
                raise ValueError(
                    f"expected parameters of {self.name!r} among {sorted(known)}, got {name!r}; "
                    "leave it out"
                )
            if not known[name].low <= value <= known[name].high:
                raise ValueError(
                    f"expected {name} of {self.name!r} between {known[name].low} and "
                    f"{known[name].high}, got {value}; stay inside the family"
                )
        if self.build is None:
            return self.vertices
        return self.build(**({p.name: p.default for p in self.parameters} | parameters))
