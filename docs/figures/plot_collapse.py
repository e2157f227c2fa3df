"""
Correlated features collapse
============================

Paper, section 6.5: three correlated pairs in two dimensions. From sparse to dense, more and more
pairs are represented by their sum alone: none up to 1 − S of about .05, then one (.05 to .15), two
(.15 to .2), three (.25 to .5), and "most PCA-like" above.

**Exact:** the densities at which neighbouring states have equal loss, .0713, .1406 and .3936 for
the first, the second and the third pair, all of first order. **Trained:** the best of 64 fits at
each density. Two more jumps are no collapses: at .1626 the second pair closes its last 9 degrees,
at .4362 the three pairs turn to 120°.
"""

import matplotlib.pyplot as plt
import numpy as np
from kept import kept

from tegum.studies.collapse import collapse


def states(restarts, seed):
    found = collapse(restarts=restarts, seed=seed)
    return {
        "density": found.density,
        "W": found.run.W,
        "loss": found.run.loss,
        "within": found.within,
        "collapsed": found.collapsed,
        "names": [one.name for one in found.transitions],
        "at": [one.at for one in found.transitions],
        "rational": [one.rational for one in found.transitions],
        "of_ground_state": [one.of_ground_state for one in found.transitions],
        "first_order": [one.first_order for one in found.transitions],
    }


study = kept("collapse", {"restarts": 20, "seed": 0}, states)
density, collapsed = study["density"], study["collapsed"]
COLOURS = ("#D55E00", "#009E73", "#0072B2")  # of the pairs: the paper's red, green and blue
PAPER = ((0.02, 0.05, 0), (0.05, 0.15, 1), (0.15, 0.2, 2), (0.25, 0.5, 3))


def aligned(W, within):
    """Pairs from the most open to the most collapsed, the first pointing up."""
    order = np.argsort(-within)
    V = W.reshape(3, 2, 2)[order]
    up = V[0].sum(axis=0)
    turn = np.pi / 2 - np.arctan2(up[1], up[0])
    return V @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])


# %%
# The optimum in each of the six states; one colour per pair, its second feature dashed.

shown = [int(np.argmin(np.abs(density - p))) for p in (0.06, 0.1, 0.15, 0.25, 0.4, 0.5)]
figure, axes = plt.subplots(2, 3, figsize=(9, 6.8), layout="constrained", sharex=True, sharey=True)
for ax, k in zip(axes.flat, shown, strict=True):
    for pair, colour in zip(aligned(study["W"][k], study["within"][k]), COLOURS, strict=True):
        for arm, style in zip(pair, ("-", "--"), strict=True):
            ax.plot([0, arm[0]], [0, arm[1]], style, color=colour, linewidth=2.4)
            ax.plot(*arm, "o", color=colour, markersize=6)
    ax.set(aspect="equal", xlim=(-1.2, 1.2), ylim=(-1.2, 1.2), xticks=(-1, 0, 1), yticks=(-1, 0, 1),
           title=f"1 − S = {density[k]:g}: {collapsed[k]} collapsed")  # fmt: skip
for ax in axes[-1]:
    ax.set_xlabel("hidden dimension 1")
for ax in axes[:, 0]:
    ax.set_ylabel("hidden dimension 2")

# %%
# How many pairs have collapsed: the paper's ranges, the exact transitions, the trained models.
# Dotted, the two jumps that are no collapses.

figure, ax = plt.subplots(figsize=(9, 4.2), layout="constrained")
for low, high, count in PAPER:
    ax.plot([low, high], [count, count], color="0.8", linewidth=12,
            solid_capstyle="butt", label="paper, about" if count == 0 else None)  # fmt: skip
thirds = study["at"][[0, 1, 3]]
steps = [0.02, *np.repeat(thirds, 2), 0.8]
ax.plot(steps, np.repeat(range(4), 2), color="#0072B2", linewidth=1.6, label="exact: transitions")
for p in study["at"][[2, 4]]:
    ax.axvline(p, color="0.6", linestyle=":", linewidth=1)
ax.plot(density, collapsed, "o", color="#D55E00", markerfacecolor="none", label="trained")
ax.set(xscale="log", xlim=(0.019, 0.85), ylim=(-0.3, 3.3), yticks=range(4), xlabel="density 1 − S",
       ylabel="collapsed pairs", title="One pair after the other")  # fmt: skip
ticks = (0.02, 0.05, 0.1, 0.15, 0.25, 0.5, 0.8)
ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
ax.minorticks_off()
ax.legend(frameon=False, loc="upper left")

# %%

for name, at in zip(study["names"], study["at"], strict=True):
    print(f"{at:.6f}: {name}")
