"""
A hundred absolute values on forty neurons
==========================================

Paper, section 10.2: importances .8^i, seven densities. Without superposition forty neurons serve
twenty features; as sparsity grows neurons turn polysemantic, those of unimportant features first.

**Trained** as the authors do, one model of 10 000 steps per density: 0, 2, 10, 30, 40, 40 and 40
of the forty neurons are polysemantic. **Off:** the sparse ones are not finished. Two neurons for
each of the first twenty features leave .8^20 = 1.2 % of what representing nothing costs, **exact**
at every density; the loop leaves 1.3 % at 1 − S = .1, 10 % at .01 and 44 % at .001. At .01 one
quasi-Newton descent on the stratified loss leaves .5 %, a twentieth, and has 23 polysemantic
neurons beside 17 monosemantic ones: the mixture that the paper shows at that density.
"""

import matplotlib.pyplot as plt
import numpy as np
from kept import kept

from geometry import rescaled_neurons, superposition
from geometry.draw_neurons import draw_stacks
from geometry.draw_norms import superposition_scale
from tegum.studies.absolute_values import DENSITIES, IMPORTANCE, absolute_values
from theory import absolute_value_losses


def one_density(density, method, seed):
    study = absolute_values(densities=(density,), method=method, seed=seed)
    assert study.run.readout is not None
    return {
        "W": study.run.W[0].astype("f4"),
        "readout": study.run.readout[0].astype("f4"),
        "b": study.run.b[0].astype("f4"),
        "loss": study.run.loss[0],
        "features": study.features[0],
        "primary_ratio": study.primary_ratio[0],
    }


models = [
    kept("absolute-values", {"density": density, "method": "sampled", "seed": 0}, one_density)
    for density in DENSITIES
]
exact = kept("absolute-values", {"density": 0.01, "method": "exact", "seed": 0}, one_density)
polysemantic = [int((model["features"] > 1).sum()) for model in models]
ratios = [float(model["primary_ratio"].mean()) for model in models]
nothing = [IMPORTANCE.sum() * float(absolute_value_losses(p)["none"]) for p in DENSITIES]
shares = [float(model["loss"]) / loss for model, loss in zip(models, nothing, strict=True)]

exact_share = float(exact["loss"]) / nothing[DENSITIES.index(0.01)]
exact_polysemantic = int((exact["features"] > 1).sum())
alone = IMPORTANCE[20:].sum() / IMPORTANCE.sum()

# %%
# A column per neuron, as high as the weights into it, with the largest at 1 (footnote 15). Neurons
# stand in the order of their largest feature. Orange features share their direction with others.
# The last row is the descent at .01.

COLOURS = superposition_scale()
rows = [
    (f"1 − S = {density:g}: {many} of 40 neurons polysemantic", model)
    for density, many, model in zip(DENSITIES, polysemantic, models, strict=True)
]
rows.append((f"1 − S = 0.01, descent: {exact_polysemantic} of 40 neurons polysemantic", exact))
figure, axes = plt.subplots(len(rows), 1, figsize=(10, 14), layout="constrained")
for (title, model), ax in zip(rows, axes, strict=True):
    W, _ = rescaled_neurons(model["W"], model["readout"])
    W = np.abs(W)[:, np.argsort(np.abs(W).argmax(axis=0), kind="stable")]
    W[W < 0.05] = 0.0
    draw_stacks(W, colors=COLOURS.to_rgba(superposition(W)), ax=ax)
    ax.set(title=title, xlabel="neuron" if ax is axes[-1] else "")
figure.colorbar(
    COLOURS,
    ax=axes,
    shrink=0.3,
    label="superposition $\\sum_{j \\neq i} (\\hat{W}_i \\cdot W_j)^2$",
)

# %%
# Left, the neurons on which a second feature has more than a tenth of the largest weight, and the
# second weight over the largest. Right, what is lost of what there is to lose.

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
OPEN = {"markerfacecolor": "none", "linewidth": 0.8}
left.plot(DENSITIES, np.array(polysemantic) / 40, "o-", color="#0072B2", **OPEN,
          label="trained: polysemantic")  # fmt: skip
left.plot(0.01, exact_polysemantic / 40, "*", color="#0072B2", ms=13, mfc="none",
          label="trained by descent: polysemantic")  # fmt: skip
left.plot(DENSITIES, ratios, "s-", color="#E69F00", **OPEN,
          label="trained: second weight / largest, mean")  # fmt: skip
left.set(ylabel="share", ylim=(-0.03, 1.42), title="Neurons")
left.set_yticks(np.linspace(0, 1, 6))
left.legend(frameon=False, loc="upper left")
right.plot(DENSITIES, shares, "o-", color="#D55E00", **OPEN, label="trained: the loop")
right.plot(0.01, exact_share, "*", color="#D55E00", ms=13, mfc="none", label="trained by descent")
right.axhline(alone, color="#0072B2", label="exact: two neurons per feature")
right.set(yscale="log", ylabel="loss / loss of nothing", title="What the loop leaves")
right.set_ylim(0.003, 2)
right.legend(frameon=False, loc="upper left")
for ax in (left, right):
    ax.set(xscale="log", xlabel="density 1 − S")
    ax.set_xticks(DENSITIES, [f"{p:g}" for p in DENSITIES])
    ax.minorticks_off()
    ax.invert_xaxis()

# %%
# The counts, and the losses as a share of what representing nothing costs.

for density, many, ratio, share in zip(DENSITIES, polysemantic, ratios, shares, strict=True):
    print(f"1 − S = {density:g}: {many} polysemantic, ratio {ratio:.3f}, loss {share:.1%}")
print(f"descent at .01: {exact_polysemantic} polysemantic, loss {exact_share:.2%}")
