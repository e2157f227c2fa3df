"""Makes the page of the closed forms and its pictures: docs/formulas.md, docs/formulas*.png.

python docs/make_formulas.py
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from sympy import Expr, latex

from theory import FeatureDistribution, StaircaseCode, break_even_ramp, exact_reference_loss
from theory.nonlinear_compression import LINEAR
from theory.symbolic import (
    absolute_value,
    digon,
    linear,
    nonlinear_compression,
    one_active,
    sparse,
    thomson,
    two_features,
)
from theory.symbolic.symbols import p

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HERE = Path(__file__).parent
DENSITIES = (0.5, 0.2, 0.05, 0.01, 0.001)
CURVE = np.geomspace(0.001, 0.5, 28)
RAMPS = (0.01, 0.1, 0.2, 0.3)
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
INTRODUCTION = """# Closed forms

Derived with sympy in `theory/symbolic/` and written here by `python docs/make_formulas.py`; each is
tested against the engines of the exact loss. p = 1 − S is the density, v = p/3 − p²/4 the variance
of a feature, a = ‖W_i‖² a squared norm, c = W_i·W_j an overlap, b a bias, r the importance of the
last feature relative to the others. Active features are uniform on [0, 1].
"""
COMPRESSION = """The mean squared error per feature, read at δ = 1/2, beside the 1/24 of the best
linear map (dashed). With ramps at Z − 1 ends of segments (lines) ε = {three:.4f} breaks even at
Z = 3, and {many:.4f} as Z → ∞. With one at the end of the last segment too (dotted), where there is
nothing to jump over, {three_last:.4f} breaks even at Z = 3. The paper's statement that ε = .1 and
Z = 3 beat the linear map holds for both; ε = .2 does so only without the needless ramp.

![Error of the staircase code against the number of segments](formulas-compression.png)
"""
APPROXIMATIONS = """## How far the approximations go

The relative error of a loss against the exact one: of the strata with at most one active feature,
for the pentagon that is best in the sparse limit; of the sparse limit p h itself, for the same
pentagon; of the digon without bias at length 1, and at its best length, against the best digon.

![Relative errors of four approximations against the density](formulas.png)
"""
NAMES = (
    "at most one active",
    "sparse limit",
    "digon, a = 1, b = 0",
    "digon, best a, b = 0",
)


def sections() -> dict[str, list[tuple[str, str, Expr]]]:
    """Titles, and under each what a formula says, its left side in LaTeX and its right side."""
    importance, G = linear.importances(2), linear.overlaps(2)
    two, three = two_features.candidates(2), two_features.candidates(3)
    x_error, y_error = nonlinear_compression.mean_squared_errors()
    lower = two_features.boundary(two["not represented"], two["superposition"])
    upper = two_features.boundary(two["dedicated"], two["superposition"])
    others = two_features.boundary(three["ignore another"], three["others in a pair"])
    return {
        "The linear model": [
            (
                "Feature benefit and interference, here of two features: the exact loss of "
                "Gaussian features, and with the best biases 1/v of that of sparse ones",
                r"L",
                linear.benefit_and_interference(G, importance),
            ),
            (
                "Of W = (cos θ, sin θ): least where the more important feature is alone, and the "
                "same at every angle if the importances are equal, where superposition ties",
                r"L(\theta)",
                linear.two_on_a_circle(),
            ),
        ],
        "Strata": [
            ("The loss over the number of active features, here of three", "L", sparse.mixture(3)),
            (
                "A feature alone at its own output: ∫ (x − ReLU(a x + b))² dx",
                r"\mathrm{own}(a, b)",
                sparse.own_term(),
            ),
            (
                "A feature alone at another's output: ∫ ReLU(c x + b)² dx",
                r"\mathrm{other}(c, b)",
                sparse.other_term(),
            ),
        ],
        "The digon": [
            ("Per feature, for 0 ≤ b ≤ a", r"\ell(a, b)", digon.loss()),
            ("Without a bias", r"\ell(a, 0)", digon.loss_without_bias()),
            ("The best squared norm without a bias", r"a^*", digon.best_length()),
            ("The loss there", r"\ell^*", digon.least_loss()),
            ("The best bias, as p → 0", r"b^*", digon.best_bias_when_sparse()),
        ],
        "Two features in one dimension, three in two": [
            ("A feature that is ignored, b = p/2", "v", two_features.ignored()),
            ("A feature of an antipodal pair, a = 1, b = 0", r"\ell", two_features.paired()),
            ("n = 2: superposition below, the extra feature ignored above", "p^*(r)", lower),
            ("n = 2: superposition below, the extra feature dedicated above", "p^*(r)", upper),
            ("n = 3: the others in a pair below, one of them ignored above", "p^*", others),
            (
                "Without biases, W = (u, w) of one sign (McGrath)",
                "L",
                two_features.without_biases(opposite=False),
            ),
            (
                "Without biases, W = (u, −w), u ≥ w > 0 (McGrath)",
                "L",
                two_features.without_biases(opposite=True),
            ),
            ("Without biases, r = 1: the confused feature", "L", two_features.confused()),
            (
                "Without biases, r = 1: above this density it is best, below the antipodal pair",
                "p^*",
                two_features.antipodal_confused_transition(),
            ),
        ],
        "The sparse limit": [
            ("The energy of a pair of cosine c > 0, over p", "E", thomson.pair_energy()),
            (
                "The loss of a feature over p, with b = −β a and Q = Σ (c − β)³/c over the "
                "cosines c > β",
                "h(a)",
                thomson.sparse_loss(),
            ),
            ("The best squared norm", "a^*", thomson.best_length()),
            ("The loss there: what a code minimises", "h", thomson.least_sparse_loss()),
        ],
        "One active feature: the polygons of Chen et al. 2023": [
            ("The best cut β of a feature with two neighbours: zero of", "", one_active.best_cut()),
            ("L_1/n of the 6-gon, n = 6, m = 2", "H", one_active.potential(6, 6).evalf(10)),
            ("Of the 5-gon, one feature dead", "H", one_active.potential(5, 6).evalf(10)),
            (
                "Of the 5⁺-gon, one feature dead with a positive bias",
                "H",
                one_active.potential(5, 6, plus=1).evalf(10),
            ),
        ],
        "The absolute value of one feature": [
            ("One neuron of slope s and a bias b ≥ 0", r"\ell(s, b)", absolute_value.loss()),
            ("At slope 1, with the best bias", r"\ell", absolute_value.at_slope_one()),
            ("The best slope", "s^*", absolute_value.best()[0]),
            ("The best bias", "b^*", absolute_value.best()[1]),
            ("The loss there", r"\ell^*", absolute_value.least_loss()),
        ],
        "Nonlinear compression": [
            (
                "x through Z − 1 ramps of width ε, read at the offset δ",
                r"E (x - \hat x)^2",
                x_error,
            ),
            ("y through the same", r"E (y - \hat y)^2", y_error),
            ("The best linear map, per feature", "L", nonlinear_compression.linear_reference()),
        ],
    }


def errors(densities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Relative errors (approximations, densities) of what NAMES names."""
    pentagon = one_active.polygon(5)
    angle = 2 * np.pi * np.arange(5) / 5
    W = float(pentagon.length) ** 0.5 * np.column_stack([np.cos(angle), np.sin(angle)])
    b = np.full(5, float(pentagon.bias))
    sparse_limit = 5 * float(pentagon.loss)
    rows = []
    for density in densities:
        exact = exact_reference_loss(W, b, FeatureDistribution(5, density), rtol=1e-9)
        limit = density * sparse_limit
        *_, best = digon.best(float(density))
        crude = two_features.paired(), digon.least_loss()
        rows.append(
            [(1 - density) ** 4 * limit / exact, limit / exact]
            + [float(loss.subs(p, density) / best) for loss in crude]
        )
    return np.abs(np.array(rows).T - 1)


def page() -> str:
    """The page in Markdown."""
    parts = [INTRODUCTION]
    for title, formulas in sections().items():
        parts.append(f"## {title}\n")
        for says, left, right in formulas:
            side = f"{left} = " if left else ""
            parts.append(f"{says}:\n\n$$\n{side}{latex(right)}\n$$\n")
    parts.append(
        COMPRESSION.format(
            three=break_even_ramp(3),
            three_last=break_even_ramp(3, last_ramp=True),
            many=break_even_ramp(10**7),
        )
    )
    parts += [APPROXIMATIONS, *_table()]
    return "\n".join(parts)


def approximations_picture() -> bytes:
    """A PNG of the errors."""
    figure, ax = _axes()
    for name, row, colour in zip(NAMES, errors(CURVE), COLOURS, strict=True):
        ax.loglog(CURVE, row, color=colour, label=name)
    ax.set(xlabel="density 1 − S", ylabel="relative error of the loss")
    return _png(figure, ax)


def compression_picture() -> bytes:
    """A PNG of the error of the staircase code against Z, for several ramps."""
    figure, ax = _axes()
    segments = range(2, 13)
    for ramp, colour in zip(RAMPS, COLOURS, strict=True):
        for last_ramp, style in ((False, "-"), (True, ":")):
            codes = [StaircaseCode(Z, ramp, last_ramp=last_ramp).error for Z in segments]
            label = None if last_ramp else f"ε = {ramp:g}"
            ax.semilogy(segments, codes, style, color=colour, label=label)
    ax.axhline(LINEAR, color="0.4", ls="--", lw=1)
    ax.set(xlabel="segments Z", ylabel="mean squared error per feature")
    return _png(figure, ax)


def main() -> None:
    """Write the page and its pictures, each whole or not at all."""
    for name, content in (
        ("formulas.png", approximations_picture()),
        ("formulas-compression.png", compression_picture()),
        ("formulas.md", page().encode()),
    ):
        scratch = HERE / f".{name}"
        scratch.write_bytes(content)
        scratch.replace(HERE / name)


def _axes() -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 3.6), layout="constrained")
    ax = figure.subplots()
    ax.spines[["top", "right"]].set_visible(False)
    return figure, ax


def _png(figure: Figure, ax: Axes) -> bytes:
    ax.legend(frameon=False, fontsize=8, ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1))
    raw = io.BytesIO()
    figure.savefig(raw, format="png", dpi=120)
    return raw.getvalue()


def _table() -> Iterator[str]:
    yield "| approximation | " + " | ".join(f"p = {density:g}" for density in DENSITIES) + " |"
    yield "|" + " --- |" * (len(DENSITIES) + 1)
    for name, row in zip(NAMES, errors(np.array(DENSITIES)), strict=True):
        yield f"| {name} | " + " | ".join(f"{error:.2g}" for error in row) + " |"
    yield ""


if __name__ == "__main__":
    main()
