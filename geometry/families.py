"""Shapes with a free height, and the tegum products that the other shapes make.

A trained antiprism is as high as its density wants it to be: a family is fitted, not only matched.
At unit norms a bipyramid has no free height: it is a polygon and a digon, whatever their norms.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from math import factorial, pi, prod, sin, sqrt

import numpy as np
from numpy.typing import NDArray

from geometry import shapes
from geometry.template import Parameter, Template

# The edges of one length are from 3/4 to 5/3 of the others: beyond, a shape looks like another.
_SHORT, _LONG = 3 / 4, 5 / 3
_POLYGONAL = {
    3: "triangular",
    4: "square",
    5: "pentagonal",
    6: "hexagonal",
    7: "heptagonal",
    8: "octagonal",
    9: "enneagonal",
    10: "decagonal",
    11: "hendecagonal",
    12: "dodecagonal",
}
_SOLID = {
    "tetrahedron": "tetrahedral",
    "5-cell": "5-cell",
    "cube": "cubic",
    "icosahedron": "icosahedral",
    "cuboctahedron": "cuboctahedral",
    "dodecahedron": "dodecahedral",
}


def free_families(named: Mapping[str, Template]) -> list[Template]:
    """Prisms, antiprisms, their capped forms and duoprisms.

    Parameters
    ----------
    named : the shapes without free parameters, by name: those that prisms stand on
    """
    prisms = [_prism(k) for k in range(3, 13)]
    antiprisms = [_antiprism(k) for k in range(4, 13)]
    elongated = [
        _poled(k, "elongated", f"{{{k}}}x{{ }}", _prism_heights(k), _capped_prism)
        for k in range(3, 7)
    ]
    gyroelongated = [
        _poled(k, "gyroelongated", f"s{{2,{2 * k}}}", _antiprism_heights(k), _capped_antiprism)
        for k in range(4, 9)
    ]
    duoprisms = [_duoprism(p, q) for p in range(3, 9) for q in range(p, 9)]
    solids = [_solid_prism(named[base], adjective) for base, adjective in _SOLID.items()]
    return [*prisms, *antiprisms, *elongated, *gyroelongated, _triaugmented(), *duoprisms, *solids]


def products(named: Mapping[str, Template]) -> list[Template]:
    """Orthoplexes, bipyramids and duopyramids, from their factors."""
    rows: list[tuple[str, tuple[str, ...], str, tuple[str, ...]]] = [
        ("square", ("digon",) * 2, "{4}", ("2-orthoplex", "4-gon")),
        (
            "octahedron",
            ("digon",) * 3,
            "{3,4}",
            ("3-orthoplex", "triangular antiprism", "square bipyramid", "rectified tetrahedron"),
        ),
    ]
    for d in range(4, 9):
        aliases = ("16-cell", "hexadecachoron", "4-demicube", "square duopyramid") if d == 4 else ()
        symbol = "{" + "3," * (d - 2) + "4}"
        rows.append((orthoplex_name(d), ("digon",) * d, symbol, aliases))
    sides = [k for k in _POLYGONAL if k != 4]
    for k in sides:
        rows.append((f"{_POLYGONAL[k]} bipyramid", (_polygon(k), "digon"), f"{{{k}}}+{{ }}", ()))
    for i, p in enumerate(sides[:5]):
        for q in sides[i:5]:
            pair = _POLYGONAL[p] if p == q else f"{_POLYGONAL[p]}-{_POLYGONAL[q]}"
            symbol = f"{{{p}}}+{{{q}}}"
            factors = (_polygon(p), _polygon(q))
            rows.append((f"{pair} duopyramid", factors, symbol, (f"{p}-{q} duopyramid",)))
    for base, adjective in _SOLID.items():
        symbol = f"{named[base].symbol}+{{ }}"
        rows.append((f"{adjective} bipyramid", (base, "digon"), symbol, ()))
    return [_product(named, *row) for row in rows]


def orthoplex_name(d: int) -> str:
    """What d mutually orthogonal digons are called together."""
    return {2: "square", 3: "octahedron"}.get(d, f"{d}-orthoplex")


def _polygon(k: int) -> str:
    return "triangle" if k == 3 else f"{_POLYGONAL[k].removesuffix('al')}"


def _family(
    name: str,
    symbol: str,
    order: int,
    build: Callable[[float], NDArray[np.float64]],
    bounds: tuple[float, float],
    *,
    default: float,
    aliases: tuple[str, ...] = (),
    orbits: tuple[int, ...] = (),
) -> Template:
    height = Parameter("height", default, *bounds)
    return Template(
        name,
        symbol,
        build(default),
        order,
        aliases,
        parameters=(height,),
        build=build,
        kind="family",
        orbits=orbits,
    )


def _level(lateral: float, across: float, base: float, ratio: float) -> float:
    """The height at which lateral edges are `ratio` times the base edges.

    Squared, a lateral edge is lateral h^2 + across (1 - h^2), a base edge base (1 - h^2).
    """
    slope = (ratio**2 * base - across) / lateral
    return sqrt(slope / (1 + slope))


def _prism_heights(k: int) -> tuple[float, float, float]:
    base = (2 * sin(pi / k)) ** 2
    low, even, high = (_level(4, 0, base, ratio) for ratio in (_SHORT, 1, _LONG))
    return low, even, high


def _antiprism_heights(k: int) -> tuple[float, float, float]:
    base, across = (2 * sin(pi / k)) ** 2, (2 * sin(pi / (2 * k))) ** 2
    low, even, high = (_level(4, across, base, ratio) for ratio in (_SHORT, 1, _LONG))
    return low, even, high


def _prism(k: int) -> Template:
    low, even, high = _prism_heights(k)
    return _family(
        f"{_POLYGONAL[k]} prism",
        f"{{{k}}}x{{ }}",
        4 * k,
        partial(_prism_vertices, k),
        (low, high),
        default=even,
        aliases=(f"{k}-prism",),
    )


def _antiprism(k: int) -> Template:
    low, even, high = _antiprism_heights(k)
    return _family(
        f"{_POLYGONAL[k]} antiprism",
        f"s{{2,{2 * k}}}",
        4 * k,
        partial(shapes.antiprism, k),
        (low, high),
        # the square one as trained models have it: nearly a tight frame
        default=sqrt(1 / 3) if k == 4 else even,
        aliases=(f"{k}-antiprism", *(("anticube",) if k == 4 else ())),
    )


def _poled(
    k: int,
    adjective: str,
    symbol: str,
    heights: tuple[float, float, float],
    build: Callable[[int, float], NDArray[np.float64]],
) -> Template:
    """A prism or antiprism with a pole on either base."""
    low, even, high = heights
    return _family(
        f"{adjective} {_POLYGONAL[k]} bipyramid",
        f"{symbol} + poles",
        4 * k,
        partial(build, k),
        (low, high),
        default=even,
        orbits=(0,) * (2 * k) + (1, 1),
    )


def _triaugmented() -> Template:
    low, even, high = _prism_heights(3)
    return _family(
        "triaugmented triangular prism",
        "{3}x{ } + {3}",
        12,
        shapes.triaugmented_prism,
        (low, high),
        default=even,
        aliases=("tricapped trigonal prism",),
        orbits=(0,) * 6 + (1,) * 3,
    )


def _duoprism(p: int, q: int) -> Template:
    first, second = 2 * sin(pi / p), 2 * sin(pi / q)
    # an edge of the second is longest over one of the first when it is highest
    low, even, high = (_level(second**2, 0, first**2, r) for r in (1 / _LONG, 1, _LONG))
    return _family(
        f"{p}-{q} duoprism",
        f"{{{p}}}x{{{q}}}",
        4 * p * q,
        partial(_duoprism_vertices, p, q),
        (low, high),
        default=even,
    )


def _solid_prism(base: Template, adjective: str) -> Template:
    gram = base.vertices @ base.vertices.T
    edge = 2 - 2 * float((gram - 2 * np.eye(len(gram))).max())
    low, even, high = (_level(4, 0, edge, ratio) for ratio in (_SHORT, 1, _LONG))
    return _family(
        f"{adjective} prism",
        f"{base.symbol}x{{ }}",
        2 * base.group_order,
        partial(shapes.prism, base.vertices),
        (low, high),
        default=even,
    )


def _prism_vertices(k: int, height: float) -> NDArray[np.float64]:
    return shapes.prism(shapes.polygon(k), height)


def _capped_prism(k: int, height: float) -> NDArray[np.float64]:
    return shapes.capped(_prism_vertices(k, height))


def _capped_antiprism(k: int, height: float) -> NDArray[np.float64]:
    return shapes.capped(shapes.antiprism(k, height))


def _duoprism_vertices(p: int, q: int, height: float) -> NDArray[np.float64]:
    return shapes.cartesian(shapes.polygon(p), shapes.polygon(q), height)


def _product(
    named: Mapping[str, Template],
    name: str,
    factors: tuple[str, ...],
    symbol: str,
    aliases: tuple[str, ...],
) -> Template:
    parts = [named[factor] for factor in factors]
    swaps = prod(factorial(count) for count in Counter(factors).values())
    order = prod(part.group_order for part in parts) * swaps
    vertices = shapes.tegum(*(part.vertices for part in parts))
    kinds = list(dict.fromkeys(factors))
    orbits = [kinds.index(f) for f, part in zip(factors, parts, strict=True) for _ in part.vertices]
    return Template(
        name,
        symbol,
        vertices,
        order,
        aliases,
        factors=factors,
        kind="product",
        orbits=tuple(orbits),
    )
