"""A picture of the shapes that gain most per dimension, from dense to sparse."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np

from theory.atlas import Atlas

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito 2008; with the styles no two winners are told apart by colour alone
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
STYLES = ("-", "--", "-.", ":")
LEAST = 0.95  # of the best gain: how far down the picture goes


def draw_atlas(atlas: Atlas, ax: Axes | None = None) -> Axes:
    """Gains per dimension relative to the best against 1/(1 − S), with a band for every winner.

    One line for each shape that wins somewhere, thin grey ones for those that only come near;
    shaded every other band, with the winner's name along it.
    """
    if ax is None:
        from matplotlib.figure import Figure

        ax = Figure(figsize=(11, 6.5), layout="constrained").subplots()
    x = atlas.inverse_density
    relative = atlas.gain / np.nanmax(atlas.gain, axis=0)
    styles = cycle((color, style) for style in STYLES for color in COLORS)
    for name, gain in zip(atlas.names, relative, strict=True):
        known = np.isfinite(gain)
        if name in atlas.winners:
            color, style = next(styles)
            ax.plot(x[known], gain[known], style, color=color, linewidth=1.8, label=name, zorder=3)
        else:
            ax.plot(x[known], gain[known], color="0.8", linewidth=0.6, zorder=1)
    edges = [x[0], *(one.inverse_density for one in atlas.transitions), x[-1]]
    for k, (name, begin, end) in enumerate(zip(atlas.winners, edges[:-1], edges[1:], strict=True)):
        if k % 2:
            ax.axvspan(begin, end, color="0.94", zorder=0)
        ax.text(
            float(np.sqrt(begin * end)), 1.002, name,
            rotation=60, rotation_mode="anchor", ha="left", va="bottom", fontsize=8,
        )  # fmt: skip
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
    ax.legend(loc="lower left", fontsize=8, ncols=2, framealpha=0.95)
    return ax
