"""
Two sets of correlated features turn into an octahedron
=======================================================

Paper, section 7.2: n = 6, m = 3, two sets of three correlated features. (A) All weights are near 0;
(B) the sets move apart; (C) each opens into a triangle; (D) the triangles turn against each other
until they are an antiprism: an octahedron, each feature opposite to one of the other set. The paper
gives no density; here 1 − S = .05, where the octahedron is the optimum.

**Trained:** AdamW as in the authors' notebook, from a very small start. **Exact:** the loss along
the way, and the optimum. In (B) each set is one direction, and the two are orthogonal, not
opposite: the model has learned the sums of the two sets, which are independent.
"""

# sphinx_gallery_thumbnail_number = 2

import matplotlib.pyplot as plt
import numpy as np
from kept import kept

from geometry import identify
from theory import CorrelatedSet, FeatureDistribution
from training import ReluOutputModel, fit

SETS = ((0, 1, 2), (3, 4, 5))
BLUE, VERMILION = "#0072B2", "#D55E00"


def training(density, steps, record, seeds):
    features = FeatureDistribution(6, density, groups=[CorrelatedSet(one) for one in SETS])
    model = ReluOutputModel(6, 3)
    runs = [
        fit(
            model, features, method="sampled", restarts=1, seed=seed,
            steps=steps, record=record, init_instances=10**6,
        )
        for seed in range(seeds)
    ]  # fmt: skip
    paths = [run.trajectory for run in runs if run.trajectory is not None]
    return {
        "steps": paths[0].steps,
        "W": paths[0].W,
        "loss": np.stack([path.loss() for path in paths]),
        "final": np.stack([run.W for run in runs]),
        "optimum": fit(model, features, restarts=8).loss,
    }


found = kept("octahedron", {"density": 0.05, "steps": 12000, "record": 150, "seeds": 6}, training)
steps, W, losses, optimum = found["steps"], found["W"], found["loss"], float(found["optimum"])
gram = W @ W.swapaxes(1, 2)
A, B = (list(one) for one in SETS)

# %%
# The stages, by what the weights do: the sum of a set is learned first, and the loss rests there
# for a thousand steps, until the differences within a set grow.

shown = {"A": 1, "B": 800, "B–C": 3000, "C": 4500, "D": 12000}
stage = {name: int(np.argmin(np.abs(steps - step))) for name, step in shown.items()}
figure, ax = plt.subplots(figsize=(9, 4.5), layout="constrained")
ax.plot(steps, losses[1:].T, color="#E69F00", linewidth=0.8)
ax.plot(steps, losses[0], color=BLUE, linewidth=2)
ax.axhline(optimum, color="black", linewidth=1)
ax.text(1.2, 1.04 * optimum, "exact optimum", va="bottom")
for name, k in stage.items():
    ax.plot(steps[k], losses[0, k], "o", color=BLUE, markerfacecolor="none", markersize=8)
    ax.annotate(name, (steps[k], losses[0, k]), xytext=(4, 7), textcoords="offset points")
ax.set(xscale="log", yscale="log", xlabel="step", ylabel="exact loss", ylim=(None, 0.2))
ax.set_title("The loss of six runs; the blue one is drawn below")

# %%
# The features of that run from the side and from the top, the axis being the line between the two
# sets at the end. In (C) the triangles lie one above the other, a prism; in (D) they have turned.

along = W[-1][A].mean(0) - W[-1][B].mean(0)
common = W[stage["B"]].mean(0)
axis, across = np.linalg.qr(np.stack([along, common], axis=1))[0].T
axis *= np.sign(axis @ along)
frame = np.stack([across, np.cross(axis, across), axis], axis=1)
figure, axes = plt.subplots(2, len(stage), figsize=(11, 5.2), layout="constrained")
for column, (name, k) in zip(axes.T, stage.items(), strict=True):
    seen = W[k] @ frame
    for ax, (x, y), view in zip(column, ((0, 2), (0, 1)), ("side", "top"), strict=True):
        for members, colour in ((A, BLUE), (B, VERMILION)):
            triangle = seen[[*members, members[0]]]
            for one in seen[members]:
                ax.plot([0, one[x]], [0, one[y]], color=colour, linewidth=0.8, alpha=0.5)
            ax.plot(triangle[:, x], triangle[:, y], "o-", color=colour, linewidth=2, markersize=7)
        ax.set(xlim=(-1.2, 1.2), ylim=(-1.2, 1.2), aspect="equal", xticks=[], yticks=[])
        if name == "A":
            ax.set_ylabel("from the side" if view == "side" else "from the top")
        if view == "side":
            ax.set_title(f"{name}: step {steps[k]}")
figure.suptitle("Two sets of three correlated features, blue and vermilion, on the way")

# %%
# Inside a set and across: at the end cosines are 0 within a set, and −1 for one partner of the
# other set.

lengths = np.linalg.norm(W[-1], axis=1)
cosines = gram[-1] / np.outer(lengths, lengths)
within = np.array([cosines[i, j] for one in SETS for i in one for j in one if i < j])
opposite = cosines[np.ix_(A, B)].min(axis=1)
verdicts = [identify(one).summary() for one in found["final"]]
print(
    "within a set:", within.round(3), "partners:", opposite.round(3), "lengths:", lengths.round(3)
)
print("the six runs:", verdicts, (losses[:, -1] / optimum).round(4))
