"""Makes the page of the catalogue and its pictures: docs/catalogue.md, docs/catalogue/*.png.

python docs/make_catalogue.py
"""

from __future__ import annotations

import io
from collections import Counter
from fractions import Fraction
from pathlib import Path
from textwrap import fill

from geometry import Template, catalogue
from geometry.draw_shape import draw_shape

HERE = Path(__file__).parent
COLUMNS = 9
COLOURS = {"product": "#117733", "family": "#882255", "minimal energy": "#5F6F7F"}
COLOURS |= {"spherical code": "#B35900", "harmonic frame": "#6A3D9A"}
INTRODUCTION = """# The catalogue

{count} templates, sorted by dimension and number of vertices: what `geometry.template(name)` knows
and what a component can be named. This page is written by `python docs/make_catalogue.py`; the
catalogue itself by `python -m geometry.build_catalogue`.

The order is that of the group of permutations of the vertices that rotations and reflections
perform. D is the feature dimensionality of every orbit of vertices under it, at unit norms; of a
family, at the default of its free parameters. Products are named beside their factors and never
the name of a single component.

Solids are seen along no axis, hidden edges dotted. From four dimensions on, shapes are projected
to the plane that a symmetry turns by the smallest angle (of a Coxeter group its Coxeter plane), and
every vertex is joined with its nearest, as many as there are dimensions; where few places hold
several vertices, numbers say how many. Blue are polygons and uniform polytopes, orange codes,
violet harmonic frames, grey minima of energy, wine red families, green tegum products.
"""


def sections() -> dict[str, list[Template]]:
    """The templates by dimension, those of more than eight together."""
    ordered = sorted(catalogue(), key=lambda t: (t.dimension, len(t.vertices), t.name))
    found: dict[str, list[Template]] = {}
    for shape in ordered:
        d = shape.dimension
        title = "One dimension" if d == 1 else f"{d} dimensions" if d <= 8 else "Beyond"
        found.setdefault(title, []).append(shape)
    return found


def page() -> str:
    """The page in Markdown."""
    parts = [INTRODUCTION.format(count=len(catalogue()))]
    for title, shapes in sections().items():
        rows = [
            f"## {title}",
            f"![{title}: {len(shapes)} shapes](catalogue/{_file(title)})",
            "| name | aliases | symbol | d | vertices | group order | D | source |\n"
            "| --- | --- | --- | --- | --- | --- | --- | --- |\n"
            + "\n".join(f"| {' | '.join(_row(shape))} |" for shape in shapes),
        ]
        parts.append("\n\n".join(rows) + "\n")
    return "\n".join(parts)


def sheet(shapes: list[Template]) -> bytes:
    """A PNG with a picture of every shape."""
    from matplotlib.figure import Figure
    from PIL import Image

    columns = min(COLUMNS, len(shapes))
    rows = -(-len(shapes) // columns)
    figure = Figure(figsize=(1.5 * columns, 1.82 * rows), dpi=80)
    axes = figure.subplots(rows, columns, squeeze=False)
    figure.subplots_adjust(0.005, 0.3 / rows / 1.82, 0.995, 1 - 0.02 / rows, 0.04, 0.3)
    for ax in axes.flat[len(shapes) :]:
        ax.set_axis_off()
    for ax, shape in zip(axes.flat, shapes, strict=False):
        draw_shape(shape.vertices, color=COLOURS.get(shape.kind, "#0072B2"), ax=ax)
        ax.text(0.5, -0.02, fill(shape.name, 24), transform=ax.transAxes, ha="center", va="top",
                fontsize=6.5, linespacing=1.05)  # fmt: skip
    raw, small = io.BytesIO(), io.BytesIO()
    figure.savefig(raw, format="png")
    Image.open(raw).convert("RGB").quantize(128).save(small, format="png", optimize=True)
    return small.getvalue()


def main() -> None:
    """Write the page and its pictures, each whole or not at all."""
    (HERE / "catalogue").mkdir(exist_ok=True)
    files = {
        HERE / "catalogue" / _file(title): sheet(shapes) for title, shapes in sections().items()
    }
    files[HERE / "catalogue.md"] = page().encode()
    for path, content in files.items():
        scratch = path.with_name(f".{path.name}")
        scratch.write_bytes(content)
        scratch.replace(path)


def _file(title: str) -> str:
    return f"{title.lower().replace(' ', '-')}.png"


def _row(shape: Template) -> list[str]:
    return [
        shape.name,
        ", ".join(shape.aliases),
        f"`{shape.symbol}`" if shape.symbol else "",
        str(shape.dimension),
        str(len(shape.vertices)),
        str(shape.group_order),
        ", ".join(dict.fromkeys(map(_number, shape.dimensionality))),
        _source(shape),
    ]


def _number(value: float) -> str:
    """A fraction where it is one of small numbers, else four decimals."""
    near = Fraction(value).limit_denominator(300)
    return str(near) if abs(near - value) < 1e-9 else f"{value:.4f}"


def _source(shape: Template) -> str:
    if shape.factors:
        counts = Counter(shape.factors)
        factors = ", ".join(f"{k} × {name}" if k > 1 else name for name, k in counts.items())
        return f"tegum product: {factors}"
    if shape.parameters:
        free = ", ".join(f"{p.name} from {p.low:.3f} to {p.high:.3f}" for p in shape.parameters)
        return f"family: {free}"
    member = f"; of the family {', '.join(shape.families)}" if shape.families else ""
    return shape.source + member


if __name__ == "__main__":
    main()
