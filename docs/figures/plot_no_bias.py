"""
Without biases: confused features
=================================

Paper, section 4.3 (comment by T. McGrath): the exact loss of two features in one dimension without
biases, as a surface over the two weights. (a) a less important feature with a small weight, (b) an
antipodal pair, (c) at S = .1 and importance .8 a "confused feature", W_1 ≈ W_2 ≈ 1/√2.

**Exact:** all three surfaces and all their minima. **Trained:** nothing. The comment takes the
change from (a) to (b) for a continuous one; it is a jump at every importance: the pair appears at
a distance while the small weight is still positive.
"""

import matplotlib.pyplot as plt
import numpy as np

from theory import confusion_transition, no_bias_loss, no_bias_minima

# (a) and (b) are not specified in the paper; (c) is
CASES = {"(a) less important": (0.7, 0.2), "(b) sparse": (0.2, 0.8), "(c) confused": (0.9, 0.8)}
MARKERS = {"confused": "o", "antipodal": "s"}
LIGHT = "#FFEDB8"  # of their rims, on light and dark pages
minima = {title: no_bias_minima(*at) for title, at in CASES.items()}

# %%
# Contours of the loss, its minima (circle: confused, same sign; square: antipodal), the lowest
# filled. The other sign of both weights is the same model.

grid = np.linspace(-1.4, 1.4, 201)
figure, axes = plt.subplots(1, 3, figsize=(11, 4), layout="constrained")
for ax, (title, (p, importance)) in zip(axes, CASES.items(), strict=True):
    surface = no_bias_loss(grid[None, :], grid[:, None], p, importance)
    lowest = minima[title][0].loss
    levels = lowest + 0.4 * p * np.linspace(0, 1, 22) ** 2
    drawn = ax.contourf(grid, grid, surface, levels=levels, cmap="cividis", extend="max")
    for k, minimum in enumerate(minima[title]):
        W = np.array(minimum.W)
        for sign in (1, -1):
            ax.plot(*(sign * W), MARKERS[minimum.kind], color=LIGHT, markersize=9,
                    markerfacecolor="#D55E00" if k == 0 else "none")  # fmt: skip
    ax.set(xlabel="$W_1$", ylabel="$W_2$", aspect="equal",
           title=f"{title}\nS = {1 - p:.1f}, importance {importance}")  # fmt: skip
    figure.colorbar(drawn, ax=ax, label="exact loss", format="%.3f", location="bottom",
                    ticks=levels[::7], shrink=0.8)  # fmt: skip

# %%
# Where the lower minimum changes kind. At equal importance it is p = (40 − 4√14)/43 = .5822.

importance = np.geomspace(0.02, 1, 40)
change = np.array([confusion_transition(r) for r in importance])
figure, ax = plt.subplots(figsize=(7, 4.2), layout="constrained")
ax.plot(importance, change, color="black")
ax.fill_between(importance, change, 1, color="#0072B2", alpha=0.25, linewidth=0)
ax.fill_between(importance, 0, change, color="#D55E00", alpha=0.25, linewidth=0)
ax.text(0.03, 0.85, "confused: $W_1 W_2 > 0$")
ax.text(0.3, 0.08, "antipodal: $W_1 W_2 < 0$")
for title, (p, r) in CASES.items():
    ax.plot(r, p, "ko", markersize=5)
    ax.annotate(title[:3], (r, p), xytext=(6, 4), textcoords="offset points")
ax.set(xscale="log", xlim=(0.02, 1), ylim=(0, 1), xlabel="importance of the second feature",
       ylabel="density 1 − S", title="Which state is the optimum")  # fmt: skip
ax.set_xticks((0.02, 0.05, 0.1, 0.2, 0.5, 1), ("0.02", "0.05", "0.1", "0.2", "0.5", "1"))
ax.minorticks_off()

# %%
# The two states at their tie: the second weight jumps, by .58 at the least.


def jump(r):
    """W_2 of the lowest confused and of the lowest antipodal minimum, at their tie."""
    found = {
        minimum.kind: minimum.W for minimum in no_bias_minima(confusion_transition(r), r)[::-1]
    }
    return found["confused"][1] - found["antipodal"][1]


jumps = np.array([jump(r) for r in importance])
print(f"equal importance: {confusion_transition(1.0):.7f}; least jump {jumps.min():.2f}")
for title, found in minima.items():
    print(title, *(f"{m.kind} ({m.W[0]:.3f}, {m.W[1]:.3f}) {m.loss:.5f}" for m in found), sep="; ")
