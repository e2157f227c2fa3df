"""
Dimensions per feature are sticky at 1 and at 1/2
=================================================

Section 5.1 of the paper: D* = m / ‖W‖²_F of n = 400 equal features in m = 30 dimensions, against
1 / (1 − S). The curve is sticky at 1 and, over a wide range, at 1/2, where features are antipodal
pairs; twice the dimensions represent twice the features, and n does not matter.

**Exact:** the cheapest packing of these 400 features into 30 dimensions by shapes of the catalogue,
a bound on the optimum. **Trained:** one descent of the exact loss per density. **Off:** the plateau
at 1 is where training stays, not the optimum: packings save up to 4.8 % more there, and D* of the
best one falls from the start. From 1 / (1 − S) = 1.6 to 4.3 that is thirty pairs; sparser than 16
training is better than any packing, by up to 4.3 %.
"""

import matplotlib.pyplot as plt
import numpy as np
from kept import kept

from geometry import dimensionality
from tegum.studies.dimensions_per_feature import (
    dimensions_per_feature,
    shape_dimensions_per_feature,
)
from theory import FeatureDistribution, best_packing, ideal

INVERSE = np.geomspace(1, 50, 25).round(3)


def trained(n_features, n_hidden, inverse_densities, seed):
    study = dimensions_per_feature(
        n_features=n_features, n_hidden=n_hidden, inverse_densities=inverse_densities, seed=seed
    )
    limits = [(one.dimensions_per_feature, one.gain_per_dimension) if one else (np.nan,) * 2
              for one in study.limits]  # fmt: skip
    return {
        "inverse": study.inverse_density,
        "D*": study.dimensions_per_feature,
        "gain": study.gain_per_dimension,
        "D": dimensionality(study.run.W).astype("f4"),
        "norm": np.linalg.norm(study.run.W, axis=-1).astype("f4"),
        "mean_field": np.array(limits),
    }


def packed(n_features, n_hidden, inverse_densities):
    found = [
        best_packing(FeatureDistribution(n_features, 1 / x), n_hidden) for x in inverse_densities
    ]
    return {
        "D*": [n_hidden / (one.W**2).sum() for one in found],
        "gain": [one.gain_per_dimension for one in found],
        "mixture": [one.summary() for one in found],
    }


SIZES = ((400, 30), (400, 15), (200, 30))
models = {
    (n, m): kept(
        "dimensions-per-feature",
        {"n_features": n, "n_hidden": m, "inverse_densities": INVERSE.tolist(), "seed": 0},
        trained,
    )
    for n, m in SIZES
}
packing = kept(
    "packed-features",
    {"n_features": 400, "n_hidden": 30, "inverse_densities": INVERSE[1:].tolist()},
    packed,
)
large = models[400, 30]
pair = [shape_dimensions_per_feature(ideal("digon", 1 / x)) for x in INVERSE[1:]]


def plateau(level, within):
    """From where to where in 1 / (1 − S) the trained D* is at a level."""
    at = INVERSE[np.abs(large["D*"] - level) < within]
    return float(at.min()), float(at.max())


plateaus = {1: plateau(1, 0.05), 0.5: plateau(0.5, 0.05)}

# %%
# The paper's curve and what it could be. Bands: where the trained D* is within .05 of 1 and of 1/2.
# The pairs' own curve is not flat either; its features are longer than 1 where they are sparse.

BLUE, ORANGE, GREEN = "#0072B2", "#D55E00", "#009E73"


def density_axis(ax):
    ax.set(xscale="log", xlabel="1 / (1 − S)")
    ticks = [1, 1.5, 2, 3, 5, 10, 20, 50]
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()


figure, ax = plt.subplots(figsize=(10, 5.6), layout="constrained")
for level, ends in plateaus.items():
    ax.axvspan(*ends, color=ORANGE, alpha=0.12, linewidth=0)
    ax.axhline(level, color="0.5", linewidth=0.8, linestyle=":")
ax.plot(INVERSE[1:], packing["D*"], color=BLUE, drawstyle="steps-mid", label="exact: best packing")
ax.plot(INVERSE[1:], pair, color=GREEN, linewidth=1, label="exact: pairs alone")
ax.plot(INVERSE, large["mean_field"][:, 0], color="#CC79A7",
        label="limit of n and m → ∞: codes without structure")  # fmt: skip
ax.plot(
    INVERSE, large["D*"], "o", color=ORANGE, markerfacecolor="none", markersize=6, label="trained"
)
density_axis(ax)
ax.set(ylabel="dimensions per feature, $D^* = m / \\|W\\|_F^2$", ylim=(0, 1.06),
       title="400 equal features in 30 dimensions")  # fmt: skip
ax.legend(frameon=False)

# %%
# Left, the features that are learned, ‖W‖²_F, per dimension, at three sizes: one curve until 200
# features in 30 dimensions run out. How sticky 1 is hangs on chance: in 15 dimensions one descent
# is still there at 2.66. Right, the variance that is saved: on the plateau at 1 training saves what
# 30 features alone do, and less than the packing.

figure, (left, right) = plt.subplots(1, 2, figsize=(12, 4.8), layout="constrained")
for ((n, m), model), (colour, marker) in zip(
    models.items(), ((ORANGE, "o"), (BLUE, "s"), (GREEN, "^")), strict=True
):
    left.plot(
        INVERSE,
        1 / model["D*"],
        marker,
        color=colour,
        markerfacecolor="none",
        label=f"n = {n}, m = {m}",
    )
density_axis(left)
left.set(yscale="log", ylabel="features learned per dimension, $\\|W\\|_F^2 / m$",
         title="Twice the dimensions, twice the features")  # fmt: skip
left.set_yticks([1, 2, 5, 10], ["1", "2", "5", "10"])
left.legend(frameon=False)
right.plot(INVERSE[1:], packing["gain"] / large["gain"][1:], color=BLUE, label="best packing")
right.plot(INVERSE, large["mean_field"][:, 1] / large["gain"], color="#CC79A7",
           label="codes without structure")  # fmt: skip
right.axhline(1, color=ORANGE, label="trained")
density_axis(right)
right.set(ylabel="variance saved / that of training", ylim=(0.75, 1.12),
          title="What the exact codes save")  # fmt: skip
right.legend(frameon=False)

# %%
# Every D_i of these models, of features longer than 1/2: the paper's figure of section 5.2 at its
# own size. Lines at 3/4, 2/3, 1/2, 2/5 and 3/8; at 2.26 all 60 features are at 1/2. Where D* is 1
# hardly any feature is that long: all 400 have some small share of the dimensions.

figure, ax = plt.subplots(figsize=(10, 5), layout="constrained")
for fraction, name in (
    (3 / 4, "3/4"),
    (2 / 3, "2/3"),
    (1 / 2, "1/2"),
    (2 / 5, "2/5"),
    (3 / 8, "3/8"),
):
    ax.axhline(fraction, color="0.6", linewidth=0.8)
    ax.annotate(name, (52, fraction), va="center", fontsize=8)
spread = np.exp(0.05 * ((np.arange(400) * 0.6180339887) % 1 - 0.5))
for x, D, norm in zip(INVERSE, large["D"], large["norm"], strict=True):
    long = norm > 0.5
    ax.plot(x * spread[long], D[long], ".", color=BLUE, markersize=3, alpha=0.6)
ax.plot(INVERSE, large["D*"], color=ORANGE, linewidth=1.2, label="D*")
density_axis(ax)
ax.set(ylabel="feature dimensionality $D_i$", ylim=(0, 1.03), title="Where the features are")
ax.legend(frameon=False)

# %%
# The plateaus, the packings, and how much more they save.

for level, (first, last) in plateaus.items():
    print(f"D* within .05 of {level}: 1/(1 − S) from {first:.2f} to {last:.2f}")
for x, D, gain, mixture, of_packing, saved in zip(
    INVERSE[1:], large["D*"][1:], large["gain"][1:], packing["mixture"], packing["D*"],
    packing["gain"], strict=True,
):  # fmt: skip
    print(f"1/(1 − S) = {x:5.2f}: D* {D:.3f}, packing {of_packing:.3f}, saves "
          f"{saved / gain - 1:+.1%}: {mixture}")  # fmt: skip
