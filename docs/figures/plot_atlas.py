"""
Which polytope at which density
===============================

Beyond the paper, whose section 5 names a few polytopes: the gain per hidden dimension of every
shape of the catalogue at every density, which of them is best, and what training reaches.

**Exact:** the winners and where they tie, from digons to codes of hundreds of features.
**Trained:** winners of up to six dimensions, each with just its features and dimensions: what is
learned is that shape, to 1e-4 of its gain. And 400 features in 30 dimensions, one fit each: 92 to
100 % of the best pure shape's gain, least where triangles give way to digons.
"""

import json

import matplotlib.pyplot as plt
import numpy as np
from kept import DATA, kept
from scipy.optimize import isotonic_regression

from geometry import identify
from theory import FeatureDistribution, ideal
from training import ReluOutputModel, fit

# written by `python -m tests.benchmarks.transitions --write` and `tests.benchmarks.large_n --write`
(path,) = (DATA.parents[1] / "data").glob("atlas-*.json")
winners = json.loads(path.read_text(encoding="utf-8"))["rows"]
rows = json.loads((DATA.parents[1] / "data" / "large-n.json").read_text(encoding="utf-8"))
rows = rows["tables"]["Trained and predicted"]
many = np.array([float(row["1/(1−S)"]) for row in rows])
reached = np.array([float(row["gain"]) for row in rows])


def gains(names, inverse_densities):
    solutions = (ideal(name, 1 / x) for name, x in zip(names, inverse_densities, strict=True))
    return {"gain": [solution.gain_per_dimension for solution in solutions]}


def shapes(names, sizes, inverse_densities, restarts, seed):
    """Models with just the room of a shape, in the middle of where it wins."""
    found, gain = [], []
    for (n, m), x in zip(sizes, inverse_densities, strict=True):
        features = FeatureDistribution(n, 1 / x)
        run = fit(ReluOutputModel(n, m), features, restarts=restarts, seed=seed)
        at_stake = float(features.variance[0])
        gain.append((n * at_stake - float(run.loss)) / at_stake / m)
        found.append(identify(run.W).summary())
    return {"gain": gain, "found": found}


def points(one):
    """Where a winner's gain is looked at: evenly, and where the many features were trained."""
    begin, end = one["from"], one["to"]
    evenly = np.geomspace(begin, end, 4 if end < 49 else 9).round(6)
    return sorted({*evenly.tolist(), *many[(many > begin) & (many < end)].tolist()})


names = [one["name"] for one in winners]
x = [points(one) for one in winners]
flat = {"names": np.repeat(names, [len(some) for some in x]).tolist(),
        "inverse_densities": np.concatenate(x).tolist()}  # fmt: skip
gain = dict(zip(flat["inverse_densities"], kept("atlas-gains", flat, gains)["gain"], strict=True))
small = [k for k, one in enumerate(winners) if one["dimension"] <= 6]
middle = [round(float(np.sqrt(winners[k]["from"] * winners[k]["to"])), 6) for k in small]
alone = kept(
    "atlas-shapes",
    {"names": [names[k] for k in small], "inverse_densities": middle, "restarts": 16, "seed": 0,
     "sizes": [[winners[k]["features"], winners[k]["dimension"]] for k in small]},
    shapes,
)  # fmt: skip

predicted = np.array([winners[k]["gain_at_middle"] for k in small])

# %%
# The best shape at each density, by colour and name; every change is a transition of first order.

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
GAP = 0.05  # between names, of the width
figure, ax = plt.subplots(figsize=(11, 6.4), layout="constrained")
wish = np.array([np.log(some[0] * some[-1]) / 2 / np.log(1000) for some in x])
steps = GAP * np.arange(len(x))
places = np.clip(isotonic_regression(wish - steps).x, 0, 0.98 - steps[-1]) + steps
for k, (name, some) in enumerate(zip(names, x, strict=True)):
    colour = COLOURS[k % len(COLOURS)]
    ax.plot(some, [gain[at] for at in some], color=colour, linewidth=3)
    ax.axvline(some[0], color="0.8", linewidth=0.6, zorder=0)
    ax.plot([wish[k], places[k]], [1, 1.09], color=colour, linewidth=0.8, clip_on=False,
            transform=ax.transAxes)  # fmt: skip
    ax.text(places[k], 1.1, name, rotation=60, rotation_mode="anchor", fontsize=9,
            transform=ax.transAxes)  # fmt: skip
ax.plot([], [], color=COLOURS[0], linewidth=3, label="exact: the best shape")
ax.plot(many, reached, "o", color="black", markersize=6, markerfacecolor="none",
        label="trained: n = 400, m = 30")  # fmt: skip
ax.plot(middle, alone["gain"], "D", color="black", markersize=8, markerfacecolor="none",
        label="trained: one shape alone")  # fmt: skip
ax.set(xscale="log", yscale="log", xlim=(1, 1000), ylim=(0.95, 25), xlabel="1 / (1 − S)",
       ylabel="gain per hidden dimension")  # fmt: skip
ax.set_xticks((1, 2, 5, 10, 20, 50, 100, 200, 500, 1000),
              ("1", "2", "5", "10", "20", "50", "100", "200", "500", "1000"))  # fmt: skip
ax.set_yticks((1, 2, 5, 10, 20), ("1", "2", "5", "10", "20"))
ax.minorticks_off()
ax.legend(frameon=False, loc="lower right")

# %%
# Trained, relative to the best pure shape.

covered = np.array([at in gain for at in many])
ratio = reached[covered] / [gain[at] for at in many[covered]]
figure, ax = plt.subplots(figsize=(9, 3.6), layout="constrained")
ax.axhline(1, color="#0072B2", label="exact: the best shape")
ax.plot(many[covered], ratio, "o-", color="#D55E00", markerfacecolor="none", linewidth=0.8,
        label="trained: n = 400, m = 30")  # fmt: skip
ax.plot(middle, alone["gain"] / predicted, "D", color="#009E73", markerfacecolor="none",
        label="trained: one shape alone")  # fmt: skip
ax.set(xscale="log", xlabel="1 / (1 − S)", ylabel="gain / that of the best shape",
       title="Trained against the atlas")  # fmt: skip
ax.set_xticks((1, 2, 5, 10, 20, 50), ("1", "2", "5", "10", "20", "50"))
ax.minorticks_off()
ax.legend(frameon=False)

# %%

for k, at, found, share in zip(
    small, middle, alone["found"], alone["gain"] / predicted, strict=True
):
    print(f"{names[k]} at 1/(1 − S) = {at:.3f}: {found}, {share:.6f} of its gain")
print(f"n = 400, m = 30: {ratio.min():.3f} to {ratio.max():.3f} of the best shape's gain")
