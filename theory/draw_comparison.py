"""A picture of where a model's loss differs from the best packing's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from theory.compare import Comparison

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito 2008
_WHOLE, _ABOVE, _BELOW = "#767676", "#D55E00", "#0072B2"
_STEPS = {
    "choice": "other shapes than the packing's",
    "shapes": "shapes that are not ideal",
    "not represented": "features left out",
}


def draw_comparison(comparison: Comparison, ax: Axes | None = None) -> Axes:
    """The way from the loss of the best packing to that of the model, one bar for each part.

    In percent of the best packing's loss; vermilion parts cost, blue ones save. Raises ValueError
    for a comparison without a gap: one without a packing, or of components that are unknown.
    """
    gap = comparison.gap
    if gap is None or comparison.packing is None:
        raise ValueError(
            "expected a comparison with a best packing whose components are all named, got one "
            "without; pass packing=best_packing(features, n_hidden), or draw another model"
        )
    if ax is None:
        import matplotlib.pyplot as plt

        ax = plt.figure(figsize=(8, 3.2), layout="constrained").add_subplot()
    unit = 100 / comparison.packing.loss if comparison.packing.loss else 0.0
    rows = [(f"best packing\n{comparison.packing.summary()}", 100.0, 0.0, _WHOLE)]
    level = 100.0
    for name, label in _STEPS.items():
        step = gap[name] * unit
        rows.append((label, step, level, _ABOVE if step > 0 else _BELOW))
        level += step
    rows.append((f"trained\n{comparison.identification.summary()}", level, 0.0, _WHOLE))
    for y, (_, width, left, color) in enumerate(rows):
        ax.barh(y, width, left=left, color=color, height=0.6)
        # what is left over of a part that is none is rounding
        said = f"  {width:.5g} %" if color == _WHOLE else f"  {round(width, 6):+.3g} %"
        ax.text(left + max(width, 0), y, said, va="center")
    ax.set_yticks(range(len(rows)), [row[0] for row in rows])
    ax.invert_yaxis()
    lowest, highest = min(100.0, level), max(100.0, level)
    spread = max(highest - lowest, 0.5)
    ax.set_xlim(lowest - 0.6 * spread, highest + 0.6 * spread)
    ax.set_xlabel("exact loss, % of the best packing's")
    ax.spines[["top", "right"]].set_visible(False)
    return ax
