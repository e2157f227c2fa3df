"""Pictures of the weights of a privileged basis, neuron by neuron."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from geometry.styles import new_axes
from geometry.weights import checked_weights

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LEAST = 0.01  # of the largest weight: thinner rectangles are not drawn


def draw_neurons(W: ArrayLike, ax: Axes | None = None) -> Axes:
    """The weights as a heat map, features down and neurons across, darkest at 1 and beyond.

    Parameters
    ----------
    W : (n_features, n_hidden)
    ax : drawn into, by default a new one

    Reference: Elhage et al. 2022, section 9.
    """
    array = checked_weights(W, ndim=(2,))
    ax = new_axes(ax)
    ax.imshow(array, cmap="RdBu_r", vmin=-1.0, vmax=1.0, interpolation="none")
    ax.set(xlabel="neuron", ylabel="feature", xticks=[], yticks=[])
    return ax


def draw_stacks(
    W: ArrayLike, *, colors: Sequence[Any] | None = None, ax: Axes | None = None
) -> Axes:
    """One column per neuron, of one rectangle per feature as high as its weight.

    Parameters
    ----------
    W : (n_features, n_hidden)
    colors : of the features; by default from yellow, the first, to violet
    ax : drawn into, by default a new one

    Negative weights go down from the axis, the most important feature is next to it.

    Reference: Elhage et al. 2022, sections 9 and 10 (the stack plots).
    """
    array = checked_weights(W, ndim=(2,))
    n, m = array.shape
    shades = _by_importance(n) if colors is None else list(colors)
    if len(shades) != n:
        raise ValueError(f"expected one colour per feature, got {len(shades)} for {n} features")
    ax = new_axes(ax)
    least = _LEAST * np.abs(array).max(initial=0)
    for sign in (1, -1):
        heights = np.maximum(sign * array, 0)
        bottoms = sign * (np.cumsum(heights, axis=0) - heights)
        for i, color in enumerate(shades):
            drawn = np.flatnonzero(heights[i] > least)
            ax.bar(
                drawn, sign * heights[i, drawn], 0.8, bottoms[i, drawn],
                color=color, edgecolor="white", linewidth=0.3,
            )  # fmt: skip
    ax.axhline(0, color="0.3", linewidth=0.8)
    ax.set(xlim=(-0.6, m - 0.4), xticks=[], xlabel="neuron", ylabel="weights")
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    return ax


def _by_importance(n: int) -> list[Any]:
    import matplotlib

    return list(matplotlib.colormaps["viridis"](np.linspace(1, 0, n)))
