"""
As sparsity increases, models use superposition
===============================================

Paper, section 1: five features of falling importance in two dimensions, at three sparsities. The
paper shows two orthogonal features, four in two antipodal pairs, and five in a pentagon.

**Exact:** the global optimum at each sparsity, which the paper's panels are. **Named:** what
`geometry.identify` says of it.
"""

import matplotlib.pyplot as plt

from geometry.draw import draw_features
from tegum.studies.introduction import introduction

study = introduction()

# %%
# An arm is a column of W, yellow the most important feature. Which features are antipodal at 80 %
# is not settled by the loss to more than a percent: several pairings are nearly as good.

figure, axes = plt.subplots(1, 3, figsize=(11, 4.4), layout="constrained")
for ax, sparsity, W, verdict in zip(
    axes, study.sparsities, study.run.W, study.verdicts, strict=True
):
    draw_features(W, ax=ax)
    ax.set_title(f"{sparsity:.0%} sparse\n{verdict.summary()}")

# %%
# Exact losses, beside the ideal shapes.

for sparsity, comparison in zip(study.sparsities, study.comparisons, strict=True):
    print(f"S = {sparsity:.0%}: loss {comparison.loss:.6f}, {comparison.ratio:.4f} of the ideal")
