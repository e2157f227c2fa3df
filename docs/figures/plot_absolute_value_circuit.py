"""
Computing absolute values, one feature at a time
================================================

Paper, section 10.1: the absolute values of three features on six neurons.

**Exact:** two neurons per feature, ReLU(x) + ReLU(−x), lose nothing. **Trained:** the best of
twelve descents finds them: a neuron for either sign of every feature, read out with weight 1, and
b = 0. Weights are rescaled as in footnote 15, the largest one into every neuron is 1.
"""

import matplotlib.pyplot as plt
import numpy as np

from geometry import rescaled_neurons
from geometry.draw_neurons import draw_neurons, draw_stacks
from theory import FeatureDistribution, absolute_value_losses
from training import AbsoluteValueModel, fit

DENSITY = 0.5
run = fit(AbsoluteValueModel(3, 6), FeatureDistribution(3, DENSITY), restarts=12)
assert run.readout is not None
W, readout = rescaled_neurons(run.W, run.readout)
feature = np.abs(W).argmax(axis=0)
order = np.lexsort((-W[feature, range(6)], feature))  # by feature, the positive side first
W, readout, feature = W[:, order], readout[:, order], feature[order]
unrepresented = 3 * float(absolute_value_losses(DENSITY)["none"])

# %%
# The model as matrices, as stacks of weights, and as a graph.

COLOURS = ("#0072B2", "#E69F00", "#009E73")  # of the three features
figure, axes = plt.subplots(2, 3, figsize=(11, 5.6), layout="constrained")
for row, matrix, name in ((0, W, "into the neurons, $W_1$"), (1, readout, "out of them, $W_2$")):
    draw_neurons(matrix, ax=axes[row, 0])
    draw_stacks(matrix, colors=COLOURS, ax=axes[row, 1])
    axes[row, 0].set_title(f"{name}, as a matrix")
    axes[row, 1].set(title=f"{name}, as stacks", ylim=(-1.2, 1.2))
for ax in axes[:, 2]:
    ax.remove()
graph = figure.add_subplot(axes[0, 2].get_gridspec()[:, 2])
heights = {"x": [4.5, 2.5, 0.5], "h": [5, 4, 3, 2, 1, 0], "y": [4.5, 2.5, 0.5]}
for i, k in np.ndindex(3, 6):
    for start, (here, there), weight in ((0, ("x", "h"), W[i, k]), (2, ("y", "h"), readout[i, k])):
        if abs(weight) > 0.01:
            ends = [heights[here][i], heights[there][k]]
            style = "-" if weight > 0 else "--"
            graph.plot([start, 1], ends, style, color=COLOURS[i], linewidth=2 * abs(weight))
for where, (kind, places) in enumerate(heights.items()):
    graph.scatter([where] * len(places), places, s=620, color="white", edgecolor="0.4", zorder=3)
    for i, place in enumerate(places):
        label = {"x": f"$x_{i}$", "h": "ReLU", "y": f"$|x_{i}|$"}[kind]
        graph.text(where, place, label, ha="center", va="center", zorder=4,
                   fontsize=7 if kind == "h" else 10)  # fmt: skip
graph.set(title="as a graph (dashed: negative)", xlim=(-0.3, 2.3), ylim=(-0.6, 5.6))
graph.set_axis_off()

# %%
# The loss that is left, beside that of representing nothing.

print(f"loss {float(run.loss):.1e}; of no neuron {unrepresented:.4f}")
print("W_1:\n", W.round(3), "\nW_2:\n", readout.round(3), "\nb:", run.b.round(3))
