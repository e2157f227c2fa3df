"""
Superposition in a privileged basis
===================================

Paper, section 9: h = ReLU(Wᵀx), ten features of importance .75^i on five neurons. The paper shows
the best of a thousand models at each density, and six regimes from monosemantic neurons to pairs.

**Trained:** the best of 1000 descents at each density, and of what is carried there from the
densities beside it; all six regimes appear. They are narrow. Six features in four neurons, which
the paper has at 1 − S = .12, are the best there but neither at .11 nor at .15, in a code without
the neuron that in the paper tells important from unimportant features; random starts at .12 miss
them by half a percent of the loss. The eight features in five neurons that the paper
has from .05 to .08 are there from .11 on.
"""

# sphinx_gallery_thumbnail_number = 2

import matplotlib.pyplot as plt
import numpy as np
from kept import kept

from geometry.draw_neurons import draw_neurons, draw_stacks
from tegum.studies.privileged_basis import DENSITIES, IMPORTANCE, privileged_basis
from theory import FeatureDistribution
from training import ReluOutputModel, fit

REGIMES = {  # as the paper describes them, at the densities that it gives
    0.75: "one each",
    0.35: "three in two",
    0.15: "five in three",
    0.12: "six in four",
    0.11: "(none given)",
    0.1: "(none given)",
    0.06: "eight in five",
    0.03: "a pair each",
}


def best_models(densities, restarts, seed):
    study = privileged_basis(densities=tuple(densities), restarts=restarts, seed=seed)
    return {
        "W": study.W, "b": study.b, "loss": study.loss, "error": study.error,
        "fitted": study.run.loss, "represented": study.represented,
        "features": study.features, "neurons": study.neurons,
    }  # fmt: skip


# where many states are close, other searches tell how close the first has come: those of 500 are
# carried to a state at .15 that is .05 % lower, those of the other seed at .03 to one .1 % lower
searches = (
    {"densities": list(DENSITIES), "restarts": 1000, "seed": 1},
    {"densities": list(DENSITIES), "restarts": 500, "seed": 1},
    {"densities": [0.03], "restarts": 400, "seed": 0},
)
models = {}
for search in searches:
    study = kept("privileged-basis", search, best_models)
    for k, density in enumerate(search["densities"]):
        model = {name: values[k] for name, values in study.items()}
        if density not in models or model["loss"] < models[density]["loss"]:
            models[density] = model


def in_order(density):
    """Neurons by their most important feature of positive weight, the shared ones last."""
    model = models[density]
    W = np.where(model["represented"][:, None], model["W"], 0)
    most = np.abs(W).max(axis=0)
    first = np.where(W > 0.3, np.arange(10)[:, None], 10).min(axis=0)
    return model["W"][:, np.lexsort((first, most > 1.1))]


# %%
# The first figure: in a hidden layer without a ReLU any rotation of the weights is as good, and a
# fit ends in an arbitrary one; with it features align with neurons.

rotated = fit(ReluOutputModel(10, 5), FeatureDistribution(10, 0.75, IMPORTANCE), restarts=8).W
figure, axes = plt.subplots(1, 2, figsize=(6.5, 5), layout="constrained")
for ax, W, title in zip(
    axes, (rotated, in_order(0.75)), ("linear hidden layer", "ReLU hidden layer"), strict=True
):
    draw_neurons(W, ax=ax)
    ax.set_title(title)
figure.suptitle("The same features at 1 − S = 0.75")

# %%
# The second figure, and the main one: a column per neuron, a rectangle per feature as high as its
# weight, the most important yellow. From dense to sparse, weights above, stacks below.

figure, axes = plt.subplots(
    2, len(models), figsize=(11, 6.4), layout="constrained", height_ratios=[1, 1.2]
)
for density, above, below in zip(models, *axes, strict=True):
    W = in_order(density)
    draw_neurons(W, ax=above)
    draw_stacks(W, ax=below)
    above.set_title(f"1 − S = {density:g}\n{REGIMES[density]}", fontsize=10)
    below.tick_params(labelsize=8, pad=1)
    if density != 0.75:
        above.set_ylabel("")
        below.set_ylabel("")
figure.suptitle("Ten features on five neurons, the best found; the paper's regimes above")

# %%
# Features on every neuron (of a weight above .3), and neurons of every feature.

for density, model in models.items():
    features = sorted(model["features"].tolist())
    print(f"1 − S = {density:g}: loss {model['loss']:.6f} ± {model['error']:.0e}, features "
          f"{features}, neurons {model['neurons'].tolist()}")  # fmt: skip
pairs = [tuple(np.flatnonzero(row > 0.5).tolist()) for row in models[0.03]["W"]]
print("neurons that each feature drives at .03:", pairs)
