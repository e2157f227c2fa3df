"""
The asymmetric superposition motif
==================================

Paper, section 10.3: one neuron computes half of two absolute values with weights W_in = (k, −1/k),
W_out = (1/k, k). The heavy interference k² is taken away by a second neuron, the light one 1/k²
stays. The paper shows two of them in one model, k = 2 in both, and does not say which model.

**Exact:** two equal features on three neurons: below a density of about .35 sharing the third
asymmetrically is the best, 2.9 % below a pair and one alone at 1 − S = .1. **Trained:** twenty
features of importance .8^i on ten neurons, the best of six descents at each of eight densities.
There are six motifs in these models, with ratios of the inputs k² from 2.6 to 13 where the paper
has 4; the nearest, 4.6, is drawn. Its dominated output says .012 when the dominant feature alone
is 1, that of the others nothing.
"""

import matplotlib.pyplot as plt
import numpy as np
from kept import kept

from geometry.draw_neurons import draw_neurons
from tegum.studies.asymmetric_superposition import DENSITIES, asymmetric_superposition
from theory import AsymmetricMotif, asymmetric_motifs


def all_densities(restarts, seed):
    study = asymmetric_superposition(restarts=restarts, seed=seed)
    assert study.run.readout is not None
    return {
        "W": study.run.W, "readout": study.run.readout, "b": study.run.b, "loss": study.run.loss,
        "shared_neurons": study.shared_neurons, "leaks": np.concatenate(study.leaks),
        "three_neurons": study.three_neurons, "pair_and_half": study.pair_and_half,
    }  # fmt: skip


study = kept("asymmetric-superposition", {"restarts": 6, "seed": 1}, all_densities)
found = [asymmetric_motifs(W, R) for W, R in zip(study["W"], study["readout"], strict=True)]
saved = 1 - study["three_neurons"] / study["pair_and_half"]

# %%
# The motif as it is meant, and the trained one nearest to it, at 1 − S = .3: a neuron shared by
# two features, its inhibitor, and what else the two neurons do. Of every neuron the weights into it
# are scaled so that the shared inputs are k and −1/k, and the inhibitor's input is 1.

at = DENSITIES.index(0.3)
shown: AsymmetricMotif = found[at][0]
features = [shown.dominant, shown.dominated]
neurons = [shown.neuron, shown.inhibitor]
drive = np.abs(study["W"][at][shown.dominant, neurons])
k = np.sqrt(shown.ratio)
scale = np.array([k, 1.0]) / drive * np.sign(study["W"][at][shown.dominant, shown.neuron])
read = study["W"][at][np.ix_(features, neurons)] * scale
write = study["readout"][at][np.ix_(features, neurons)] / np.abs(scale)
ideal = (np.array([[2.0, 1.0], [-0.5, 0.0]]), np.array([[0.5, 0.0], [2.0, -4.0]]))
ON_DARK, ON_LIGHT = "#FFEDB8", "#101840"  # of the entries, on light and dark pages

figure, axes = plt.subplots(1, 4, figsize=(11, 2.9), layout="constrained")
panels = (
    ("ideal, k = 2: into", ideal[0]), ("out", ideal[1]),
    (f"trained, k = {k:.2f}: into", read), ("out", write),
)  # fmt: skip
for ax, (title, matrix) in zip(axes, panels, strict=True):
    draw_neurons(matrix, ax=ax)
    for i, j in np.ndindex(2, 2):
        dark = abs(matrix[i, j]) > 0.6
        ax.text(j, i, f"{matrix[i, j]:.2f}".replace("-", "−"), ha="center", va="center",
                color=ON_DARK if dark else ON_LIGHT)  # fmt: skip
    ax.set(title=title, xticks=[0, 1], yticks=[0, 1])
    ax.set_xticklabels(["shared", "inhibitor"])
    ax.set_yticklabels(["dominant", "dominated"])
    ax.set(xlabel="", ylabel="")
    ax.tick_params(length=0)

# %%
# Left, what asymmetric sharing saves two equal features on three neurons. Right, the ratios of the
# inputs of the motifs found, and how many neurons serve more than one feature.

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
left.plot(DENSITIES, 100 * saved, "o-", color="#0072B2")
left.set(ylabel="saved, % of the loss", title="Two features on three neurons, exact")
for density, motifs in zip(DENSITIES, found, strict=True):
    right.plot([density] * len(motifs), [motif.ratio for motif in motifs], "o", color="#D55E00",
               markerfacecolor="none")  # fmt: skip
right.plot([], [], "o", color="#D55E00", mfc="none", label="trained: $k^2$ of a motif's inputs")
right.plot(DENSITIES, study["shared_neurons"], "s-", color="#0072B2", mfc="none", linewidth=0.8,
           label="trained: neurons of ten that are shared")  # fmt: skip
right.axhline(4, color="0.5", linestyle="--", label="paper: $k^2 = 4$")
right.set(ylabel="ratio, number", ylim=(-0.5, 18), title="Twenty features on ten neurons, trained")
right.set_yticks(range(0, 17, 4))
right.legend(frameon=False, loc="upper left")
for ax in (left, right):
    ax.set(xscale="log", xlabel="density 1 − S")
    ax.set_xticks(DENSITIES, [f"{p:g}" for p in DENSITIES])
    ax.minorticks_off()
    ax.invert_xaxis()

# %%
# The motifs.

for density, motifs in zip(DENSITIES, found, strict=True):
    for one in motifs:
        print(f"1 − S = {density:g}: features {one.dominant} and {one.dominated}, ratio "
              f"{one.ratio:.2f}, heavy {one.heavy:.2f}, light {one.light:.3f}, inhibited "
              f"{one.inhibition:.2f}")  # fmt: skip
