"""
Models learn optimal spherical codes
====================================

Beyond the paper: with as many equal features as the best known codes have points, training finds
those codes from random starts. They are those of Petersen, Clebsch, Schläfli (27 lines on a cubic),
Gosset (56), 40 points in ten dimensions, 64 in fourteen, and the 240 roots of E8.

**Trained:** every drawing but the last is of the weights of the best of a few random starts, over
the ideal shape, in its Coxeter plane; that of E8 is where a descent from its displaced roots ends.
**Exact:** at which densities random starts find nothing better than the code itself.
"""

import matplotlib.pyplot as plt
import numpy as np
from kept import kept

from geometry import identify, template
from geometry.draw_shape import draw_component
from theory import FeatureDistribution, expected_loss
from training import ReluOutputModel, fit, refine

# code: the density 1/(1 − S) that it is drawn at
CODES = {
    "rectified 5-cell": 100, "5-demicube": 100, "2_21": 100, "3_21": 100, "40-point code": 10,
    "64-point code": 100,
}  # fmt: skip
INVERSE = (3, 5, 10, 20, 50, 100, 300, 1000)
LARGEST = "64-point code"  # at fewer densities


def from_code(name, features):
    """Where a descent from the code itself ends, from the cheapest of some scales."""
    V = template(name).vertices
    starts = [(np.sqrt(1 + t) * V, np.full(len(V), -t)) for t in np.linspace(0, 1.2, 7)]
    return refine(*min(starts, key=lambda one: float(expected_loss(*one, features))), features)


def trained(name, inverse_densities, drawn_at, restarts):
    n, m = template(name).vertices.shape
    ratios, W = [], None
    for inverse in inverse_densities:
        features = FeatureDistribution(n, 1 / inverse)
        run = fit(ReluOutputModel(n, m), features, restarts=restarts)
        ratios.append(float(run.loss) / from_code(name, features)[2])
        if inverse == drawn_at:
            W = run.W
    return {"ratio": ratios, "W": W}


def descended(name, inverse_density, noise):
    V = template(name).vertices
    features = FeatureDistribution(len(V), 1 / inverse_density)
    _, _, best = from_code(name, features)
    start = 1.3 * V + noise * np.random.default_rng(0).standard_normal(V.shape)
    W, _, loss = refine(start, np.full(len(V), -0.7), features)
    return {"W": W.astype(np.float32), "ratio": loss / best}


inverses = {name: (10, 100, 1000) if name == LARGEST else INVERSE for name in CODES}
found = {
    name: kept(
        "optimal-codes",
        {"name": name, "inverse_densities": inverses[name], "drawn_at": drawn_at, "restarts": 4},
        trained,
    )
    for name, drawn_at in CODES.items()
}
found["4_21"] = kept(
    "optimal-codes", {"name": "4_21", "inverse_density": 10000, "noise": 0.05}, descended
)
weights = {name: one["W"].astype(np.float64) for name, one in found.items()}
verdicts = {name: identify(W) for name, W in weights.items()}

# %%
# Up to twenty features carry their numbers. They stand where the weights are, not the code.

figure, axes = plt.subplots(2, 4, figsize=(11, 6.4), layout="constrained")
axes.flat[-1].set_axis_off()
for ax, (name, W) in zip(axes.flat, weights.items(), strict=False):
    draw_component(W, verdicts[name].components[0], ax=ax)
    ax.set_title(f"{len(W)} in {W.shape[1]}: {verdicts[name].components[0].name}", pad=12)
figure.suptitle("Trained weights in the Coxeter planes of the shapes that they are named")

# %%
# A point at 1 is a density where the starts find the code, or nothing better; below 1 it is not the
# optimum. Dense inputs leave features out, so no code of all of them can be it. The code of 40
# points loses once more in between, around 1 / (1 − S) = 100, to a solution without a name.

figure, ax = plt.subplots(figsize=(9, 4.8), layout="constrained")
markers = "osD^vP"
shades = ("#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7", "#56B4E9")
for name, marker, shade in zip(CODES, markers, shades, strict=True):
    n, m = weights[name].shape
    ratio = np.minimum(found[name]["ratio"], 1)
    ax.plot(inverses[name], ratio, marker + "-", color=shade, markerfacecolor="none", markersize=7,
            linewidth=0.9, label=f"trained: {n} in {m}, {name}")  # fmt: skip
ax.axhline(1, color="black", linewidth=1, label="exact: the code itself", zorder=0)
ax.set(xscale="log", xlabel="1 / (1 − S)", ylabel="lowest loss found / loss of the code")
ax.set_xticks((3, 10, 30, 100, 300, 1000), ("3", "10", "30", "100", "300", "1000"))
ax.minorticks_off()
ax.legend(frameon=False)
ax.set_title("Where each code is the optimum")
for name in CODES:
    optimal = np.array(inverses[name])[found[name]["ratio"] > 1 - 1e-6]
    print(f"{name}: nothing better at 1/(1 − S) = {', '.join(map(str, optimal))}")
