"""
Exact training against the usual loop
=====================================

Beyond the paper: what a model costs when its exact expected loss is minimised, against the loop of
the authors' notebook (AdamW, 10000 batches of 1024 inputs), on one thread of one processor.

**Exact** and **Trained** are the two methods of `training.fit`. The times are those of
`make bench`, as its page says; the figure reads them from there.
"""

import json
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from kept import DATA

measured = json.loads((Path(DATA).parents[1] / "benchmarks.json").read_text())
rows = measured["rows"]
STEPS = 10_000

# %%
# Left: time per model. Right: the exact loss of exact training over that of the loop, the mean over
# densities and the worst of them.

labels = [f"{row['n']} in {row['m']}" for row in rows]
loop = [STEPS * row["loop"] * 1e-6 for row in rows]
exact = [row["ours"] / row["densities"] for row in rows]
mean = [float(np.mean([float(one) for one in row["mean"].split()])) for row in rows]
worst = [max(float(one) for one in row["worst"].split()) for row in rows]
place = np.arange(len(rows))
figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.4), layout="constrained")
left.bar(place - 0.2, loop, 0.4, color="#E69F00", label="loop")
left.bar(place + 0.2, exact, 0.4, color="#0072B2", label="exact")
for x, row, height in zip(place, rows, loop, strict=True):
    left.annotate(f"{row['ratio']} ×", (x, height), xytext=(0, 3), textcoords="offset points",
                  ha="center")  # fmt: skip
left.set(yscale="log", ylabel="seconds per model", xticks=place, ylim=(None, 4 * max(loop)))
left.set_xticklabels(labels)
left.set_xlabel("features in hidden dimensions")
left.legend(frameon=False, loc="upper left")
left.set_title("Time")
right.plot(place, mean, "o", color="#0072B2", markersize=9, label="mean over densities")
right.plot(place, worst, "_", color="#D55E00", markersize=16, label="worst density")
right.axhline(1, color="0.4", linestyle=":", linewidth=1)
right.set(xticks=place, ylabel="exact loss / that of the loop", xlim=(-0.5, len(rows) - 0.5))
right.set_xlabel("features in hidden dimensions")
right.set_xticklabels(labels)
right.legend(frameon=False, loc="lower right")
right.set_title("Loss")
