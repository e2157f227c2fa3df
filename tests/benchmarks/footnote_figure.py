"""The figure of the page of footnotes: six measured curves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from theory import FeatureDistribution, excess_kurtosis

Data = dict[str, Any]
# Okabe and Ito 2008
COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00")


def draw(data: Data, path: Path) -> None:
    """Six panels, a footnote each, as a PNG."""
    figure, axes = plt.subplots(2, 3, figsize=(12, 7), layout="constrained")
    first = (draw_widening, draw_truncation, draw_neurons)
    second = (draw_dictionaries, draw_l1, draw_kurtosis)
    for panel, ax in zip(first + second, axes.flat, strict=True):
        panel(data, ax)
        ax.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=110, metadata={"Software": None})
    plt.close(figure)


def draw_widening(data: Data, ax: Axes) -> None:
    part = data["widening"]
    for k, (p, color) in enumerate(zip(part["densities"], COLORS, strict=False)):
        ax.plot(part["widths"], [row[k] for row in part["predicted"]], color=color, lw=1)
        ax.plot(part["widths"], [row[k] for row in part["dedicated"]], "o", color=color, label=p)
    ax.set(title="footnote 3", xlabel="hidden dimensions m", ylabel="dedicated features")
    ax.legend(title="1 − S; line: closed form", frameon=False)


def draw_truncation(data: Data, ax: Axes) -> None:
    part = data["truncation"]
    for k, (p, color) in enumerate(zip(part["densities"], COLORS, strict=False)):
        excess = np.maximum([row[k] for row in part["excess"]], 1e-8)
        ax.semilogy(part["sizes"], excess, "o-", color=color, label=p, ms=4)
    ax.set(title="footnote 7", xlabel="features kept n", ylabel="loss over the least, relative")
    ax.legend(title="1 − S", frameon=False)


def draw_dictionaries(data: Data, ax: Axes) -> None:
    part = data["dictionaries"]
    for a, (atoms, color) in enumerate(zip(part["atoms"], COLORS, strict=False)):
        score = [row[a] for row in part["score"]]
        ax.semilogx(part["densities"], score, "o-", color=color, label=f"{atoms} atoms")
        ax.axhline(part["guessed"][a], color=color, ls=":", lw=1)
    ax.set(title="footnote 20", xlabel="density 1 − S", ylabel="mean largest cosine")
    ax.set_ylim(0.4, 1.02)
    ax.legend(title="20 features; dotted: guessed", frameon=False, loc="lower left")


def draw_l1(data: Data, ax: Axes) -> None:
    part = data["l1"]
    strength = np.array(part["l1"][1:])
    for name, color, power in (("superposition", COLORS[0], 1), ("loss", COLORS[1], 2)):
        values = np.array(part[name])
        change = np.abs(values[1:] / values[0] - 1)
        ax.loglog(strength, change, "o", color=color, ms=4, label=f"{name}, line: slope {power}")
        ax.loglog(strength, change[4] * (strength / strength[4]) ** power, color=color, lw=1)
    ax.set(title="footnote 21", xlabel="λ of L1", ylabel="relative change", ylim=(1e-8, 20))
    ax.legend(frameon=False)


def draw_kurtosis(data: Data, ax: Axes) -> None:
    density = np.geomspace(0.008, 0.6, 60)
    single = [excess_kurtosis([[1.0]], FeatureDistribution(1, p))[0] for p in density]
    ax.loglog(density, single, color="0.3", lw=1, label="one feature")
    trained = data["trained"]
    at = [row["density"] for row in trained]
    for name, label, color in (
        ("of_readouts", "along a feature", COLORS[0]),
        ("of_dimensions", "along a hidden dimension", COLORS[1]),
    ):
        ax.loglog(at, [row[name] for row in trained], "o-", color=color, label=label)
    ax.set(title="footnote 22", xlabel="density 1 − S", ylabel="excess kurtosis")
    ax.legend(frameon=False)


def draw_neurons(data: Data, ax: Axes) -> None:
    part = data["neurons"]
    ax.plot([row["neurons"] for row in part], [row["share"] for row in part], "o-", color=COLORS[0])
    ax.set(title="footnote 16", xlabel="neurons for |x| of three features", ylim=(-0.03, 1.03))
    ax.set_ylabel("share of starts that learn it")
