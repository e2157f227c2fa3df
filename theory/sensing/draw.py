"""Pictures of recovery: decoders against density, and what lies within reach of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from geometry.styles import new_axes
from theory.features import Array
from theory.sensing.donoho_tanner import weak_threshold

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito 2008; markers differ as well
DECODER_STYLES = {
    "ReLU readout": ("#000000", "s"),
    "threshold and least squares": ("#E69F00", "^"),
    "orthogonal matching pursuit": ("#009E73", "D"),
    "LASSO": ("#CC79A7", "P"),
    "nonnegative least squares": ("#D55E00", "v"),
    "basis pursuit": ("#0072B2", "o"),
}
LIMIT_STYLES = {
    "information limit": ":",
    "nonnegative weak threshold": "-",
    "signed weak threshold": "--",
}
_TICKS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)


def draw_decoders(
    density: ArrayLike,
    trained: Mapping[str, ArrayLike],
    random: Mapping[str, ArrayLike],
    limits: Mapping[str, float],
    ax: Axes | None = None,
) -> Axes:
    """One quantity of every decoder against density, for trained weights and for random ones.

    Trained weights have open markers, random ones dashed lines without any.

    `trained` and `random` map the names of decoders to arrays of the shape of density; `limits`
    maps names to densities, drawn as vertical lines. The quantity on the y axis is the caller's.
    """
    ax = new_axes(ax)
    for name, y in random.items():
        ax.plot(density, y, "--", color=DECODER_STYLES[name][0], linewidth=1.0)
    for name, y in trained.items():
        color, marker = DECODER_STYLES[name]
        ax.plot(
            density, y, "-", color=color, marker=marker, markersize=6, markerfacecolor="none",
            linewidth=1.6, label=name,
        )  # fmt: skip
    for name, p in limits.items():
        ax.axvline(p, color="black", linewidth=1.0, linestyle=LIMIT_STYLES[name], zorder=0)
    ax.set(xlabel="density 1 − S")
    _log_axis(ax, density)
    return ax


def draw_reach(
    density: ArrayLike,
    ratio: ArrayLike,
    values: ArrayLike,
    ax: Axes | None = None,
    *,
    label: str,
) -> Axes:
    """A share between 0 and 1 over density and m/n, with the limits of recovery as curves.

    density (d,), ratio (s,), values (s, d); `label` names the share.
    """
    ax = new_axes(ax)
    p, r = np.asarray(density, np.float64), np.asarray(ratio, np.float64)
    shares = np.asarray(values, np.float64)
    if shares.shape != (len(r), len(p)):
        raise ValueError(
            f"expected values of shape {(len(r), len(p))} (m/n, density), got {shares.shape}"
        )
    edges = _edges(p), _edges(r)
    mesh = ax.pcolormesh(*edges, shares, cmap="cividis", vmin=0, vmax=1, rasterized=True)
    ax.set(yscale="log", xlabel="density 1 − S", ylabel="hidden dimensions per feature, m/n")
    _log_axis(ax, p)
    ax.set_yticks(r, [f"{value:g}" for value in r])
    ax.minorticks_off()
    line = np.geomspace(p.min() / 2, min(2 * p.max(), 1.0), 200)
    curves = {
        "information limit": line,
        "nonnegative weak threshold": weak_threshold(line),
        "signed weak threshold": weak_threshold(line, signed=True),
    }
    for name, curve in curves.items():
        ax.plot(line, curve, color="white", linewidth=3.0, linestyle="-", alpha=0.8)
        ax.plot(line, curve, color="black", linewidth=1.3, linestyle=LIMIT_STYLES[name], label=name)
    ax.set(xlim=sorted(edges[0][[0, -1]]), ylim=sorted(edges[1][[0, -1]]))
    ax.figure.colorbar(mesh, ax=ax, label=label)
    return ax


def _edges(values: Array) -> Array:
    """Of cells around values in order, half way between them in their logarithm."""
    logs = np.log(values)
    inner = (logs[1:] + logs[:-1]) / 2
    return np.exp(np.concatenate([[2 * logs[0] - inner[0]], inner, [2 * logs[-1] - inner[-1]]]))


def _log_axis(ax: Axes, density: ArrayLike) -> None:
    p = np.asarray(density, np.float64)
    ticks = [tick for tick in _TICKS if p.min() <= tick <= p.max()]
    ax.set_xscale("log")
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
