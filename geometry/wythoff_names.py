"""What the uniform polytopes of Wythoff's construction are called."""

from __future__ import annotations

from geometry.wythoff import Diagram, Rings

_OPERATIONS = ("rectified", "truncated", "cantellated", "runcinated", "stericated", "pentellated")
_OPERATIONS += ("hexicated", "heptellated")
_PREFIXES = ("", "", "canti", "runci", "steri", "penti", "hexi", "hepti")
_DEPTHS = ("", "bi", "tri", "quadri")
_DEMICUBIC = ("", "", "cantic", "runcic", "steric", "pentic", "hexic", "heptic")
_DEMIPREFIXES = ("", "", "", "runci", "steri", "penti", "hexi", "hepti")
_CUBES = {3: "cube", 4: "tesseract"}
_ORTHOPLEXES = {3: "octahedron", 4: "16-cell"}
_SIMPLICES = {3: "tetrahedron", 4: "5-cell"}
_Key = tuple[str, int, Rings]
_SPECIAL: dict[_Key, str] = {
    ("A", 3, (0, 2)): "cuboctahedron",
    ("A", 3, (0, 1, 2)): "truncated octahedron",
    ("B", 3, (0, 2)): "rhombicuboctahedron",
    ("B", 3, (0, 1, 2)): "truncated cuboctahedron",
    ("H", 3, (1,)): "icosidodecahedron",
    ("H", 3, (0, 2)): "rhombicosidodecahedron",
    ("H", 3, (0, 1, 2)): "truncated icosidodecahedron",
}
_COXETER: dict[_Key, str] = {  # k_ij: the ringed node ends the arm of length k
    ("A", 4, (1,)): "0_21",
    ("D", 5, (0,)): "1_21",
    ("E", 6, (0,)): "2_21",
    ("E", 6, (5,)): "1_22",
    ("E", 7, (0,)): "3_21",
    ("E", 7, (5,)): "2_31",
    ("E", 8, (0,)): "4_21",
}
_OTHERS = {
    "5-cell": ("pentachoron",),
    "tetrahedron": ("3-simplex",),
    "cube": ("3-cube", "hexahedron"),
    "tesseract": ("4-cube", "8-cell", "octachoron"),
    "5-cube": ("penteract",),
    "6-cube": ("hexeract",),
    "7-cube": ("hepteract",),
    "8-cube": ("octeract",),
    "24-cell": ("icositetrachoron",),
    "600-cell": ("hexacosichoron",),
    "rectified 5-cell": ("rectified 4-simplex", "dispentachoron"),
    "5-demicube": ("demipenteract",),
    "6-demicube": ("demihexeract",),
    "7-demicube": ("demihepteract",),
    "8-demicube": ("demiocteract",),
    "rhombicuboctahedron": ("small rhombicuboctahedron",),
    "truncated cuboctahedron": ("great rhombicuboctahedron",),
    "rhombicosidodecahedron": ("small rhombicosidodecahedron",),
    "truncated icosidodecahedron": ("great rhombicosidodecahedron",),
}


def polytope_names(diagram: Diagram, rings: Rings) -> tuple[str, ...]:
    """The names of a uniform polytope, the usual one first; none where another group names it.

    >>> polytope_names(Diagram("A", 4), (1,))
    ('rectified 5-cell', '0_21', 'rectified 4-simplex', 'dispentachoron')
    >>> polytope_names(Diagram("H", 3), (0, 1))
    ('truncated icosahedron',)

    References
    ----------
    Johnson 2018, Geometries and Transformations, chapter 12; Conway, Burgiel & Goodman-Strauss
    2008, The Symmetries of Things, chapter 26.
    """
    key = (diagram.letter, diagram.rank, rings)
    if diagram.letter == "E" and key in _COXETER:
        return (_COXETER[key],)
    systematic = {"D": _demicubic, "E": _exceptional}.get(diagram.letter, _linear)(diagram, rings)
    names = [_SPECIAL.get(key, ""), systematic, _COXETER.get(key, "")]
    if diagram.letter == "A" and rings == (0,):
        names.append(f"{diagram.rank}-simplex")
    names += _OTHERS.get(names[0] or systematic, ())
    return tuple(dict.fromkeys(filter(None, names)))


def schlaefli_symbol(diagram: Diagram, rings: Rings) -> str:
    """The extended Schlaefli symbol, or Coxeter's k_ij.

    >>> schlaefli_symbol(Diagram("B", 4), (0, 3)), schlaefli_symbol(Diagram("D", 5), (0,))
    ('t0,3{4,3,3}', 'h{4,3,3,3}')
    """
    key = (diagram.letter, diagram.rank, rings)
    n = diagram.rank
    if diagram.letter == "E":
        seed = _COXETER[("E", n, (0,))]
        return _COXETER.get(key) or _truncation(f"({seed})", rings)
    if diagram.letter == "D":
        more = ",".join(str(i) for i in rings if i > 1)
        return f"h{more}" + "{" + ",".join("4" + "3" * (n - 2)) + "}"
    front, seen = _from_the_lower_end(diagram, rings)
    numbers = [str(number) for *_, number in diagram.links]
    return _truncation("{" + ",".join(numbers if front else numbers[::-1]) + "}", seen)


def _truncation(regular: str, rings: Rings) -> str:
    short = {(0,): "", (0, 1): "t", (1,): "r"}.get(rings)
    return (f"t{','.join(map(str, rings))}" if short is None else short) + regular


def _from_the_lower_end(diagram: Diagram, rings: Rings) -> tuple[bool, Rings]:
    """Whether the diagram is read from node 0, and the rings in the order of reading."""
    back = tuple(sorted(diagram.rank - 1 - i for i in rings))
    front = rings < back or (rings == back and diagram.letter != "B")
    return front, rings if front else back


def _linear(diagram: Diagram, rings: Rings) -> str:
    n = diagram.rank
    front, seen = _from_the_lower_end(diagram, rings)
    simplex = _SIMPLICES.get(n, f"{n}-simplex")
    regular, dual = {
        "A": (simplex, simplex),
        "B": (_ORTHOPLEXES.get(n, f"{n}-orthoplex"), _CUBES.get(n, f"{n}-cube")),
        "F": ("24-cell", "24-cell"),
        "H": {3: ("icosahedron", "dodecahedron"), 4: ("600-cell", "120-cell")}.get(n, ("", "")),
    }[diagram.letter]
    operation = _operation(seen)
    return " ".join(filter(None, [operation, regular if front else dual]))


def _operation(rings: Rings) -> str:
    """Johnson's name for the ringed nodes: the lowest says how deep, the others what is cut."""
    depth, steps = rings[0], [i - rings[0] for i in rings[1:]]
    if not steps:
        return "" if depth == 0 else (_DEPTHS[depth - 1] + _OPERATIONS[0])
    cuts = [_PREFIXES[i] for i in reversed(steps[1:])] + [_OPERATIONS[steps[0]]]
    return _DEPTHS[depth] + "".join(cuts)


def _demicubic(diagram: Diagram, rings: Rings) -> str:
    n = diagram.rank
    if (0 in rings) == (1 in rings):
        return ""  # both short arms alike: the orbit is one of B
    levels = [i for i in rings if i > 1]
    if not levels:
        return f"{n}-demicube"
    prefix = "".join(_DEMIPREFIXES[i] for i in reversed(levels[1:]))
    return f"{prefix}{_DEMICUBIC[levels[0]]} {_CUBES.get(n, f'{n}-cube')}"


def _exceptional(diagram: Diagram, rings: Rings) -> str:
    if diagram.rank - 1 in rings:
        return ""  # no name is usual for the branch beside the chain
    return f"{_operation(rings)} {_COXETER[('E', diagram.rank, (0,))]}"
