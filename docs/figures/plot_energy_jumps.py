"""
Dimensionalities jump, and the loss drops with them
===================================================

Paper, section 7.1: the dimensionality of every feature and the loss over one training in which all
features end as digons. They jump between fractions and swap places, each jump at a drop of the
loss. The paper gives no sizes; here n = 100, m = 10, 1 − S = 1/2.

**Trained:** one run as in the authors' notebook (AdamW, batches of 1024), its weights kept along
the way. **Exact:** its loss, which is that of the weights and has no noise of batches; so a plateau
is flat. As in the paper every feature that ends up represented has D = 1/2, and jumps and drops
come together. But one of the ten dimensions holds no digon: those that are given up share it.
"""

import matplotlib.pyplot as plt
import numpy as np
from kept import kept

from theory import FeatureDistribution
from training import ReluOutputModel, fit

WINDOW = 10  # records; 300 of them are spread evenly in the logarithm of the step


def training(n_features, n_hidden, inverse_density, steps, record, seed):
    run = fit(
        ReluOutputModel(n_features, n_hidden), FeatureDistribution(n_features, 1 / inverse_density),
        method="sampled", restarts=1, steps=steps, record=record, seed=seed,
    )  # fmt: skip
    path = run.trajectory
    assert path is not None
    return {
        "steps": path.steps,
        "loss": path.loss(),
        "D": path.dimensionality().astype(np.float32),
        "norm": np.linalg.norm(path.W, axis=-1).astype(np.float32),
        "W": run.W,
    }


config = {
    "n_features": 100, "n_hidden": 10, "inverse_density": 2,
    "steps": 10000, "record": 300, "seed": 0,
}  # fmt: skip
found = kept("energy-jumps", config, training)
steps, loss, D, W = found["steps"], found["loss"], found["D"], found["W"]
represented = np.flatnonzero(found["norm"][-1] > 0.5)

# %%
# The features of one digon have one colour. First all are alike; then most find their partners, in
# one long fall of the loss. The last pair comes late: one of its features had nearly three quarters
# of a dimension to itself, until, within some hundred steps and with a drop of the loss, it shares.

partner = np.argmin(W @ W[represented].T, axis=0)
pairs = sorted({tuple(sorted(pair)) for pair in zip(represented, partner, strict=True)})
figure, (above, below) = plt.subplots(
    2, 1, figsize=(10, 7), sharex=True, layout="constrained", height_ratios=(2, 1)
)
for k, pair in enumerate(pairs):
    above.plot(steps, D[:, pair], color=plt.colormaps["viridis"](k / len(pairs)), linewidth=1.2)
others = np.setdiff1d(np.arange(D.shape[1]), represented)
above.plot(steps, D[:, others], color="0.6", linewidth=0.4, alpha=0.5, zorder=0)
above.axhline(0.5, color="0.3", linestyle=":", linewidth=1)
above.set(ylabel="feature dimensionality $D_i$", ylim=(0, 1.02))
above.set_title("Features fall into digons (grey: features that are given up)")
below.plot(steps, loss, color="#0072B2")
below.set(xscale="log", xlabel="step", ylabel="exact loss", ylim=(9.08, 9.6), xlim=(100, steps[-1]))
below.set_title("The exact loss on the way")

# %%
# Counted in windows of time: the jumps \|ΔD\| > .1 are in a few of them, and there the loss drops.

edges = np.append(np.arange(0, len(steps) - 1, WINDOW), len(steps) - 1)
jumps = (np.abs(np.diff(D[edges][:, represented], axis=0)) > 0.1).sum(axis=1)
drops = -np.diff(loss[edges])
figure, (above, below) = plt.subplots(2, 1, figsize=(9, 5), sharex=True, layout="constrained")
late = steps[edges[:-1]] > 100
above.bar(np.flatnonzero(late), jumps[late], color="#E69F00")
above.set(ylabel="features with $|ΔD_i| > .1$", title="Jumps, and drops of the loss")
below.bar(np.flatnonzero(late), drops[late], color="#0072B2")
below.set(ylabel="drop of the exact loss", xlabel="first step of the window", ylim=(0, None))
below.set_xticks(np.flatnonzero(late), [f"{s}" for s in steps[edges[:-1]][late]])
print(
    f"{jumps.sum()} jumps in {(jumps > 0).sum()} of {len(jumps)} windows; drops of the loss there:"
)
print(drops[jumps > 0].round(4))
