"""
The appendix's decoder: threshold and least squares
===================================================

Paper, appendix on compressed sensing, lemma 1: keep the k largest outputs of the model, then solve
for these k features by least squares. If every output is near enough, the input comes back exactly.

**Paper:** a lemma for all k-sparse inputs, no figure. **Exact:** whenever no output is off by half
the least active feature, the decoder is exact. **Trained:** its rate of exact recovery on trained
and on random weights. The theorem asks for that error at all inputs; a trained model keeps it at
half of them, p = .01, n = 100, m = 20. The decoder needs less: it is exact where the active
features are on top, at two thirds.
"""

import json

import matplotlib.pyplot as plt
import numpy as np
from kept import DATA, kept

from theory import FeatureDistribution
from theory.sensing import DECODERS, recover, weak_threshold
from theory.sensing.draw import draw_reach
from training import ReluOutputModel, fit

READOUT, DECODER = "ReLU readout", "threshold and least squares"

# measured by `python -m tests.benchmarks.sensing --write`
records = json.loads((DATA.parents[1] / "data" / "sensing.json").read_text(encoding="utf-8"))
records = records["decoders"]
densities = list(dict.fromkeys(record["density"] for record in records))
sizes = list(dict.fromkeys(record["n_hidden"] for record in records))


def rates(quantity, decoder, weights):
    """A quantity over (sizes, densities)."""
    found = [r[quantity] for r in records if (r["decoder"], r["weights"]) == (decoder, weights)]
    return np.reshape(found, (len(sizes), len(densities)))


def lemma(n_features, n_hidden, density, inputs, seed):
    """Of inputs of a trained model: least active feature, worst output, exact or not."""
    run = fit(
        ReluOutputModel(n_features, n_hidden), FeatureDistribution(n_features, density),
        search="quick", restarts=1, seed=seed,
    )  # fmt: skip
    rng = np.random.default_rng(seed)
    x = rng.random((inputs, n_features)) * (rng.random((inputs, n_features)) < density)
    x = x[x.any(axis=1)]
    outputs = np.maximum(x @ run.W @ run.W.T + run.b, 0)
    found = recover(DECODERS[DECODER], x, run.W, run.b)
    return {
        "least": np.where(x > 0, x, 1).min(axis=1).astype(np.float32),
        "off": np.abs(outputs - x).max(axis=1).astype(np.float32),
        "support": recover(DECODERS[READOUT], x, run.W, run.b).support,
        "recovered": found.recovered,
    }


study = kept(
    "threshold-lemma",
    {"n_features": 100, "n_hidden": 20, "density": 0.01, "inputs": 3000, "seed": 0},
    lemma,
)

# %%
# Left: exact recovery (within 1 %) of 100 features in 20 dimensions. Right: of trained models
# over density and m/n, with what is possible: no decoder beyond the dotted line, and a linear
# programme up to the solid one.

figure, axes = plt.subplots(1, 2, figsize=(11, 4.6), layout="constrained")
size = sizes.index(20)
for weights, color, marker in (("trained", "#D55E00", "^"), ("random", "#0072B2", "o")):
    axes[0].plot(densities, rates("recovered", DECODER, weights)[size], marker=marker, color=color,
                 markerfacecolor="none", label=f"{weights} W: recovered")  # fmt: skip
    axes[0].plot(densities, rates("support", READOUT, weights)[size], "--", color=color,
                 label=f"{weights} W: active features on top")  # fmt: skip
axes[0].set(xscale="log", ylim=(0, 1), xlabel="density 1 − S", ylabel="share of inputs",
            title="100 features in 20 dimensions")  # fmt: skip
ticks = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3)
axes[0].set_xticks(ticks, [f"{tick:g}" for tick in ticks])
axes[0].minorticks_off()
axes[0].legend(frameon=False)
ratio = [m / 100 for m in sizes]
draw_reach(densities, ratio, rates("recovered", DECODER, "trained"), ax=axes[1],
           label="share recovered")  # fmt: skip
axes[1].set_title("Trained weights")
axes[1].legend(loc="lower right", fontsize=8)

# %%
# The lemma, input by input, at density .01. Left of the line no output is off by half the least
# active feature: every input there is recovered. Right of it the lemma says nothing. At 1 are the
# inputs whose least active feature does not get past its bias and gives nothing.

least, off, recovered = study["least"], study["off"], study["recovered"]
covered = off < least / 2
figure, ax = plt.subplots(figsize=(7.5, 4.6), layout="constrained")
bins = np.geomspace(0.05, 200, 40)
relative = np.clip(off / least, bins[0], bins[-1])
ax.hist([relative[recovered], relative[~recovered]], bins, stacked=True,
        color=["#0072B2", "#E69F00"], label=["recovered", "not recovered"])  # fmt: skip
ax.axvline(0.5, color="0.5", linestyle="--", label="paper: recovered below ½ (lemma)")
ax.set(xscale="log", xlabel="largest error of an output / least active feature", ylabel="inputs",
       title="100 features in 20 dimensions, density .01, trained")  # fmt: skip
ax.legend(frameon=False)

# %%

needed = float(weak_threshold(0.01))
print(f"the lemma covers {covered.mean():.1%} of inputs; {recovered.mean():.1%} are recovered")
print(f"active features on top in {study['support'].mean():.1%}")
print(f"a linear programme needs {100 * needed:.1f} of the 20 dimensions")
