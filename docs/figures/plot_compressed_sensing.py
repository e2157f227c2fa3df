"""
How many features fit: compressed sensing
=========================================

Paper, section 13: recovery of n features of density p = 1 − S from m dimensions asks for
m = Ω(−n p ln p), so that the number of features grows as m / (−p ln p); the constant is not said.

**Paper:** 1/(−p ln p), its constant taken as 1. **Exact:** the limits of recovery, of any decoder
and of a linear programme. **Trained:** features per dimension 1/D* of 400 features in 30
dimensions. From p = .12 down to .03 training reaches .96 to 1.10 times the paper's expression, and
more features than a linear programme gets back exactly: it represents them with an error.
"""

import json

import matplotlib.pyplot as plt
import numpy as np
from kept import DATA

from theory.sensing import support_entropy, surprisal, weak_threshold

# measured by `python -m tests.benchmarks.large_n --write`
rows = json.loads((DATA.parents[1] / "data" / "large-n.json").read_text(encoding="utf-8"))
rows = rows["tables"]["Trained and predicted"]
density = np.array([1 / float(row["1/(1−S)"]) for row in rows])
reached = np.array([1 / float(row["D*"]) for row in rows])
sparse = density < 1
paper = 1 / surprisal(density[sparse])
ratio = reached[sparse] / paper

# %%
# Above the information limit no decoder recovers anything exactly. A linear programme that knows
# that features are not negative recovers almost every input below its weak threshold, as n grows.
# With 400 features in 30 dimensions training can reach 13.3.

p = np.geomspace(0.02, 0.98, 200)
figure, ax = plt.subplots(figsize=(8, 5.2), layout="constrained")
dense = p > np.exp(-1)
ax.plot(1 / p[~dense], 1 / surprisal(p[~dense]), "--", color="0.5", linewidth=2,
        label="paper: 1/(−p ln p)")  # fmt: skip
ax.plot(1 / p[dense], 1 / surprisal(p[dense]), "--", color="0.5", linewidth=1, alpha=0.5)
ax.plot(1 / p, 1 / p, color="#E69F00", label="exact: information limit, 1/p")
ax.plot(1 / p, 1 / weak_threshold(p), color="#0072B2",
        label="exact: linear programme, nonnegative weak threshold")  # fmt: skip
ax.plot(1 / p, 1 / support_entropy(p), color="#009E73",
        label="exact: naming the active features, 1/H(p)")  # fmt: skip
ax.plot(1 / density, reached, "o", color="#D55E00", markerfacecolor="none",
        label="trained: 1/D*, n = 400, m = 30")  # fmt: skip
ax.axhline(400 / 30, color="0.6", linestyle=":")
ax.annotate("n/m", (1.6, 400 / 30), xytext=(0, 3), textcoords="offset points", color="0.4")
ticks = (1, 1.5, 2, 3, 5, 7, 10, 20, 30, 50)
ax.set(xscale="log", yscale="log", xlim=(1, 52), ylim=(0.8, 30), xlabel="1 / (1 − S)",
       ylabel="features per dimension",
       title="Features per dimension, reached and possible")  # fmt: skip
ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
ax.set_yticks((1, 2, 3, 5, 10, 20, 30), ("1", "2", "3", "5", "10", "20", "30"))
ax.minorticks_off()
figure.legend(frameon=False, ncols=2, loc="outside lower center")

# %%
# The same, relative to the paper's expression. Above p = 1/e the expression grows again, to
# infinity at p = 1, below what any decoder needs: no constant makes a bound of it there.

figure, ax = plt.subplots(figsize=(8, 3.6), layout="constrained")
ax.axhline(1, color="0.5", linestyle="--", linewidth=2, label="paper: 1/(−p ln p)")
ax.axvline(np.e, color="0.6", linestyle=":")
ax.annotate("p = 1/e", (np.e, 0.06), xytext=(4, 0), textcoords="offset points", color="0.4")
ax.plot(p**-1, surprisal(p) / weak_threshold(p), color="#0072B2",
        label="exact: linear programme")  # fmt: skip
ax.plot(1 / density[sparse], ratio, "o-", color="#D55E00", markerfacecolor="none", linewidth=0.8,
        label="trained: 1/D*")  # fmt: skip
ax.set(xscale="log", xlim=(1, 52), ylim=(0, 1.25), xlabel="1 / (1 − S)",
       ylabel="relative to 1/(−p ln p)",
       title="Reached, in units of the paper's expression")  # fmt: skip
ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
ax.minorticks_off()
ax.legend(frameon=False, loc="lower right")

# %%

between = (density[sparse] < 0.125) & (density[sparse] > 0.03)
print(f"for densities .12 to .03: {ratio[between].min():.2f} to {ratio[between].max():.2f}")
