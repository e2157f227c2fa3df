"""Pictures of a model feature by feature, in the order of importance: WᵀW, b and norms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from geometry.measures import superposition
from geometry.styles import new_axes
from geometry.weights import checked_weights

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Colormap


def draw_model(W: ArrayLike, b: ArrayLike, ax: Axes | None = None) -> Axes:
    """The interference W Wᵀ as a heat map from −1 to 1, and beside it a strip of b.

    Parameters
    ----------
    W : (n_features, n_hidden)
    b : (n_features,)
    ax : drawn into, by default a new one

    Reference: Elhage et al. 2022, section 3 (which writes WᵀW).
    """
    array = checked_weights(W, ndim=(2,))
    bias = np.asarray(b, dtype=float)
    n = len(array)
    if bias.shape != (n,):
        raise ValueError(f"expected b of shape ({n},), got {bias.shape}; one number per feature")
    ax = new_axes(ax)
    shown = {"cmap": "RdBu_r", "vmin": -1.0, "vmax": 1.0, "interpolation": "none"}
    ax.imshow(array @ array.T, **shown)
    beside = 1.5 + n / 20  # columns between the matrix and the strip
    width = max(1.0, n / 16)
    left = n - 0.5 + beside
    ax.imshow(bias[:, None], extent=(left, left + width, n - 0.5, -0.5), **shown)
    for start, size in ((-0.5, float(n)), (left, width)):
        corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]) * [size, n] + [start, -0.5]
        ax.plot(*corners.T, color="0.5", linewidth=0.6, clip_on=False)
    ax.set(xlim=(-0.5, left + width), ylim=(n - 0.5, -0.5), aspect="equal")
    ax.set_xticks([(n - 1) / 2, left + width / 2], ["$W^T W$", "b"])
    ax.set_yticks([])
    ax.tick_params(length=0)
    ax.set_ylabel("feature")
    for side in ax.spines.values():
        side.set_visible(False)
    return ax


def draw_norms(W: ArrayLike, ax: Axes | None = None) -> Axes:
    """The norm of every feature as a bar, its colour the superposition Σ_{j≠i} (Ŵ_i · W_j)².

    Parameters
    ----------
    W : (n_features, n_hidden)
    ax : drawn into, by default a new one

    Colours run from blue at 0 to orange at 1 and above, see `superposition_scale`.

    Reference: Elhage et al. 2022, section 3.
    """
    array = checked_weights(W, ndim=(2,))
    ax = new_axes(ax)
    shades = _colours()(np.clip(superposition(array), 0, 1))
    ax.barh(np.arange(len(array)), np.linalg.norm(array, axis=1), color=shades, height=0.8)
    ax.axvline(1, color="0.6", linewidth=0.7, linestyle=":", zorder=0)
    ax.set(ylim=(len(array) - 0.5, -0.5), xlim=(0, 1.3), yticks=[], xticks=[0, 1])
    ax.set(xlabel="$\\|W_i\\|$", ylabel="feature")
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    return ax


def superposition_scale() -> ScalarMappable:
    """What a figure's colorbar is made of: the colours of `draw_norms`, from 0 to 1."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    return ScalarMappable(Normalize(0, 1), _colours())


def _colours() -> Colormap:
    from matplotlib.colors import LinearSegmentedColormap

    # Okabe and Ito 2008: blue and orange, told apart with every kind of colour vision
    return LinearSegmentedColormap.from_list("superposition", ["#0072B2", "#E69F00"])
