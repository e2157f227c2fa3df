"""
Decoders against the thresholds of compressed sensing
=====================================================

Beyond the paper, which asks (section 12) how its phase changes relate to those of compressed
sensing: six decoders of what models hide, against density.

**Exact:** the thresholds, asymptotic and sharp. **Trained:** 100 features in 5 to 65 dimensions,
and random weights beside them. A linear programme reads what a model's own layer does not: at
1 − S = .05 in 20 dimensions it recovers 74 % of inputs within 1 % and the readout none. Training
serves the readout, not recovery: for the linear programme random weights are better.
"""

import json

import matplotlib.pyplot as plt
import numpy as np
from kept import DATA
from scipy.optimize import brentq

from theory.sensing import DECODERS, weak_threshold
from theory.sensing.draw import draw_decoders, draw_reach

# measured by `python -m tests.benchmarks.sensing --write`
measured = json.loads((DATA.parents[1] / "data" / "sensing.json").read_text(encoding="utf-8"))
records = measured["decoders"]
densities = list(dict.fromkeys(record["density"] for record in records))
sizes = list(dict.fromkeys(record["n_hidden"] for record in records))
SIZE = 20


def of_all(quantity, weights, n_hidden=SIZE):
    """A quantity of every decoder, (densities,) each."""
    return {
        decoder: [
            record[quantity]
            for record in records
            if (record["decoder"], record["weights"], record["n_hidden"])
            == (decoder, weights, n_hidden)
        ]
        for decoder in DECODERS
    }


limits = {
    "information limit": SIZE / 100,
    "nonnegative weak threshold": brentq(lambda p: weak_threshold(p) - SIZE / 100, 1e-3, 0.5),
}

# %%
# 100 features in 20 dimensions, trained weights with open markers, random ones dashed. Vertical
# lines, exact: the densities at which the information limit (dotted) and the linear programme's
# threshold (solid) ask for all 20 dimensions.

trained, random = of_all("recovered", "trained"), of_all("recovered", "random")
figure, axes = plt.subplots(1, 2, figsize=(11, 4.9), layout="constrained")
draw_decoders(densities, trained, random, limits, ax=axes[0])
errors = [of_all("median_error", weights) for weights in ("trained", "random")]
draw_decoders(densities, *errors, limits, ax=axes[1])
axes[0].set(ylabel="share recovered within 1 %", title="Recovery", ylim=(-0.02, 1.02))
axes[1].set(ylabel="median relative error", title="Error")
figure.legend(*axes[0].get_legend_handles_labels(), ncols=3, frameon=False,
              loc="outside lower center")  # fmt: skip

# %%
# The linear programme over density and m/n. With random weights it ends at its threshold. Trained
# weights end before it where they are antipodal pairs: two of a pair active at once are one number.

figure, axes = plt.subplots(1, 2, figsize=(11, 4.2), layout="constrained")
for ax, weights in zip(axes, ("random", "trained"), strict=True):
    shares = [of_all("recovered", weights, m)["basis pursuit"] for m in sizes]
    draw_reach(densities, [m / 100 for m in sizes], shares, ax=ax,
               label="share recovered")  # fmt: skip
    ax.set_title(f"{weights} weights".capitalize())
axes[0].legend(loc="lower right", fontsize=8)

# %%
# The transition itself: basis pursuit on 400 features with random weights, k of them active. It is
# smooth at this size (footnote 24), and half way within .01 of the threshold.

figure, ax = plt.subplots(figsize=(8, 4.4), layout="constrained")
colors = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
half_way = []
for k, one in enumerate(measured["transitions"]):
    p = one["active"] / measured["n_features"]
    offset = np.array(one["n_hidden"]) / measured["n_features"]
    offset -= weak_threshold(p, signed=one["signed"])
    rate = np.maximum.accumulate(one["recovered"])
    above = int(np.argmax(rate >= 0.5))
    half_way.append(
        float(np.interp(0.5, rate[above - 1 : above + 1], offset[above - 1 : above + 1]))
    )
    values = "any sign" if one["signed"] else "values ≥ 0"
    ax.plot(offset, one["recovered"], "o--" if one["signed"] else "s-", color=colors[k % 4],
            markersize=4, label=f"{values}, p = {p:g}")  # fmt: skip
ax.axvline(0, color="black", linewidth=1)
ax.annotate("exact threshold", (0, 0.02), xytext=(6, 0), textcoords="offset points")
ax.set(xlabel="m/n less the weak threshold", ylabel="share recovered",
       title="Where the linear programme stops, 400 features, random weights")  # fmt: skip
ax.legend(frameon=False, ncols=2, fontsize=8)

# %%

print(f"half of the inputs are recovered within {np.abs(half_way).max():.3f} of the threshold")
