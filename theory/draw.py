"""Pictures of phase diagrams."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theory.features import Array
from theory.phases import PHASES, superposition_boundary

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito 2008: grey, blue and vermilion are told apart with every kind of colour vision
PHASE_COLORS = {
    "not represented": (0.86, 0.86, 0.86),
    "dedicated": (0.0, 0.447, 0.698),
    "superposition": (0.835, 0.369, 0.0),
}


def draw_phases(
    density: ArrayLike,
    relative_importance: ArrayLike,
    phase: NDArray[np.intp],
    ax: Axes | None = None,
) -> Axes:
    """The cheapest candidate at each point of a phase diagram, by colour.

    density (p,) and relative_importance (r,), both evenly spaced in their logarithm; phase (p, r)
    indexes theory.PHASES. The colours are the corners of those of `draw_trained_phases`.
    """
    colors = np.array([PHASE_COLORS[name] for name in PHASES])
    ax = _map(density, relative_importance, colors[phase], ax)
    _legend(ax)
    return ax


def draw_trained_phases(
    density: ArrayLike,
    relative_importance: ArrayLike,
    norm: Array,
    superposition: Array,
    ax: Axes | None = None,
    *,
    boundary: bool = True,
) -> Axes:
    """What trained models do with the extra feature, as a two-dimensional colour map.

    norm ‖W_2‖ and superposition Σ_j (Ŵ_2 · W_j)², both (p, r) and clipped to [0, 1]: grey where
    the feature is ignored, blue where it has a dimension to itself, vermilion in superposition.
    `boundary` adds the closed-form lines.
    """
    grey, blue, red = (np.array(PHASE_COLORS[name]) for name in PHASES)
    share = np.clip(superposition, 0, 1)[..., None]
    strength = np.clip(norm, 0, 1)[..., None]
    colors = (1 - strength) * grey + strength * ((1 - share) * blue + share * red)
    ax = _map(density, relative_importance, colors, ax)
    if boundary:
        r = np.asarray(relative_importance, np.float64)
        line = np.geomspace(r.min(), r.max(), 400)
        ax.plot(line, superposition_boundary(line), color="black", linewidth=1.2)
        ax.plot([1, 1], [4 / 7, 1], color="black", linewidth=1.2)
    _legend(ax)
    return ax


def _map(
    density: ArrayLike, relative_importance: ArrayLike, colors: Array, ax: Axes | None
) -> Axes:
    if ax is None:
        import matplotlib.pyplot as plt

        ax = plt.figure(layout="constrained").add_subplot()
    p, r = np.asarray(density, np.float64), np.asarray(relative_importance, np.float64)
    if colors.shape[:2] != (len(p), len(r)):
        raise ValueError(
            f"expected fields of shape {(len(p), len(r))} (density, importance), "
            f"got {colors.shape[:2]}"
        )
    ax.pcolormesh(r, p, colors, shading="nearest", rasterized=True)
    ax.set(xscale="log", yscale="log", xlim=(r.min(), r.max()), ylim=(p.min(), p.max()))
    ax.set(xlabel="relative importance of the extra feature", ylabel="density 1 − S")
    return ax


def _legend(ax: Axes) -> None:
    from matplotlib.patches import Patch

    handles = [Patch(facecolor=PHASE_COLORS[name], edgecolor="0.4", label=name) for name in PHASES]
    ax.legend(
        handles=handles,
        loc="upper center",
        bbox_to_anchor=(0.5, -0.16),
        ncols=3,
        frameon=False,
        handlelength=1.2,
    )
