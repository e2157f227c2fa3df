"""The catalogue of shapes that a weight matrix can be recognised as."""

from __future__ import annotations

import json
from dataclasses import replace
from difflib import get_close_matches
from functools import cache
from pathlib import Path

import numpy as np

from geometry.arguments import shown
from geometry.families import free_families, orthoplex_name, products
from geometry.template import Template

FILE = Path(__file__).with_name("catalogue.npz")
VERSION = 1


@cache
def catalogue() -> tuple[Template, ...]:
    """Every template: first the connected shapes, then the tegum products of them.

    Connected shapes can be the name of a component; a product is disconnected, so its components
    are named one by one and the product beside them. The shapes without free parameters come from
    a file that `python -m geometry.build_catalogue` makes; it is read once.

    >>> [t.name for t in catalogue()][:4]
    ['dedicated', 'digon', 'triangle', 'pentagon']

    References
    ----------
    Coxeter 1973, Regular Polytopes; each template names its own source.
    """
    fixed, family_aliases = _read()
    named = {t.name: t for t in fixed}
    families = (
        replace(t, aliases=(*t.aliases, *family_aliases.get(t.name, ())))
        for t in free_families(named)
    )
    return (*fixed, *families, *products(named))


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
    if not isinstance(name, str) or name not in known:
        asked = name[:100].lower() if isinstance(name, str) else ""
        close = get_close_matches(asked, known, n=3) or ["digon", "triangle", "..."]
        raise ValueError(
            f"expected the name of a template, got {shown(name)}; close to it: {', '.join(close)}"
        )
    return known[name]


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


def _read() -> tuple[list[Template], dict[str, list[str]]]:
    """The shapes of the file, and the further names of families."""
    with np.load(FILE, allow_pickle=False) as archive:
        table = json.loads(str(archive["table"]))
        numbers, orbits = archive["vertices"], archive["orbits"]
    if table["version"] != VERSION:
        raise ValueError(
            f"expected version {VERSION} of {FILE.name}, got {table['version']}; "
            "run python -m geometry.build_catalogue"
        )
    shapes, number, vertex = [], 0, 0
    for row in table["shapes"]:
        k, d = row["shape"]
        shapes.append(
            Template(
                row["name"],
                row["symbol"],
                numbers[number : number + k * d].reshape(k, d),
                row["group_order"],
                tuple(row["aliases"]),
                kind=row["kind"],
                source=row["source"],
                families=tuple(row["families"]),
                orbits=tuple(orbits[vertex : vertex + k].tolist()),
            )
        )
        number, vertex = number + k * d, vertex + k
    return shapes, table["family_aliases"]
