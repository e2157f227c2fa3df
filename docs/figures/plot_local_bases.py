"""
Local almost-orthogonal bases
=============================

Paper, section 6.4: two sets of ten correlated features in ten dimensions. Within each set WᵀW is
almost the identity; interference is between the sets.

**Paper:** one model, its density not said. **Predicted:** every feature antipodal to one of the
other set, D_i = ½. **Trained:** the best of eight fits of the exact loss. At 1 − S = .02 it is the
ten pairs. At .05 nine pairs are left, and one feature of either set leans against nine of the
other; that is a tenth cheaper. At .2 one feature of either set is left out.
"""

import matplotlib.pyplot as plt
import numpy as np
from kept import kept

from geometry import dimensionality
from tegum.studies.feature_sets import antipodal_bases_loss, local_bases


def bases(densities, restarts, seed):
    found = local_bases(densities, restarts=restarts, seed=seed)
    return {
        "density": found.density,
        "W": found.run.W,
        "loss": found.run.loss,
        "within": found.within,
        "pairs": [antipodal_bases_loss(p) for p in densities],
    }


study = kept("local-bases", {"densities": [0.2, 0.05, 0.02], "restarts": 8, "seed": 0}, bases)
dimensionalities = dimensionality(study["W"])

# %%
# WᵀW, features in the order of their sets, those of the second one opposite to those of the first.


def matched(W):
    """W with the second set in the order of its members' opposites in the first."""
    from scipy.optimize import linear_sum_assignment

    return np.vstack([W[:10], W[10:][linear_sum_assignment(W[:10] @ W[10:].T)[1]]])


figure, axes = plt.subplots(1, 3, figsize=(11, 3.9), layout="constrained")
for ax, p, W in zip(axes, study["density"], study["W"], strict=True):
    ordered = matched(W)
    image = ax.imshow(ordered @ ordered.T, cmap="RdBu_r", vmin=-1, vmax=1)
    ax.axhline(9.5, color="0.3", linewidth=0.8)
    ax.axvline(9.5, color="0.3", linewidth=0.8)
    ax.set(xlabel="feature", ylabel="feature", title=f"1 − S = {p:g}", xticks=(0, 5, 10, 15),
           yticks=(0, 5, 10, 15))  # fmt: skip
figure.colorbar(image, ax=axes, label="WᵀW", shrink=0.85)

# %%

for p, loss, pairs, within, D in zip(
    study["density"], study["loss"], study["pairs"], study["within"], dimensionalities, strict=True
):
    print(f"1 − S = {p:g}: {within.min():.1f}° to {within.max():.1f}° within the sets, "
          f"D {D.min():.3f} to {D.max():.3f}; "
          f"ten pairs cost {pairs / loss:.3f} times as much")  # fmt: skip
