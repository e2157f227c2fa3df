"""
Adversarial examples and superposition
======================================

Paper, section 8: how much more an attack of a tenth of the mean input's length costs a model than
it costs one without superposition. The cost rises sharply as superposition forms, more than
threefold, and follows the features per dimension.

**Exact:** the loss under every attack. **Trained:** equal features, n = 200, m = 15 and n = 100,
m = 20 (the paper gives no sizes), one worst attack per model. With features to spare the ratio goes
up to 5.3 and its rank correlation with the features per dimension is above .98. Once all features
are represented, which the paper does not show, it falls again, below 1.
"""

import json

import matplotlib.pyplot as plt
import numpy as np
from kept import DATA
from scipy.stats import spearmanr

# measured by `python -m tests.benchmarks.adversarial --write`
tables = json.loads((DATA.parents[1] / "data" / "adversarial.json").read_text(encoding="utf-8"))
tables = tables["tables"]
SIZES = {"n = 200, m = 15": ("#0072B2", "o"), "n = 100, m = 20": ("#D55E00", "s")}
COLUMNS = {"inverse": "1/(1−S)", "ratio": "ratio", "spare": "not represented",
           "per_dimension": "features per dimension"}  # fmt: skip
studies = {
    size: {key: np.array([float(row[name]) for row in tables[size]])
           for key, name in COLUMNS.items()}
    for size in SIZES
}  # fmt: skip
correlation = {
    size: spearmanr(*(one[key][one["spare"] > 0] for key in ("ratio", "per_dimension"))).statistic
    for size, one in studies.items()
}

# %%
# The paper's three plots. Pale where all features are represented.


def panel(ax, x, y, **labels):
    for (size, (colour, marker)), one in zip(SIZES.items(), studies.values(), strict=True):
        ax.plot(one[x], one[y], color=colour, linewidth=0.8, alpha=0.5)
        for some, alpha in ((one["spare"] > 0, 1), (one["spare"] == 0, 0.4)):
            ax.scatter(one[x][some], one[y][some], s=30, marker=marker, facecolor="none",
                       edgecolor=colour, alpha=alpha,
                       label=f"trained: {size}" if alpha == 1 else None)  # fmt: skip
    ax.set(**labels)


figure, axes = plt.subplots(1, 3, figsize=(11, 3.8), layout="constrained")
vulnerability, per_dimension = (
    "vulnerability $(L' - L)/(L'_0 - L_0)$",
    "features per dimension 1/D*",
)
panel(axes[0], "inverse", "ratio", xscale="log", xlabel="1 / (1 − S)", ylabel=vulnerability,
      title="Vulnerability")  # fmt: skip
panel(axes[1], "inverse", "per_dimension", xscale="log", xlabel="1 / (1 − S)",
      ylabel=per_dimension, title="Superposition")  # fmt: skip
panel(axes[2], "per_dimension", "ratio", xlabel=per_dimension, ylabel=vulnerability,
      title="One against the other")  # fmt: skip
axes[2].axline((1, 1), slope=1, color="0.6", linestyle=":")
axes[2].annotate("equal", (4.4, 4.4), xytext=(6, 4), textcoords="offset points", color="0.4")
axes[0].axhline(3, color="0.5", linestyle="--", label="paper: more than 3")
for ax in axes[:2]:
    ax.set_xticks((1, 10, 100, 1000), ("1", "10", "100", "1000"))
axes[0].set_ylim(None, 7.4)
axes[0].legend(frameon=False, loc="upper left")

# %%
# To first order a feature i of unit norm is moved by λ/√D_i, so that the ratio is about 1/D_i: 2
# for digons. That holds up to three features per dimension; beyond, biases swallow part of it.

for size, one in studies.items():
    least = one["ratio"].min()
    print(f"{size}: largest ratio {one['ratio'].max():.2f}, least {least:.2f}, "
          f"rank correlation with features to spare {correlation[size]:.3f}")  # fmt: skip
