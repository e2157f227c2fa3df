"""
Superposition as a phase change: three features in two dimensions
=================================================================

Paper, section 4.2: the same diagram with two equally important features beside the extra one.

**Paper:** the cheapest of four closed forms; W ⊥ (1, 1, 1) is left out. **Exact:** the least loss
over all W and b. **Trained:** the best of four fits at each point. What the paper leaves out is
what is learned: at equal importance a triangle is the optimum at every density above .5218. Where
the extra feature is much more important, the other two are a digon up to .7064, not 4/7.
"""

import matplotlib.pyplot as plt
import numpy as np
from kept import kept

from tegum.studies.phase_diagram import phase_diagram, triangle_transition
from theory import OptimalPhases, ideal, optimal_phases, three_feature_losses
from theory.phases.draw import draw_optimal_phases, draw_phases, draw_trained_phases


def trained_phases(n_hidden, points, restarts, seed):
    found = phase_diagram(n_hidden, points=points, restarts=restarts, seed=seed)
    fields = ("density", "relative_importance", "predicted", "norm", "superposition", "agreement")
    return {name: getattr(found, name) for name in fields}


def exact_phases(n_hidden, points, density, relative_importance):
    found = optimal_phases(
        n_hidden, np.geomspace(*density, points), np.geomspace(*relative_importance, points)
    )
    return vars(found)


def triangle(restarts, seed):
    found = triangle_transition(restarts=restarts, seed=seed)
    return {"at": found.at, "rational": found.rational, "of_ground_state": found.of_ground_state}


trained = kept(
    "trained-phases", {"n_hidden": 2, "points": 40, "restarts": 4, "seed": 0}, trained_phases
)
exact = OptimalPhases(
    **kept(
        "exact-phases",
        {"n_hidden": 2, "points": 24, "density": [0.05, 0.98], "relative_importance": [0.1, 10.0]},
        exact_phases,
    )
)
tie = kept("triangle-transition", {"restarts": 50, "seed": 0}, triangle)

# %%
# Light blue, "others in superposition": the extra feature is dedicated, and the other two share a
# dimension. The exact and the trained diagrams are coloured by the extra feature alone, so that
# there it is as blue as where another one is ignored. Around equal importance and density ¾ both
# show a wedge that no closed form has: the triangle and its relatives.

figure, axes = plt.subplots(1, 3, figsize=(11, 4.7), layout="constrained", sharey=True)
grid = (trained["density"], trained["relative_importance"])
legend = draw_phases(*grid, trained["predicted"], ax=axes[0]).get_legend().legend_handles
legend += draw_optimal_phases(exact, ax=axes[1]).get_legend().legend_handles[3:]
draw_trained_phases(*grid, trained["norm"], trained["superposition"], ax=axes[2], n_hidden=2)
titles = ("paper: closed forms", "exact: least loss", "trained: best of four fits")
for ax, title in zip(axes, titles, strict=True):
    ax.get_legend().remove()
    ax.set(ylim=(exact.density[0], 1), title=title, xlabel="", ylabel="")
    ax.set_xticks((0.1, 1, 10), ("0.1", "1", "10"))
    ax.set_yticks((0.05, 0.1, 0.2, 0.5, 1), ("0.05", "0.1", "0.2", "0.5", "1"))
    ax.minorticks_off()
axes[0].set_ylabel("density 1 − S")
axes[1].set_xlabel("relative importance of the extra feature")
figure.legend(handles=legend, ncols=4, frameon=False, loc="outside lower center")

# %%
# Three equally important features: the loss of the triangle beside the paper's candidates.

density = np.linspace(0.3, 1.0, 36)
losses = three_feature_losses(density, 1.0)
triangles = np.array([3 * ideal("triangle", p).loss_per_feature for p in density])
digons = np.array([2 * ideal("digon", p).loss_per_feature for p in density])
candidates = np.minimum(losses["not represented"], losses["superposition"])
figure, ax = plt.subplots(figsize=(7, 4.4), layout="constrained")
ax.plot(density, losses["not represented"], "-.", color="0.5", label="paper: one feature ignored")
ax.plot(density, losses["superposition"], "--", color="0.5",
        label="paper: a digon and a dedicated feature")  # fmt: skip
ax.plot(density, digons, color="#D55E00", label="exact: the same, with free lengths and biases")
ax.plot(density, triangles, color="#009E73", label="exact: triangle, W ⊥ (1, 1, 1)")
ax.axvline(float(tie["at"]), color="0.6", linestyle=":")
ax.annotate(f"{tie['at']:.4f}", (float(tie["at"]), 0.02), xytext=(4, 0), textcoords="offset points")
ax.set(xlabel="density 1 − S", ylabel="loss, summed over features", ylim=(0, 0.13),
       title="What the paper leaves out")  # fmt: skip
ax.legend(frameon=False)

# %%
# The dotted line is where the triangle passes the best digon there is.

saving = 1 - (triangles / candidates).min()
print(f"the triangle is up to {saving:.0%} cheaper than any candidate")
