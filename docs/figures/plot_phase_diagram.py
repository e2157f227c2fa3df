"""
Superposition as a phase change: two features in one dimension
==============================================================

Paper, section 4.1: what becomes of an extra feature over its relative importance and its density,
in theory and in training.

**Paper:** the cheapest of three closed forms. **Exact:** the least loss over all W and b.
**Trained:** the best of four fits at each point. The closed forms put the end of the antipodal
pair at equal importance at 4/7 = .571; optimised, the pair lasts to .7064, and above it the weaker
feature does not vanish but shrinks continuously. That is the blur of the paper's empirical diagram.
"""

import matplotlib.pyplot as plt
import numpy as np
from kept import kept

from tegum.studies.phase_diagram import phase_diagram
from theory import (
    OptimalPhases,
    antipodal_boundary,
    boundary_end,
    optimal_phases,
    superposition_boundary,
)
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


def boundary(importances):
    found = [antipodal_boundary(r) for r in importances]
    return {
        "importance": importances,
        "jump": [one.jump.at for one in found],
        "onset": [one.onset if one.onset else np.nan for one in found],
        "end": boundary_end(),
    }


trained = kept(
    "trained-phases", {"n_hidden": 1, "points": 40, "restarts": 4, "seed": 0}, trained_phases
)
exact = OptimalPhases(
    **kept(
        "exact-phases",
        {"n_hidden": 1, "points": 32, "density": [0.05, 0.98], "relative_importance": [0.1, 10.0]},
        exact_phases,
    )
)
steps = kept(
    "antipodal-boundary",
    {"importances": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]},
    boundary,
)

# %%
# The cheapest candidate, the exact optimum and the trained model. Filled dots: W jumps, a
# transition of first order. Open dots: a feature fades in from nothing. Hatched: a second local
# minimum exists. The lines over the trained diagram are those between the closed forms.

figure, axes = plt.subplots(1, 3, figsize=(11, 4.7), layout="constrained", sharey=True)
grid = (trained["density"], trained["relative_importance"])
draw_phases(*grid, trained["predicted"], ax=axes[0])
legend = draw_optimal_phases(exact, ax=axes[1]).get_legend().legend_handles
draw_trained_phases(*grid, trained["norm"], trained["superposition"], ax=axes[2])
titles = ("paper: closed forms", "exact: least loss", "trained: best of four fits")
for ax, title in zip(axes, titles, strict=True):
    ax.get_legend().remove()
    ax.set(ylim=(exact.density[0], 1), title=title, xlabel="", ylabel="")
    ax.set_xticks((0.1, 1, 10), ("0.1", "1", "10"))
    ax.set_yticks((0.05, 0.1, 0.2, 0.5, 1), ("0.05", "0.1", "0.2", "0.5", "1"))
    ax.minorticks_off()
axes[0].set_ylabel("density 1 − S")
axes[1].set_xlabel("relative importance of the extra feature")
figure.legend(handles=legend, ncols=6, frameon=False, loc="outside lower center")

# %%
# The boundary below which the pair is the optimum: closed forms, and exact. Above a relative
# importance of .564 the exact transition has two steps: first W jumps to a weak pair, and only at
# the squares is the extra feature gone.

importance = np.geomspace(0.1, 1, 200)
figure, ax = plt.subplots(figsize=(7, 4.4), layout="constrained")
ax.plot(importance, superposition_boundary(importance), "--", color="0.5",
        label="paper: closed forms, 4r/(2 + 5r)")  # fmt: skip
ax.plot(steps["importance"], steps["jump"], "o-", color="#D55E00", label="exact: the pair jumps")
ax.plot(
    steps["importance"], steps["onset"], "s-", color="#0072B2", label="exact: the weak pair ends"
)
ax.annotate("4/7", (1, 4 / 7), xytext=(4, -4), textcoords="offset points")
ax.annotate(f"{steps['jump'][-1]:.4f}", (1, steps["jump"][-1]), xytext=(7, -4),
            textcoords="offset points")  # fmt: skip
ax.set(xlabel="relative importance of the extra feature", ylabel="density 1 − S",
       xlim=(0.06, 1.12), ylim=(0, 1.03), title="Where superposition ends")  # fmt: skip
ax.legend(frameon=False)

# %%
# Training and the closed forms say the same at most points; the rest lies between their boundary
# and the exact one.

print(
    f"trained as the closed forms say: {trained['agreement']:.1%} of {trained['norm'].size} points"
)
