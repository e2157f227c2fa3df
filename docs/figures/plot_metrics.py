"""
Which features are represented, and which are in superposition
==============================================================

Paper, section 3.2: WᵀW and b of a model that behaves like a linear one, and the two metrics: the
norm ‖W_i‖, and the superposition Σ_{j≠i} (Ŵ_i · W_j)².

**Exact:** the linear optimum at density 1, one dimension for each of the five most important
features and b = 1/2 for the others. **Trained:** the ReLU output model at the same density, which
costs the same, and the same model at 1 − S = .1, where the metrics tell the two apart.
"""

import matplotlib.pyplot as plt
import numpy as np

from geometry import superposition
from geometry.draw_norms import draw_model, draw_norms, superposition_scale
from theory import FeatureDistribution, linear_loss, linear_optimum
from training import ReluOutputModel, fit

importance = 0.7 ** np.arange(20)
features = FeatureDistribution(20, [[1.0], [0.1]], importance)
optimum = linear_optimum(features[0], 5)
linear = linear_loss(*optimum, features[0])
run = fit(ReluOutputModel(20, 5), features, restarts=12)

# %%
# Where nothing is sparse, WᵀW is the identity on what is represented and 0 elsewhere; b is 0 there
# and the mean of the feature elsewhere. In superposition WᵀW has entries off its diagonal.

panels = (
    ("linear model, exact", *optimum),
    ("ReLU output, 1 − S = 1", run.W[0], run.b[0]),
    ("ReLU output, 1 − S = 0.1", run.W[1], run.b[1]),
)
figure, axes = plt.subplots(
    2, 3, figsize=(9, 6.6), layout="constrained", height_ratios=[1, 1.1], sharey="row"
)
for (title, W, b), above, below in zip(panels, *axes, strict=True):
    draw_model(W, b, ax=above)
    draw_norms(W, ax=below)
    above.set_title(title)
for ax in axes[:, 1:].flat:
    ax.set_ylabel("")
figure.colorbar(axes[0, 0].images[0], ax=axes[0], shrink=0.9, label="$W_i \\cdot W_j$ and $b_i$")
figure.colorbar(
    superposition_scale(), ax=axes[1], shrink=0.9,
    label="superposition $\\sum_{j \\neq i} (\\hat{W}_i \\cdot W_j)^2$",
)  # fmt: skip

# %%
# The losses of the two models without superposition, and the metrics of both trained ones.

print(f"linear, exact: {linear:.7f}; ReLU output, trained: {run.loss[0]:.7f}")
for k, p in enumerate((1.0, 0.1)):
    print(f"1 − S = {p:g}: norms", np.linalg.norm(run.W[k], axis=1)[:10].round(2))
    print("   superposition", superposition(run.W[k])[:10].round(2))
