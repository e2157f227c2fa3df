"""A picture of the shapes that gain most per dimension, from dense to sparse."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import isotonic_regression

from theory.features import Array
from theory.shapes.atlas import Atlas

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito 2008; with the styles no two winners are told apart by colour alone
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
STYLES = ("-", "--", "-.", ":")
LEAST = 0.95  # of the best gain: how far down the picture goes
GAP = 0.04  # between names, of the width of the picture
NAMES_AT = 1.06  # of its height


def draw_atlas(atlas: Atlas, ax: Axes | None = None) -> Axes:
    """Gains per dimension relative to the best against 1/(1 − S), with a band for every winner.

    One line for each shape that wins somewhere, its name in the same colour above its band; thin
    grey lines for those that only come near.
    """
    if ax is None:
        from matplotlib.figure import Figure

        ax = Figure(figsize=(11, 6.5), layout="constrained").subplots()
    x = atlas.inverse_density
    relative = atlas.gain / np.nanmax(atlas.gain, axis=0)
    styles = cycle((color, style) for style in STYLES for color in COLORS)
    colors = {}
    for name, gain in zip(atlas.names, relative, strict=True):
        known = np.isfinite(gain)
        if name in atlas.winners:
            colors[name], style = next(styles)
            color = colors[name]
            ax.plot(x[known], gain[known], style, color=color, linewidth=1.8, label=name, zorder=3)
        else:
            ax.plot(x[known], gain[known], color="0.88", linewidth=0.5, zorder=1)
    edges = np.array([x[0], *(one.inverse_density for one in atlas.transitions), x[-1]])
    for begin, end in zip(edges[1:-1:2], edges[2::2], strict=True):
        ax.axvspan(begin, end, color="0.94", zorder=0)
    middles = np.sqrt(edges[:-1] * edges[1:])
    places = x[0] * (x[-1] / x[0]) ** _apart(np.log(middles / x[0]) / np.log(x[-1] / x[0]))
    across = ax.get_xaxis_transform()
    for name, middle, place in zip(atlas.winners, middles, places, strict=True):
        color = colors[name]
        ax.plot([middle, place], [1, NAMES_AT - 0.01], color=color, lw=0.7, transform=across,
                clip_on=False)  # fmt: skip
        ax.text(place, NAMES_AT, name, color=color, rotation=60, rotation_mode="anchor",
                va="center", fontsize=9, transform=across)  # fmt: skip
    ax.set_xscale("log")
    ticks = [t for t in (1, 1.5, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000) if x[0] <= t <= x[-1]]
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
    ax.set(
        xlim=(x[0], x[-1]),
        ylim=(LEAST, 1.001),
        xlabel="$1 / (1 - S)$",
        ylabel="gain per hidden dimension, relative to the best",
    )
    return ax


def _apart(places: Array) -> Array:
    """Ascending places in [0, 1], moved no more than makes them stand GAP apart."""
    steps = GAP * np.arange(len(places))
    moved = isotonic_regression(places - steps).x
    return np.clip(moved, 0, max(0.0, 1 - steps[-1])) + steps
