"""
Features come in a few dimensionalities, and each has a shape
=============================================================

Paper, section 5.2: the dimensionality D_i = ‖W_i‖² / Σ_j (Ŵ_i · W_j)² of every feature against
1 / (1 − S), with lines where polytopes would be, and graphs of a few models. Here n = 60 equal
features in m = 8 dimensions.

**Exact:** every model is the lowest optimum found of the exact loss, so a dot on a line is on it.
**Named:** the paper reads shapes off the lines; here `geometry.identify` finds them in the weights.
Where the paper sees clusters give way to a spread beyond about 1 / (1 − S) = 7, there is one
connected piece of all represented features, named unknown: it is no polytope of the catalogue.
"""

import matplotlib.pyplot as plt
import numpy as np
from kept import kept

from geometry import dimensionality, identify
from geometry.draw import draw_dimensionalities, draw_interference_graph
from tegum.studies.uniform import N_HIDDEN, uniform


def optima(restarts, seed):
    study = uniform(restarts=restarts, seed=seed)
    return {
        "inverse_density": study.inverse_density,
        "W": study.run.W.astype(np.float32),
        "loss": study.run.loss,
    }


found = kept("uniform", {"restarts": 6, "seed": 0}, optima)
inverse, W = found["inverse_density"], found["W"].astype(np.float64)
D = dimensionality(W)
dimensions_per_feature = N_HIDDEN / (W**2).sum(axis=(1, 2))
verdicts = [identify(one) for one in W]

# %%
# Every dot is a feature, coloured by the shape that it belongs to; the black line is
# D* = m / ‖W‖², the dimensions per feature. In dense models eight features have three quarters of a
# dimension each, and all others share what is left. Then come triangles (2/3), digons (1/2) over
# the widest range of densities, pentagons (2/5), square antiprisms (3/8).

figure, ax = plt.subplots(figsize=(10, 6), layout="constrained")
ax.plot(inverse, dimensions_per_feature, color="black", linewidth=1, zorder=2)
ax.annotate("D*", (inverse[3], dimensions_per_feature[3]), xytext=(8, 2),
            textcoords="offset points")  # fmt: skip
draw_dimensionalities(inverse, list(D), verdicts, ax=ax)
ticks = [1, 1.5, 2, 3, 4.5, 7, 12, 20]
ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
ax.minorticks_off()
ax.set_title("Sixty equal features in eight dimensions, from dense to sparse")

# %%
# The graphs of four of them, one circle per component: a component uses dimensions of its own, and
# nothing interferes across. The paper's tegum products are what a graph of several circles is.

shown = [1.45, 3.0, 4.5, 5.0]
figure, axes = plt.subplots(2, 2, figsize=(10, 7.4), layout="constrained")
for ax, x in zip(axes.flat, shown, strict=True):
    k = int(np.argmin(np.abs(inverse - x)))
    draw_interference_graph(W[k], verdicts[k], ax=ax)
    ax.get_legend().remove()
    ax.set(anchor="N", xlabel="", title=f"1 / (1 − S) = {x:g}\n{verdicts[k].summary()}")
figure.suptitle("Edges: interference $|W_i \\cdot W_j|$; open circles: features not represented")

# %%
# The dimensionalities use up all dimensions: Σ D_i is m, less a little where a component is not
# tight. Never more: D_i is at most the leverage of feature i, and those sum to the rank.

for x, share, verdict in zip(inverse, D, verdicts, strict=True):
    print(f"1/(1 − S) = {x:5.2f}: Σ D_i = {share.sum():.3f} of {N_HIDDEN}, {verdict.summary()}")
