"""Makes the catalogue's data file.

    python -m geometry.build_catalogue             # all that is constructed, with the minima known
    python -m geometry.build_catalogue --search    # and searches the minima of energy anew

Shapes come in the order of preference of their names: one that is there already, by an isometry
that is checked, gives its names as aliases; a minimum of energy that comes close to a shape of more
symmetry, or is a member of a family, does the same.
"""

from __future__ import annotations

import argparse
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from math import gcd
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geometry import codes, shapes
from geometry.catalogue import FILE, VERSION
from geometry.families import free_families, products
from geometry.isometries import isometry, symmetry_group
from geometry.matching import fit
from geometry.minimal_energy import energy, least_energy
from geometry.shortlist import least_rmsd
from geometry.template import Template
from geometry.wythoff import DIAGRAMS, orbit
from geometry.wythoff_names import polytope_names, schlaefli_symbol

Array = NDArray[np.float64]
MINIMA = Path(__file__).with_name("minima.npz")
MOST_VERTICES = 300
# A minimum closer than this to a shape of more symmetry is no second name: noise hides it.
NEAR = 0.03
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
# Nine points in four dimensions, twice the dimension and one more, have a continuum of minima.
_REPELLED = {3: range(4, 65), 4: range(10, 25), 5: range(11, 21), 6: range(13, 21)}
_REPELLED |= {7: range(15, 21), 8: range(17, 21)}


@dataclass
class Shape:
    """What one row of the file says, and the vertices beside it."""

    names: tuple[str, ...]
    symbol: str
    vertices: Array
    kind: str
    source: str
    families: tuple[str, ...] = ()
    order: int = 1
    orbits: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, np.int64))


@dataclass
class Collection:
    """Shapes no two of which are isometric, and the names that families have besides."""

    shapes: list[Shape] = field(default_factory=list)
    family_aliases: dict[str, list[str]] = field(default_factory=dict)

    def add(self, shape: Shape) -> None:
        """Take a shape in, or its names when an isometric one is there."""
        known = next((s for s in self.shapes if _isometric(s.vertices, shape.vertices)), None)
        if known is not None:
            known.names = tuple(dict.fromkeys((*known.names, *shape.names)))
            return
        group = symmetry_group(shape.vertices)
        shape.order, shape.orbits = group.order, group.orbits
        self.shapes.append(shape)


def build(minima: dict[str, Array]) -> Collection:
    """All shapes without free parameters, each once."""
    found = Collection()
    for shape in (*_small(), *uniform_polytopes(), *_snubs(), *_codes(minima["10_40"])):
        if _connected(shape.vertices):
            found.add(shape)
    named = {s.names[0]: _template(s) for s in found.shapes}
    families = free_families(named)
    taken = {name for t in (*families, *products(named)) for name in (t.name, *t.aliases)}
    for shape in found.shapes:
        shape.families = _memberships(shape.vertices, families)
    for shape in (*_harmonic(), *_minima(minima)):
        if not _connected(shape.vertices):
            continue
        homes = _memberships(shape.vertices, families)
        near = _nearest(shape, found.shapes) if shape.kind == "minimal energy" else None
        if near is not None:
            near.names = tuple(dict.fromkeys((*near.names, *shape.names)))
        elif homes:
            found.family_aliases.setdefault(homes[0], []).extend(shape.names)
        else:
            found.add(shape)
    for shape in found.shapes:
        shape.names = tuple(name for name in shape.names if name not in taken)
    return found


def uniform_polytopes() -> Iterator[Shape]:
    """Every Wythoffian polytope of an irreducible group, of at most 300 vertices."""
    for diagram in DIAGRAMS:
        for rings in diagram.rings():
            if diagram.size(rings) <= MOST_VERTICES:
                names = polytope_names(diagram, rings)
                symbol = schlaefli_symbol(diagram, rings) if names else ""
                source = f"Wythoff's construction, {diagram.letter}{diagram.rank} ringed at {rings}"
                yield Shape(names, symbol, orbit(diagram, rings), "uniform polytope", source)


def _small() -> Iterator[Shape]:
    yield Shape(("dedicated",), "( )", np.array([[1.0]]), "single feature", "")
    names = ("digon", "antipodal pair", "1-simplex")
    yield Shape(names, "{2}", shapes.DIGON, "polygon", "Elhage et al. 2022")
    for k, names in _POLYGONS.items():
        names = (*names, f"{k}-gon")
        yield Shape(names, f"{{{k}}}", shapes.polygon(k), "polygon", "Euclid, Elements IV")


def _snubs() -> Iterator[Shape]:
    rows = [
        (("snub cube", "snub cuboctahedron"), "sr{4,3}", shapes.snub_cube(), "Archimedes"),
        (
            ("snub dodecahedron", "snub icosidodecahedron"),
            "sr{5,3}",
            shapes.snub_dodecahedron(),
            "Archimedes",
        ),
        (("snub 24-cell",), "s{3,4,3}", shapes.snub_24_cell(), "Gosset 1900"),
        (("grand antiprism",), "", shapes.grand_antiprism(), "Conway & Guy 1965"),
    ]
    for names, symbol, vertices, source in rows:
        yield Shape(names, symbol, vertices, "uniform polytope", source)


def _codes(forty: Array) -> Iterator[Shape]:
    for names, vertices, source in codes.known(forty):
        yield Shape(names, "", vertices, "spherical code", source)


def _harmonic() -> Iterator[Shape]:
    """Cyclic frames in four dimensions up to 16 points, and in six up to 13."""
    for pairs, most in ((2, 16), (3, 13)):
        for n in range(2 * pairs + 3, most + 1):
            for rest in combinations(range(2, (n + 1) // 2), pairs - 1):
                frequencies = (1, *rest)
                if gcd(n, *frequencies) == 1:
                    name = f"{n}-point harmonic frame {{{','.join(map(str, frequencies))}}}"
                    vertices = shapes.harmonic_frame(n, frequencies)
                    yield Shape((name,), "", vertices, "harmonic frame", "Goyal et al. 2001")


def _minima(points: dict[str, Array]) -> Iterator[Shape]:
    for d, sizes in _REPELLED.items():
        for n in sizes:
            vertices = points[f"{d}_{n}"]
            lowest = f"least energy found, sum of 1/r^{d - 2} = {energy(vertices, d - 2):.9f}"
            if d == 3:
                names, source = (f"Thomson {n}",), f"Thomson's problem: {lowest}"
            else:
                names, source = (f"Riesz {n} in {d}",), f"harmonic energy: {lowest}"
            yield Shape(names, "", vertices, "minimal energy", source)


def search() -> dict[str, Array]:
    """The lowest minima from many random starts, the same on every run."""
    sizes = [(10, 40), *((d, n) for d, ns in _REPELLED.items() for n in ns)]
    starts = {3: lambda n: 20 if n < 20 else 40 if n < 50 else 60}
    return {
        f"{d}_{n}": least_energy(n, d, d - 2, starts=starts.get(d, lambda n: 40)(n), seed=0)
        for d, n in sizes
    }


def _isometric(first: Array, second: Array) -> bool:
    return (
        first.shape == second.shape
        and np.allclose(_fingerprint(first), _fingerprint(second), atol=1e-9)
        and isometry(first, second) is not None
    )


def _fingerprint(vertices: Array) -> Array:
    """All scalar products in order of size."""
    return np.sort((vertices @ vertices.T).ravel())


def _connected(vertices: Array) -> bool:
    """Whether no part of the vertices is orthogonal to the rest."""
    linked = np.abs(vertices @ vertices.T) > 1e-9
    reached = linked[0]
    while (more := linked[reached].any(axis=0)).sum() > reached.sum():
        reached = more
    return bool(reached.all())


def _memberships(vertices: Array, families: list[Template]) -> tuple[str, ...]:
    """The families that have the vertices as a member."""
    same = [f for f in families if f.vertices.shape == vertices.shape]
    close = [f for f in same if least_rmsd(vertices, [f])[0] < 1e-5]
    return tuple(f.name for f in close if fit(vertices, f).rmsd < 1e-5)


def _nearest(shape: Shape, known: list[Shape]) -> Shape | None:
    """A shape without free parameters that the vertices come close to."""
    for s in known:
        if s.vertices.shape == shape.vertices.shape:
            there = _template(s)
            if (
                least_rmsd(shape.vertices, [there])[0] < NEAR
                and fit(shape.vertices, there).rmsd < NEAR
            ):
                return s
    return None


def _template(shape: Shape) -> Template:
    return Template(shape.names[0], shape.symbol, shape.vertices, shape.order)


def contents(found: Collection) -> bytes:
    """The file: a table in JSON, and all coordinates and orbits one after another."""
    rows = [
        {
            "name": s.names[0],
            "aliases": s.names[1:],
            "symbol": s.symbol,
            "group_order": s.order,
            "kind": s.kind,
            "source": s.source,
            "families": s.families,
            "shape": s.vertices.shape,
        }
        for s in found.shapes
    ]
    table = {"version": VERSION, "shapes": rows, "family_aliases": found.family_aliases}
    return _archive(
        {
            "table": np.array(json.dumps(table)),
            "vertices": np.concatenate([s.vertices.ravel() for s in found.shapes]),
            "orbits": np.concatenate([s.orbits for s in found.shapes]).astype(np.uint8),
        }
    )


def _archive(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, allow_pickle=False, **arrays)
    return stream.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the data file of the catalogue.")
    parser.add_argument("--search", action="store_true", help="search the minima of energy anew")
    if parser.parse_args().search:
        MINIMA.write_bytes(_archive(search()))
    with np.load(MINIMA, allow_pickle=False) as archive:
        minima = {name: archive[name] for name in archive}
    found = build(minima)
    FILE.write_bytes(contents(found))
    print(f"{len(found.shapes)} shapes without free parameters, {FILE.stat().st_size} bytes")


if __name__ == "__main__":
    main()
