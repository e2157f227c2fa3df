"""Exact vertices of the polygons and of the uniform polytopes of reflection groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geometry.catalogue import template
from geometry.wythoff import DIAGRAMS, Diagram, Rings
from geometry.wythoff_names import polytope_names

if TYPE_CHECKING:
    import sympy


def exact_vertices(name: str) -> sympy.Matrix:
    """The vertices of a polygon or a Wythoffian polytope in closed form, at unit norm.

    Parameters
    ----------
    name : of a template or an alias

    Returns
    -------
    (k, e) sympy matrix, e at least the dimension: the polytopes of A lie in one dimension more, in
    the space of zero sum, those of E6 and E7 among those of E8. In the same order on every call,
    which need not be the template's.

    Raises
    ------
    ValueError
        for a shape that is neither, as its coordinates are found numerically or are roots of cubics

    >>> exact_vertices("triangle")[1, :]
    Matrix([[-1/2, sqrt(3)/2]])
    >>> vertices = exact_vertices("2_21")
    >>> sorted(set(vertices[0, :] * vertices.T))
    [-1/2, 1/4, 1]
    """
    import sympy

    shape = template(name)
    if shape.kind == "polygon" and shape.dimension == 2:
        k = len(shape.vertices)
        angles = [2 * sympy.pi * i / k for i in range(k)]
        return sympy.Matrix([[sympy.cos(angle), sympy.sin(angle)] for angle in angles])
    found = next(
        (
            (diagram, rings)
            for diagram in DIAGRAMS
            for rings in diagram.rings()
            if diagram.size(rings) == len(shape.vertices)
            and set(polytope_names(diagram, rings)) & {shape.name, *shape.aliases}
        ),
        None,
    )
    if found is None:
        raise ValueError(
            f"expected a polygon or a Wythoffian polytope, got {shape.name!r}; "
            "its vertices are known to rounding alone: take template(name).vertices"
        )
    return _orbit(*found)


def _orbit(diagram: Diagram, rings: Rings) -> sympy.Matrix:
    """The orbit under reflections, in the number field of the roots."""
    import sympy

    normals = sympy.Matrix(_normals(diagram))
    squares = [sum(x**2 for x in normals.row(i)) for i in range(diagram.rank)]
    distances = sympy.Matrix(
        [sympy.sqrt(squares[i] / squares[0]) * int(i in rings) for i in range(diagram.rank)]
    )
    cosines = (normals * normals.T).applyfunc(sympy.expand)
    weights = cosines.LUsolve(distances).applyfunc(sympy.radsimp)
    start = (weights.T * normals).applyfunc(sympy.radsimp)
    root = {"B": sympy.sqrt(2), "F": sympy.sqrt(2), "H": sympy.sqrt(5)}.get(diagram.letter)
    field = sympy.QQ if root is None else sympy.QQ.algebraic_field(root)
    mirrors = [
        ([field.from_sympy(x) for x in normals.row(i)], field.from_sympy(2 / squares[i]))
        for i in range(diagram.rank)
    ]
    first = tuple(field.from_sympy(x) for x in start)
    points: dict[tuple[Any, ...], None] = {first: None}
    last = [first]
    while last:
        images = [_reflected(point, *mirror) for point in last for mirror in mirrors]
        last = [image for image in dict.fromkeys(images) if image not in points]
        points.update(dict.fromkeys(last))
    norm = sympy.sqrt(sympy.radsimp(field.to_sympy(sum((x * x for x in first), field.zero))))
    return sympy.Matrix([[field.to_sympy(x) / norm for x in point] for point in points])


def _reflected(point: tuple[Any, ...], normal: list[Any], scale: Any) -> tuple[Any, ...]:
    length = scale * sum(x * y for x, y in zip(point, normal, strict=True))
    return tuple(x - length * y for x, y in zip(point, normal, strict=True))


def _normals(diagram: Diagram) -> list[list[Any]]:
    """Normals of the mirrors in coordinates that are rational, or hold the golden ratio for H."""
    import sympy

    n = diagram.rank
    half, golden = sympy.Rational(1, 2), (1 + sympy.sqrt(5)) / 2

    def differing(plus: int, minus: int, dimension: int) -> list[Any]:
        return [(i == plus) * 1 - (i == minus) * 1 for i in range(dimension)]

    if diagram.letter == "A":
        return [differing(i, i + 1, n + 1) for i in range(n)]
    if diagram.letter == "B":
        return [*(differing(i, i + 1, n) for i in range(n - 1)), [0] * (n - 1) + [1]]
    if diagram.letter == "D":
        sums = [[0] * (n - 2) + [1, 1], differing(n - 2, n - 1, n)]
        return [*sums, *(differing(n - i - 1, n - i, n) for i in range(2, n))]
    if diagram.letter == "E":
        chain = [differing(i, i + 1, 8) for i in range(7)]
        return [*chain, [-half] * 5 + [half] * 3][8 - n :]
    if diagram.letter == "F":
        first = [differing(1, 2, 4), differing(2, 3, 4), [0, 0, 0, 1]]
        return [*first, [half, -half, -half, -half]]
    inner = [[0, -1, 0, 0], [-golden / 2, half, (golden - 1) / 2, 0], [1, 0, 0, 0]]
    if n == 3:
        return [row[:3] for row in inner]
    return [[0, half, -golden / 2, (golden - 1) / 2], *inner]
