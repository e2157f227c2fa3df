"""
Where single training runs end
==============================

Beyond the paper, which keeps the best of many runs where models are small: how far single runs of
the authors' loop (AdamW, batches of 1024, 10000 steps) end above the global optimum. Six features
in two dimensions at 1 − S = .03, and five at 1 − S = .05.

**Trained:** one run per dot, with its exact loss. **Exact:** the optimum, lowest of many descents.
At six in two only three runs of forty find the hexagon; the others leave a feature out.
"""

import matplotlib.pyplot as plt
import numpy as np
from kept import kept

from geometry import identify
from theory import FeatureDistribution
from training import ReluOutputModel, fit

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7", "#56B4E9")


def ends(n_features, n_hidden, density, runs):
    features = FeatureDistribution(n_features, density)
    model = ReluOutputModel(n_features, n_hidden)
    single = [fit(model, features, method="sampled", restarts=1, seed=seed) for seed in range(runs)]
    best = fit(model, features, restarts=64)
    return {
        "loss": [float(run.loss) for run in single],
        "W": np.stack([run.W for run in single]),
        "optimum": best.loss,
        "optimum_W": best.W,
    }


sizes = ((6, 2, 0.03), (5, 2, 0.05))
cases = []
for n, m, p in sizes:
    config = {"n_features": n, "n_hidden": m, "density": p, "runs": 40}
    cases.append(kept("stochastic-runs", config, ends))

# %%
# Each dot is a run, in order of its loss, named by `geometry.identify`.

names = [[identify(W).summary() for W in case["W"]] for case in cases]
optima = [identify(case["optimum_W"]).summary() for case in cases]
excess = [np.sort(case["loss"]) / float(case["optimum"]) - 1 for case in cases]
figure, axes = plt.subplots(1, 2, figsize=(11, 4.4), layout="constrained")
for ax, (n, m, p), case, named, optimum in zip(axes, sizes, cases, names, optima, strict=True):
    order = np.argsort(case["loss"])
    ratio = case["loss"][order] / float(case["optimum"])
    kinds = sorted(set(named), key=lambda name: np.mean(ratio[np.array(named)[order] == name]))
    for name, colour in zip(kinds, COLOURS, strict=False):
        here = np.flatnonzero(np.array(named)[order] == name)
        ax.plot(here, ratio[here], "o", color=colour, markersize=6, markerfacecolor="none",
                label=f"trained: {name}, {len(here)} runs")  # fmt: skip
    ax.axhline(1, color="black", linewidth=1, label=f"exact: {optimum}", zorder=0)
    ax.set(xlabel="run, in order of its loss", ylabel="exact loss / optimum")
    ax.legend(frameon=False, loc="center")
    ax.set_title(f"{n} features in {m}, 1 − S = {p:g}")
shares = [float((one < 0.01).mean()) for one in excess]
for (n, m, p), one, share in zip(sizes, excess, shares, strict=True):
    print(f"{n} in {m} at {p}: {share:.0%} of the runs within 1 % of the optimum,", end=" ")
    print(f"median {np.median(one):.2%} above it, the worst {one.max():.0%}")
