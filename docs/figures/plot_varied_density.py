"""
A feature of another density
============================

Paper, section 6.1: five features in two dimensions, one of them denser or sparser than the others.
Near a denser feature the others move away, a sparser one they crowd; below a critical density, in
the paper "about 2.5 times" less than the others, the pentagon gives way to two digons.

**Exact:** both branches of minima, followed while the density changes, and their crossing.
**Trained:** the losses of single fits. The curves cross where the feature is 3.716 times rarer,
not 2.5; and a feature of the pentagon has length 1.135, near √(1 − b) = 1.116 and not 1/(1 − b).
"""

import matplotlib.pyplot as plt
import numpy as np
from kept import kept
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm

from tegum.studies.varied_density import PAPERS_CROSSING, varied_density


def branches(restarts, seed):
    found = varied_density(restarts=restarts, seed=seed)
    empty = np.full((5, 2), np.nan)
    return {
        "ratio": found.ratio,
        "losses": found.losses,
        "fits": found.fits.astype(np.float32),
        "pentagon": [empty if one is None else one.W for one in found.pentagon],
        "pentagon_b": [empty[:, 0] if one is None else one.b for one in found.pentagon],
        "digons": [empty if one is None else one.W for one in found.digons],
        "crossing": found.transition.at,
        "rational": found.transition.rational,
        "of_ground_state": found.transition.of_ground_state,
        "first_order": found.transition.first_order,
        "slopes": found.transition.crossing.slopes,
        "pentagon_ends": found.limits[0].at if found.limits[0] else 0.0,
    }


TICKS = (0.1, 0.2, 0.4, 1, 2)
study = kept("varied-density", {"restarts": 20, "seed": 0}, branches)
ratio, crossing = study["ratio"], float(study["crossing"])


def aligned(W):
    """Turned and turned over: the first feature, or else the next, to the right."""
    lead = W[0] if np.linalg.norm(W[0]) > 0.1 else W[1]
    turn = -np.arctan2(lead[1], lead[0])
    V = W @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    return V * [1, np.sign(V[np.argmax(np.abs(V[:, 1])), 1])]


# %%
# The pentagon and the two digons, all densities overlaid: the varied feature points to the right in
# the pentagon and is at 0 in the digons. Yellow where it is denser, violet where it is sparser.

figure, axes = plt.subplots(1, 2, figsize=(9.5, 4.4), layout="constrained", sharey=True)
scale = ScalarMappable(LogNorm(ratio[0], ratio[-1]), "viridis")
for ax, name in zip(axes, ("pentagon", "digons"), strict=True):
    for one, W in zip(ratio, study[name], strict=True):
        if np.isfinite(W).all():
            colour = scale.to_rgba(one)
            ax.scatter(*aligned(W).T, color=[colour], s=26, zorder=2)
            ax.plot(*np.stack([0 * aligned(W), aligned(W)], axis=1).T, color=colour, lw=0.5)
    ax.set(aspect="equal", xlim=(-1.3, 1.3), ylim=(-1.3, 1.3), title=f"exact: {name}",
           xticks=(-1, 0, 1), yticks=(-1, 0, 1), xlabel="hidden dimension 1")  # fmt: skip
    ax.add_patch(plt.Circle((0, 0), 1, fill=False, color="0.6", linestyle=":"))
axes[0].set_ylabel("hidden dimension 2")
figure.colorbar(scale, ax=axes, label="relative density of the varied feature",
                ticks=(0.1, 0.3, 1, 3, 10), format="%g")  # fmt: skip

# %%
# The losses of both, and of single fits.

figure, ax = plt.subplots(figsize=(8, 4.6), layout="constrained")
below = np.log10(ratio) <= 0.31
points = study["fits"][below]
ax.axvline(PAPERS_CROSSING, color="0.5", linestyle="--", label="paper: crossing at 1/2.5")
for branch, colour, name in zip(
    study["losses"], ("#0072B2", "#D55E00"), ("pentagon", "two digons"), strict=True
):
    ax.plot(ratio[below], branch[below], color=colour, linewidth=2, label=f"exact: {name}")
ax.axvline(crossing, color="black", linewidth=1, label=f"exact: crossing at 1/{1 / crossing:.3f}")
ax.plot(np.repeat(ratio[below], points.shape[1]), points.ravel(), "o", color="#009E73",
        markersize=4, markerfacecolor="none", markeredgewidth=0.7,
        label="trained: single fits")  # fmt: skip
low, high = np.nanmin(study["losses"][:, below]), np.nanmax(study["losses"][:, below])
ax.set(xscale="log", xlabel="density of the varied feature, relative to the others", ylabel="loss",
       ylim=(low - 0.1 * (high - low), high + 0.1 * (high - low)),
       title="Two curves cross: a transition of first order")  # fmt: skip
ax.set_xticks(TICKS, [f"{tick:g}" for tick in TICKS])
ax.minorticks_off()
ax.legend(frameon=False, loc="upper left")

# %%
# Single fits miss the two digons by half a percent where the feature is rare: they end with an
# output that never fires, where the best is its mean. The pentagon ends, by a fold, where the
# varied feature is eight times rarer.

equal = int(np.argmin(np.abs(ratio - 1)))
norm, bias = np.linalg.norm(study["pentagon"][equal][0]), study["pentagon_b"][equal][0]
print(f"crossing at {crossing:.6f}, in rational arithmetic {float(study['rational']):.6f}")
print(f"equal densities: norm {norm:.4f}, √(1 − b) = {np.sqrt(1 - bias):.4f}, "
      f"1/(1 − b) = {1 / (1 - bias):.4f}")  # fmt: skip
