"""Pictures of features, of their interference and of their dimensionalities."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geometry.draw_blocks import draw_feature_dimensionalities, draw_gram
from geometry.draw_shape import draw_component
from geometry.layout import by_size, of_one_model, packed
from geometry.styles import STYLES, new_axes, styles
from geometry.verdict import Component, Identification
from geometry.weights import checked_weights

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST = 1000  # features of which all pairs are drawn
_FRACTIONS = {
    "dedicated": Fraction(1),
    "5-cell": Fraction(4, 5),
    "tetrahedron": Fraction(3, 4),
    "triangle": Fraction(2, 3),
    "digon": Fraction(1, 2),
    "pentagon": Fraction(2, 5),
    "square antiprism": Fraction(3, 8),
}


def draw_features(
    W: ArrayLike, *, color: ArrayLike | None = None, ax: Axes | None = None, limit: float = 1.5
) -> Axes:
    """Features in a hidden plane as arms from the origin.

    Parameters
    ----------
    W : (n_features, 2)
    color : a number per feature, the largest yellow and the smallest violet; by default features
        are taken to be in order of falling importance
    ax : drawn into, by default a new one
    limit : both axes run from -limit to limit; trained norms stay below 1.3
    """
    array = checked_weights(W, ndim=(2,))
    if array.shape[1] != 2:
        raise ValueError(
            f"expected W of shape (n_features, 2), got {array.shape}; use draw_interference_graph "
            "for more hidden dimensions"
        )
    values = -np.arange(len(array)) if color is None else np.asarray(color, dtype=float)
    if values.shape != (len(array),):
        raise ValueError(
            f"expected one number per feature in color, got shape {values.shape} for "
            f"{len(array)} features; pass {len(array)} numbers"
        )
    ax = new_axes(ax)
    span = np.ptp(values)
    shades = _colormap("viridis")(
        (values - values.min()) / span if span > 0 else np.ones(len(array))
    )
    ax.axhline(0, color="0.9", linewidth=0.8, zorder=0)
    ax.axvline(0, color="0.9", linewidth=0.8, zorder=0)
    for (x, y), shade in zip(array, shades, strict=True):
        ax.plot([0, x], [0, y], color=shade, linewidth=2.5, solid_capstyle="round", zorder=1)
    # A thin dark rim keeps the yellow of the most important feature visible on white.
    ax.scatter(*array.T, c=shades, s=55, edgecolors="0.25", linewidths=0.7, zorder=2)
    ax.set(xlim=(-limit, limit), ylim=(-limit, limit), aspect="equal")
    ax.set(xlabel="hidden dimension 1", ylabel="hidden dimension 2")
    return ax


def draw_interference_graph(
    W: ArrayLike, identification: Identification | None = None, ax: Axes | None = None
) -> Axes:
    """Features as nodes, interference as edges, each component on a circle of its own.

    Parameters
    ----------
    W : (n_features, n_hidden)
    identification : of W; made here when it is left out
    ax : drawn into, by default a new one

    Edges are the wider and darker the larger |W_i . W_j|. Within a component the features go round
    in the order of their angle in its two main directions. Features that are not represented stand
    in grey below.
    """
    from geometry.identify import identify

    verdict = identify(W) if identification is None else identification
    array = of_one_model(W, verdict)
    ax = new_axes(ax)
    places, width, bottom = packed(array, verdict)
    gram = np.abs(array @ array.T)
    alive = sorted(set(range(len(array))) - set(verdict.not_represented))
    _draw_edges(ax, gram, places, alive)
    kinds = styles(verdict.names)
    size = float(np.clip(9000 / max(width, -bottom, 6) ** 2, 18, 160))
    order = sorted(kinds, key=lambda name: (name in ("unknown", "not represented"), name))
    for name in order:
        members = [i for i, of in enumerate(verdict.names) if of == name]
        count = (
            len(members)
            if name == "not represented"
            else sum(part.name == name for part in verdict.components)
        )
        shade, _ = kinds[name]
        dead = name == "not represented"
        ax.scatter(
            *places[members].T,
            s=size / 3 if dead else size,
            c="none" if dead else shade,
            edgecolors=shade if dead else "white",
            linewidths=1.0,
            zorder=3,
            label=f"{name} × {count}",
        )
    ax.set(aspect="equal", xlim=(-0.8, width + 0.8), ylim=(bottom - 0.8, 0.8))
    ax.set(xticks=[], yticks=[])
    ax.set_xlabel("one circle per component; edge: interference $|W_i \\cdot W_j|$")
    for side in ax.spines.values():
        side.set_visible(False)
    ax.legend(
        loc="upper center",
        bbox_to_anchor=(0.5, -0.08),
        frameon=False,
        ncols=min(len(order), 3),
        handletextpad=0.2,
    )
    return ax


def draw_dimensionalities(
    x: ArrayLike,
    D_per_model: Sequence[ArrayLike] | NDArray[np.float64],
    identifications: Sequence[Identification],
    ax: Axes | None = None,
) -> Axes:
    """Dimensionalities of represented features against density, coloured by the name found.

    Parameters
    ----------
    x : (n_models,), 1/(1 - S) of each model, drawn on a logarithmic axis
    D_per_model : for each model its (n_features,) dimensionalities
    identifications : one of each model
    ax : drawn into, by default a new one

    At each x every name has a lane of its own, so that none lies under another. Lines mark the
    dimensionality of ideal shapes.
    """
    positions = np.asarray(x, dtype=float)
    if not len(positions) == len(D_per_model) == len(identifications):
        raise ValueError(
            f"expected one x, one D and one identification per model, got {len(positions)}, "
            f"{len(D_per_model)} and {len(identifications)}; pass lists of equal length"
        )
    if not (positions > 0).all():
        raise ValueError(
            "expected x = 1/(1 - S) above 0 for its logarithmic axis, got less; check S"
        )
    ax = new_axes(ax)
    rows = [
        (where, name, float(D))
        for where, shares, verdict in zip(positions, D_per_model, identifications, strict=True)
        for name, D in zip(verdict.names, np.asarray(shares, dtype=float), strict=True)
        if name != "not represented"
    ]
    _draw_fractions(ax)
    present = {name for _, name, _ in rows}
    ordered = [name for name in STYLES if name in present]
    ordered[-1:] = [*sorted(present - set(STYLES)), *ordered[-1:]]
    band = _band(positions)
    size = float(np.clip(900 / max(len(np.unique(positions)), 1), 20, 42))
    for name, (shade, marker) in styles(ordered).items():
        xs, ys = [], []
        for where in np.unique(positions):
            here = [other for other in ordered if any(r[:2] == (where, other) for r in rows)]
            values = [D for at, of, D in rows if (at, of) == (where, name)]
            if not values:
                continue
            lane = band / len(here)
            middle = (here.index(name) + 0.5) * lane - band / 2
            # Multiples of the golden ratio fill a lane evenly without a random generator.
            spread = (np.arange(len(values)) * 0.6180339887) % 1 - 0.5
            xs.extend(
                where * np.exp(middle + 0.7 * lane * (spread if len(values) > 1 else 0 * spread))
            )
            ys.extend(values)
        ax.scatter(
            xs,
            ys,
            s=size,
            c=shade,
            marker=marker,
            alpha=0.85,
            linewidths=0.4,
            edgecolors="white",
            label=name,
            zorder=3,
        )
    ax.set(
        xscale="log", ylim=(0, 1.06), xlabel="1 / (1 − S)", ylabel="feature dimensionality $D_i$"
    )
    if len(positions):
        ax.set_xlim(positions.min() * np.exp(-band), positions.max() * np.exp(band))
    if ordered:
        ax.legend(
            loc="upper center",
            bbox_to_anchor=(0.5, -0.13),
            frameon=False,
            ncols=min(len(ordered), 4),
            handletextpad=0.3,
        )
    return ax


def draw_component_kinds(W: ArrayLike, identification: Identification) -> Figure:
    """A sheet with one component of each kind, that with the least rmsd, over its ideal shape.

    Parameters
    ----------
    W : (n_features, n_hidden)
    identification : of W, with a component

    Of unknowns the largest is shown.
    """
    array = of_one_model(W, identification)
    kinds: dict[str, list[Component]] = {}
    for part in by_size(identification):
        kinds.setdefault(part.name, []).append(part)
    shades = styles(identification.names)
    if not kinds:
        raise ValueError(
            "expected a component to draw, got none: no feature is represented; lower represented"
        )
    columns = min(len(kinds), 4)
    figure, axes = _figure(-(-len(kinds) // columns), columns, 3.4)
    for ax in axes.flat[len(kinds) :]:
        ax.set_axis_off()
    for ax, (name, parts) in zip(axes.flat, kinds.items(), strict=False):
        best = parts[0] if name == "unknown" else min(parts, key=lambda part: part.rmsd)
        draw_component(array, best, color=shades[name][0], ax=ax)
        title = f"{name} × {len(parts)}" if len(parts) > 1 else name
        told = f"{len(best.features)} in {best.dimension}, D = {best.dimensionality:.3f}"
        off = f", rmsd {best.rmsd:.3f}" if best.name != "unknown" else ""
        ax.set_title(title, fontsize=12, pad=22)
        ax.text(0.5, 1.01, told + off, transform=ax.transAxes, ha="center", va="bottom",
                color="0.4", fontsize=9)  # fmt: skip
    return figure


def draw_all(W: ArrayLike, verdict: Identification, directory: str | Path) -> list[Path]:
    """All pictures of one identification, as PNG files that are whole or absent.

    Parameters
    ----------
    W : (n_features, n_hidden)
    verdict : of W
    directory : written into, made if it is not there

    Returns
    -------
    the files: components.png, one component of each kind; graph.png and gram.png, the interference
    of at most 1000 features; dimensionalities.png; of two hidden dimensions features.png

    Raises
    ------
    ValueError
        for a verdict of another matrix.
    """
    array = of_one_model(W, verdict)
    figures: dict[str, Figure] = {}
    if verdict.components:
        figures["components"] = draw_component_kinds(array, verdict)
    if len(array) <= _MOST:
        figures["graph"] = _single(draw_interference_graph, array, verdict, (9, 7.5))
        figures["gram"] = _single(draw_gram, array, verdict, (9, 7.5))
    figures["dimensionalities"] = _single(draw_feature_dimensionalities, array, verdict, (10, 5.2))
    if array.shape[1] == 2:
        figures["features"], axes = _figure(1, 1, 5.5)
        draw_features(array, ax=axes[0, 0], limit=max(1.5, 1.1 * float(np.abs(array).max())))
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    return [_saved(figure, folder / f"{name}.png") for name, figure in figures.items()]


def _single(
    draw: Callable[..., Axes],
    W: NDArray[np.float64],
    verdict: Identification,
    size: tuple[float, float],
) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    draw(W, verdict, ax=figure.add_subplot())
    return figure


def _figure(rows: int, columns: int, inches: float) -> tuple[Figure, NDArray[Any]]:
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    layout = ConstrainedLayoutEngine(w_pad=0.1, h_pad=0.1)
    figure = Figure(figsize=(inches * columns, (inches + 0.5) * rows), layout=layout)
    return figure, figure.subplots(rows, columns, squeeze=False)


def _saved(figure: Figure, path: Path) -> Path:
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        figure.savefig(scratch, format="png", dpi=160)
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)
    return path


def _colormap(name: str):
    import matplotlib

    return matplotlib.colormaps[name]


def _draw_fractions(ax: Axes) -> None:
    from matplotlib.transforms import blended_transform_factory

    beside = blended_transform_factory(ax.transAxes, ax.transData)
    for name, share in _FRACTIONS.items():
        ax.axhline(float(share), color=STYLES[name][0], linewidth=0.9, alpha=0.6, zorder=1)
        # 2/5 and 3/8 are closer than a line of text.
        side = {"pentagon": "bottom", "square antiprism": "top"}.get(name, "center")
        ax.text(1.012, float(share), f"{share} {name}", transform=beside, va=side, fontsize="small")


def _band(positions: NDArray[np.float64]) -> float:
    """The logarithmic width in which the dots of one x spread, half the way to the next."""
    gaps = np.diff(np.log(np.unique(positions)))
    return 0.75 * float(gaps.min()) if len(gaps) else 0.3


def _draw_edges(
    ax: Axes, gram: NDArray[np.float64], places: NDArray[np.float64], alive: list[int]
) -> None:
    from matplotlib.collections import LineCollection

    upper = np.triu_indices(len(alive), 1)
    weights = gram[np.ix_(alive, alive)][upper]
    # The strongest edges last, on top; what is orthogonal up to training noise not at all.
    order = np.argsort(weights, kind="stable")
    order = order[weights[order] > 0.02]
    if not len(order):
        return
    strength = np.minimum(weights[order], 1.0)
    # Hundreds of edges crossing one another stay legible only when each is faint.
    ink = float(np.clip(np.sqrt(120 / max((strength > 0.15).sum(), 1)), 0.4, 1))
    shades = np.zeros((len(order), 4))
    shades[:, :3] = 0.2
    shades[:, 3] = 0.9 * strength ** (1.5 / np.sqrt(ink))
    lines = LineCollection(
        list(places[np.array(alive)[np.stack(upper, axis=1)[order]]]),
        colors=shades,
        linewidths=0.2 + 2.3 * strength * ink,
    )
    ax.add_collection(lines)
