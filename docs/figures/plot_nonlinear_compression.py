"""
Two dense features through one dimension
========================================

Paper, appendix 14.1: t = (⌊Zx⌋ + y)/Z keeps both of two dense uniform features, if the steps of
⌊Zx⌋ are steep enough: ReLUs make ramps of width ε of them.

**Exact:** the mean squared error per feature in closed form. The best linear map loses 1/24 per
feature. The paper says that even ε = .1 and Z = 3 beat it: with a ramp at the ends of the first
Z − 1 units the error there is .506 of that, and Z = 3 breaks even at ε = .2529; with a ramp at
every end, at ε = .1568. Which of the two the paper draws is not said. It counts 12 neurons per Z
segment; this construction takes 2(2Z − 1), ten for Z = 3.
"""

import matplotlib.pyplot as plt
import numpy as np

from theory import StaircaseCode, break_even_ramp
from theory.nonlinear_compression import LINEAR

RAMPS = (0.02, 0.05, 0.1, 0.2, 0.3)
SEGMENTS = np.arange(2, 13)
error = {ramp: [StaircaseCode(int(Z), ramp).error for Z in SEGMENTS] for ramp in RAMPS}
steep = 1 / (24 * SEGMENTS**2)
break_even = {int(Z): break_even_ramp(int(Z)) for Z in SEGMENTS}
limit = (1 + (np.sqrt(2) - 1) ** (1 / 3) - (np.sqrt(2) + 1) ** (1 / 3)) / 2
paper = StaircaseCode(segments=3, ramp=0.1)
everywhere = StaircaseCode(segments=3, ramp=0.1, last_ramp=True)

# %%
# Left, the error against the number of segments: x gets cheaper as 1/Z², y costs what the ramps
# take. Right, the ramps at which nonlinear and linear break even.

figure, (left, right) = plt.subplots(
    1, 2, figsize=(11, 4.6), layout="constrained", width_ratios=[1.4, 1]
)
COLOURS = ("#0072B2", "#56B4E9", "#009E73", "#E69F00", "#D55E00")
for (ramp, values), colour in zip(error.items(), COLOURS, strict=True):
    left.plot(SEGMENTS, values, "o-", color=colour, label=f"ε = {ramp:g}")
left.plot(SEGMENTS, steep, color="black", linewidth=1, label="ε = 0: 1/(24 Z²) for x, y exact")
left.axhline(LINEAR, color="#CC79A7", linewidth=2, label="linear: 1/24")
left.set(yscale="log", xlabel="segments Z", ylabel="mean squared error per feature")
left.set_title("Compressing two features into one dimension")
left.legend(frameon=False, ncols=2, fontsize=9)
right.plot(SEGMENTS, list(break_even.values()), "o-", color="#0072B2", label="exact: breaks even")
right.axhline(limit, color="0.4", linestyle=":", label=f"as Z → ∞: {limit:.4f}")
right.plot(3, 0.1, "x", color="0.4", markersize=9, mew=2, label="paper: ε = 0.1, Z = 3")
right.fill_between(SEGMENTS, list(break_even.values()), color="#0072B2", alpha=0.12)
right.set(xlabel="segments Z", ylabel="ramp ε", ylim=(0, 0.35))
right.set_title("Below the line nonlinear wins")
right.legend(frameon=False, loc="upper right")

# %%
# The code itself at the paper's point: what x and y become.

figure, axes = plt.subplots(1, 2, figsize=(9, 4.2), layout="constrained")
grid = (np.arange(300) + 0.5) / 300
x, y = np.meshgrid(grid, grid)
decoded = paper.decode(paper.encode(x, y))
for ax, truth, value, name in zip(axes, (x, y), decoded, "xy", strict=True):
    image = ax.pcolormesh(
        grid, grid, np.abs(value - truth), cmap="cividis", vmin=0, vmax=0.5, rasterized=True
    )
    ax.set(xlabel="x", ylabel="y", aspect="equal", title=f"error of {name}")
figure.colorbar(image, ax=axes, label="absolute error", extend="max")
figure.suptitle("ε = 0.1, Z = 3: wrong on the ramps, which are a tenth of each unit")
measured = [
    float(((value - truth) ** 2).mean()) for value, truth in zip(decoded, (x, y), strict=True)
]

# %%
# Errors relative to the linear one.

print(f"Z = 3, ε = .1: {paper.error / LINEAR:.4f}, with a ramp at every end "
      f"{everywhere.error / LINEAR:.4f}; {paper.neurons} neurons")  # fmt: skip
print("break even:", {Z: round(ramp, 4) for Z, ramp in break_even.items()})
