"""The catalogue of shapes that a weight matrix can be recognised as."""

from __future__ import annotations

from collections import Counter
from difflib import get_close_matches
from functools import cache, partial
from math import factorial, prod, sqrt

import numpy as np

from geometry import shapes
from geometry.template import Parameter, Template

# Three to twelve sides; the square is missing because it is a product of two digons.
_POLYGONS = {
    3: ("triangle", "2-simplex"),
    5: ("pentagon",),
    6: ("hexagon",),
    7: ("heptagon",),
    8: ("octagon",),
    9: ("enneagon", "nonagon"),
    10: ("decagon",),
    11: ("hendecagon",),
    12: ("dodecagon",),
}
_SIMPLICES = {3: ("tetrahedron", "3-simplex"), 4: ("5-cell", "4-simplex", "pentachoron")}
_PRODUCTS = {
    "square": (("digon",) * 2, "{4}", ("2-orthoplex", "4-gon")),
    "octahedron": (("digon",) * 3, "{3,4}", ("3-orthoplex",)),
    "triangular bipyramid": (("triangle", "digon"), "{3}+{ }", ()),
    "pentagonal bipyramid": (("pentagon", "digon"), "{5}+{ }", ()),
    "hexagonal bipyramid": (("hexagon", "digon"), "{6}+{ }", ()),
    "triangular duopyramid": (("triangle",) * 2, "{3}+{3}", ("3-3 duopyramid",)),
    "triangular-pentagonal duopyramid": (("triangle", "pentagon"), "{3}+{5}", ("3-5 duopyramid",)),
    "pentagonal duopyramid": (("pentagon",) * 2, "{5}+{5}", ("5-5 duopyramid",)),
    "tetrahedral bipyramid": (("tetrahedron", "digon"), "{3,3}+{ }", ()),
}


@cache
def catalogue() -> tuple[Template, ...]:
    """Every template: first the connected shapes, then the tegum products of them.

    Connected shapes can be the name of a component; a product is disconnected, so its components
    are named one by one and the product beside them.

    >>> [t.name for t in catalogue()][:4]
    ['dedicated', 'digon', 'triangle', 'pentagon']

    References
    ----------
    Coxeter 1973, Regular Polytopes, tables I and II.
    """
    components = (*_small(), *_polygons(), *_simplices(), *_solids())
    named = {t.name: t for t in components}
    products = [_product(named, name, *row) for name, row in _PRODUCTS.items()]
    orthoplexes = [
        _product(
            named,
            orthoplex_name(d),
            ("digon",) * d,
            "{" + "3," * (d - 2) + "4}",
            ("16-cell", "hexadecachoron") if d == 4 else (),
        )
        for d in range(4, 9)
    ]
    return (*components, *products, *orthoplexes)


def template(name: str) -> Template:
    """The template of a name or an alias.

    Raises
    ------
    ValueError
        for an unknown name, with the names that are spelt nearly so.

    >>> template("nonagon").name
    'enneagon'
    """
    known = _by_name()
    if name not in known:
        close = get_close_matches(str(name).lower(), known, n=3) or ["digon", "triangle", "..."]
        raise ValueError(
            f"expected the name of a template, got {name!r}; close to it: {', '.join(close)}"
        )
    return known[name]


def orthoplex_name(d: int) -> str:
    """What d mutually orthogonal digons are called together."""
    return {2: "square", 3: "octahedron"}.get(d, f"{d}-orthoplex")


def product_name(factors: tuple[str, ...]) -> str | None:
    """The name of the tegum product of factors, in any order, or None when it has none.

    >>> product_name(("digon",) * 16)
    '16-orthoplex'
    """
    if len(factors) > 1 and set(factors) == {"digon"}:
        return orthoplex_name(len(factors))
    return _by_factors().get(tuple(sorted(factors)))


@cache
def _by_name() -> dict[str, Template]:
    return {name: t for t in catalogue() for name in (t.name, *t.aliases)}


@cache
def _by_factors() -> dict[tuple[str, ...], str]:
    return {tuple(sorted(t.factors)): t.name for t in catalogue() if t.factors}


def _small() -> list[Template]:
    return [
        Template("dedicated", "( )", np.array([[1.0]]), 1),
        Template(
            "digon", "{2}", np.array([[1.0], [-1.0]]), 2, aliases=("antipodal pair", "1-simplex")
        ),
    ]


def _polygons() -> list[Template]:
    return [
        Template(name, f"{{{k}}}", shapes.polygon(k), 2 * k, aliases=(*other, f"{k}-gon"))
        for k, (name, *other) in _POLYGONS.items()
    ]


def _simplices() -> list[Template]:
    rows = []
    for d in range(3, 9):
        name, *other = _SIMPLICES.get(d, (f"{d}-simplex",))
        symbol = "{" + ",".join("3" * (d - 1)) + "}"
        rows.append(Template(name, symbol, shapes.simplex(d), factorial(d + 1), tuple(other)))
    return rows


def _solids() -> list[Template]:
    # The range keeps away from the octagon (height 0) and from doubled poles (height 1).
    height = Parameter("height", default=sqrt(1 / 3), low=0.35, high=0.75)
    return [
        Template("cube", "{4,3}", shapes.cube(), 48, aliases=("hexahedron",)),
        Template("icosahedron", "{3,5}", shapes.icosahedron(), 120),
        Template("dodecahedron", "{5,3}", shapes.dodecahedron(), 120),
        Template(
            "square antiprism",
            "s{2,8}",
            shapes.antiprism(4, height.default),
            16,
            aliases=("4-antiprism", "anticube"),
            parameters=(height,),
            build=partial(shapes.antiprism, 4),
        ),
        Template(
            "rectified 5-cell",
            "r{3,3,3}",
            shapes.rectified_simplex(4),
            120,
            aliases=("rectified 4-simplex", "dispentachoron"),
        ),
        Template(
            "5-demicube", "h{4,3,3,3}", shapes.demicube(5), 1920, aliases=("demipenteract", "1_21")
        ),
    ]


def _product(
    named: dict[str, Template],
    name: str,
    factors: tuple[str, ...],
    symbol: str,
    aliases: tuple[str, ...],
) -> Template:
    parts = [named[factor] for factor in factors]
    swaps = prod(factorial(count) for count in Counter(factors).values())
    order = prod(part.group_order for part in parts) * swaps
    vertices = shapes.tegum(*(part.vertices for part in parts))
    return Template(name, symbol, vertices, order, aliases, factors=factors)
