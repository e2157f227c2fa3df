"""
What the confidence of a name is worth
======================================

Beyond the paper, which reads shapes off by eye: `geometry.identify` gives each name a confidence.
Were names of confidence c right in a share c of cases, it would be calibrated. Trials are shapes of
the catalogue, displaced, and as many arrangements that have no right name.

The counts are those of `python -m tests.benchmarks.decision --write`, read from the page on naming.
"""

import re
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from kept import DATA

text = (Path(DATA).parents[1] / "naming.md").read_text()
ROW = re.compile(
    r"^\| 0\.\d–[01]\.\d \| (\d+) \| ([\d.]+) \| ([\d.]+)% \(([\d.]+)%–([\d.]+)%\) \|", re.M
)
table = np.array([[float(cell) for cell in row] for row in ROW.findall(text)])
names, confidence, (right, low, high) = table[:, 0], table[:, 1], table[:, 2:].T / 100
error = float(re.search(r"^Expected calibration error ([\d.]+) ", text, re.M)[1])

# %%
# Bars are exact 95 % intervals. Low confidences are too modest; nearly all names have one above .9.

figure, ax = plt.subplots(figsize=(6.5, 5), layout="constrained")
ax.plot([0.5, 1], [0.5, 1], color="0.5", linestyle=":", label="calibrated")
ax.errorbar(confidence, right, (right - low, high - right), fmt="o", color="#0072B2", capsize=3,
            label="measured, 95 % intervals")  # fmt: skip
for x, y, count in zip(confidence, right, names, strict=True):
    ax.annotate(f"{count:.0f} names", (x, y), xytext=(0, 7), textcoords="offset points",
                ha="center")  # fmt: skip
ax.set(xlabel="mean confidence of the names in a bin", ylabel="share of them that are right")
ax.set(xlim=(0.5, 1.06), ylim=(0.48, 1.06))
ax.legend(frameon=False, loc="lower right")
ax.set_title(f"{names.sum():.0f} names; expected calibration error {error:.4f}")
