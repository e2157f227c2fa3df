"""Pictures of phase diagrams."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theory.features import Array
from theory.phases.candidates import (
    PHASES,
    THREE_FEATURE_PHASES,
    superposition_boundary,
    three_feature_boundary,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from theory.phases.optimal_phases import OptimalPhases

# Okabe and Ito 2008: these are told apart with every kind of colour vision
PHASE_COLORS = {
    "not represented": (0.81, 0.84, 0.93),  # no grey: those turn over on dark pages
    "dedicated": (0.0, 0.447, 0.698),
    "superposition": (0.835, 0.369, 0.0),
    "others in superposition": (0.337, 0.706, 0.914),
}


def draw_phases(
    density: ArrayLike,
    relative_importance: ArrayLike,
    phase: NDArray[np.intp],
    ax: Axes | None = None,
) -> Axes:
    """The cheapest candidate at each point of a phase diagram, by colour.

    density (p,) and relative_importance (r,), both evenly spaced in their logarithm; phase (p, r)
    indexes theory.THREE_FEATURE_PHASES, whose first three are theory.PHASES. The colours of those
    are the corners of the map of `draw_trained_phases`.
    """
    colors = np.array([PHASE_COLORS[name] for name in THREE_FEATURE_PHASES])
    ax = _map(density, relative_importance, colors[phase], ax)
    _legend(ax, THREE_FEATURE_PHASES if (phase >= len(PHASES)).any() else PHASES)
    return ax


def draw_trained_phases(
    density: ArrayLike,
    relative_importance: ArrayLike,
    norm: Array,
    superposition: Array,
    ax: Axes | None = None,
    *,
    n_hidden: int = 1,
    boundary: bool = True,
) -> Axes:
    """What trained models do with the extra feature, as a two-dimensional colour map.

    norm ‖W_i‖ and superposition Σ_j (Ŵ_i · W_j)² of the extra feature, both (p, r) and clipped to
    [0, 1]: grey where the feature is ignored, blue where it has a dimension to itself, vermilion
    in superposition. `boundary` adds the lines between the closed forms, for n_hidden 1 or 2.
    """
    ax = _map(density, relative_importance, _mixed(norm, superposition), ax)
    if boundary:
        r = np.asarray(relative_importance, np.float64)
        line = np.geomspace(r.min(), r.max(), 400)
        crude = superposition_boundary if n_hidden == 1 else three_feature_boundary
        ax.plot(line, crude(line), color="black", linewidth=1.2)
        ax.plot([1, 1], [4 / 7 if n_hidden == 1 else 0, 1], color="black", linewidth=1.2)
    _legend(ax, PHASES)
    return ax


def draw_optimal_phases(grid: OptimalPhases, ax: Axes | None = None) -> Axes:
    """The exactly optimised ground state, its transitions, and where other minima survive.

    Colours as in `draw_trained_phases`; black dots are transitions of first order, white ones
    continuous; hatched is where a metastable state exists beside the ground state.
    """
    p, r = grid.density, grid.relative_importance
    ax = _map(p, r, _mixed(grid.norm, grid.superposition), ax)
    hatched = ax.contourf(r, p, grid.minima, levels=[1.5, 99.5], colors="none", hatches=["////"])
    hatched.set(edgecolor=(0, 0, 0, 0.4), linewidth=0)
    for points, face, rim, label in (
        (grid.first_order, "black", "white", "first order"),
        (grid.continuous, "white", "black", "continuous"),
    ):
        ax.scatter(
            points[:, 1], points[:, 0], s=16, color=face, edgecolors=rim, linewidths=0.8,
            label=label, zorder=3,
        )  # fmt: skip
    _legend(ax, PHASES, hatched="metastable states")
    return ax


def _mixed(norm: Array, superposition: Array) -> Array:
    """Colours between those of the phases, by norm and superposition."""
    grey, blue, red = (np.array(PHASE_COLORS[name]) for name in PHASES)
    share = np.clip(superposition, 0, 1)[..., None]
    strength = np.clip(norm, 0, 1)[..., None]
    return (1 - strength) * grey + strength * ((1 - share) * blue + share * red)


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


def _legend(ax: Axes, names: Sequence[str], hatched: str | None = None) -> None:
    from matplotlib.patches import Patch

    handles = [Patch(facecolor=PHASE_COLORS[name], edgecolor="0.4", label=name) for name in names]
    if hatched:
        pale = PHASE_COLORS["not represented"]
        handles.append(Patch(facecolor=pale, edgecolor="0.4", hatch="////", label=hatched))
    points, _ = ax.get_legend_handles_labels()
    ax.legend(
        handles=[*handles, *points],
        loc="upper center",
        bbox_to_anchor=(0.5, -0.16),
        ncols=3,
        frameon=False,
        handlelength=1.2,
    )
