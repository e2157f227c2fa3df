"""A template: one shape of the catalogue, or a family of them with free parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geometry.arguments import real, real_array, shown
from geometry.measures import dimensionality


@dataclass(frozen=True)
class Parameter:
    """A free number of a family: its name, its default and the range it is fitted in."""

    name: str
    default: float
    low: float
    high: float

    def __post_init__(self) -> None:
        if not isinstance(self.name, str):
            raise ValueError(f"expected the name of a parameter, got {shown(self.name)}")
        default, low, high = (real(key, getattr(self, key)) for key in ("default", "low", "high"))
        if not low <= default <= high:
            raise ValueError(f"expected low ≤ default ≤ high, got {low}, {default} and {high}")


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
    kind : where it comes from: "polygon", "uniform polytope", "family", "spherical code",
        "harmonic frame", "minimal energy", "product" or "single feature"
    source : who found it, or how
    families : names of the families that it is a member of
    orbits : (k,), the number of every vertex's orbit under the symmetry group

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
    kind: str = ""
    source: str = ""
    families: tuple[str, ...] = ()
    orbits: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        vertices = real_array("vertices", self.vertices)
        near = vertices.ndim == 2 and np.abs(vertices).max(initial=0.0) < 2
        if not near or not np.allclose(np.linalg.norm(vertices, axis=1), 1, atol=1e-9):
            raise ValueError(
                f"expected vertices of {self.name!r} of shape (k, d) and unit norm, got shape "
                f"{vertices.shape}; divide every vertex by its norm"
            )
        if bool(self.parameters) != (self.build is not None):
            raise ValueError(
                f"expected parameters and build of {self.name!r} together, got only one of them; "
                "a family needs both and a single shape neither"
            )
        orbits = tuple(map(int, self.orbits)) or (0,) * len(vertices)
        if len(orbits) != len(vertices):
            raise ValueError(
                f"expected an orbit for each of the {len(vertices)} vertices of {self.name!r}, got "
                f"{len(orbits)}; leave them out when all vertices are alike"
            )
        vertices.flags.writeable = False
        object.__setattr__(self, "orbits", orbits)
        object.__setattr__(self, "vertices", vertices)

    @property
    def dimension(self) -> int:
        """The dimension d that the vertices span."""
        return self.vertices.shape[1]

    @property
    def dimensionality(self) -> tuple[float, ...]:
        """The feature dimensionality D of every orbit of vertices, at unit norms.

        >>> from geometry import template
        >>> [round(D, 4) for D in template("triangular bipyramid").dimensionality]
        [0.6667, 0.5]
        """
        D = dimensionality(self.vertices)
        return tuple(float(D[self.orbits.index(i)]) for i in range(max(self.orbits) + 1))

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
