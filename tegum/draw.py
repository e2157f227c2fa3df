"""The demo's figures: one function per study."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geometry.draw import draw_dimensionalities, draw_features, draw_interference_graph
from theory.phases.draw import draw_phases, draw_trained_phases

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from tegum.studies.introduction import Introduction
    from tegum.studies.phase_diagram import PhaseDiagram
    from tegum.studies.uniform import Uniform

GRAPH_AT = (1.3, 2.5, 4.5)


def draw_introduction(study: Introduction) -> Figure:
    """Three panels: the features as arms, coloured by importance, the first pointing up."""
    figure, axes = _figure(1, 3, (11, 4.4))
    for ax, sparsity, W, verdict in zip(
        axes[0], study.sparsities, study.run.W, study.verdicts, strict=True
    ):
        draw_features(_upright(W), ax=ax)
        ax.set_title(f"{sparsity:.0%} sparse\n{verdict.summary()}", fontsize=11)
    figure.suptitle("Five features in two dimensions; yellow is the most important")
    return figure


def draw_uniform(study: Uniform) -> Figure:
    """Feature dimensionalities with the names found, over the line of D*."""
    figure, axes = _figure(1, 1, (11, 6.2))
    ax = axes[0, 0]
    ax.plot(
        study.inverse_density, study.dimensions_per_feature,
        color="0.35", linewidth=1.2, linestyle=":", zorder=2,
    )  # fmt: skip
    ax.annotate(
        "$D^* = m / \\|W\\|_F^2$",
        (1.45, np.interp(1.45, study.inverse_density, study.dimensions_per_feature)),
        xytext=(8, 4),
        textcoords="offset points",
        color="0.25",
    )
    draw_dimensionalities(study.inverse_density, study.dimensionalities, study.verdicts, ax=ax)
    ticks = [1, 1.5, 2, 3, 4.5, 7, 12, 20]
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
    n, m = study.run.model.n_features, study.run.model.n_hidden
    ax.set_title(f"What {n} equal features in {m} dimensions become as they grow sparse")
    return figure


def draw_graphs(study: Uniform) -> Figure:
    """Interference graphs of three of the models."""
    figure, axes = _figure(1, len(GRAPH_AT), (13, 5.4))
    handles = {}
    for ax, inverse in zip(axes[0], GRAPH_AT, strict=True):
        k = int(np.argmin(np.abs(study.inverse_density - inverse)))
        verdict = study.verdicts[k]
        draw_interference_graph(study.run.W[k], verdict, ax=ax)
        legend = ax.get_legend()
        for handle, label in zip(*ax.get_legend_handles_labels(), strict=True):
            handles.setdefault(label.split(" × ")[0], handle)
        legend.remove()
        named = verdict.summary().replace(", ", "\n", 1)
        ax.set(anchor="N", xlabel="", title=f"1 / (1 − S) = {inverse:g}\n{named}")
    names = sorted(handles, key=lambda name: (name == "not represented", name == "unknown"))
    figure.legend(
        [handles[name] for name in names],
        names,
        loc="outside lower center",
        ncols=6,
        frameon=False,
    )
    figure.suptitle("One circle per component; edges are interference $|W_i \\cdot W_j|$")
    return figure


def draw_phase_diagram(study: PhaseDiagram) -> Figure:
    """Theory beside training."""
    figure, axes = _figure(1, 2, (11, 5.2))
    grid = (study.density, study.relative_importance)
    draw_phases(*grid, study.predicted, ax=axes[0, 0])
    axes[0, 0].set_title("theory: the cheapest of three closed forms")
    draw_trained_phases(*grid, study.norm, study.superposition, ax=axes[0, 1])
    axes[0, 1].set_title("trained: the best of several starts at each point")
    return figure


def _upright(W: np.ndarray) -> np.ndarray:
    """The same solution turned so that its first feature points up."""
    x, y = W[0] / np.linalg.norm(W[0])
    return W @ np.array([[y, x], [-x, y]])


def _figure(rows: int, columns: int, size: tuple[float, float]) -> tuple[Figure, np.ndarray]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False)
