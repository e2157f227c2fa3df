"""How vulnerable trained models are to attacks, against their features per dimension.

    python -m tests.benchmarks.adversarial           # about 4 CPU-minutes; prints the tables
    python -m tests.benchmarks.adversarial --write   # and writes docs/adversarial.md with its data

Two sizes: one whose features do not run out, and one of whose densities most are so sparse that
every feature is represented. There the worst attack is searched for as well.
"""

from __future__ import annotations

import argparse
import json
from datetime import date
from pathlib import Path

import numpy as np

from tegum.output import print_table
from tegum.studies.adversarial import DENSITIES, Adversarial, adversarial, per_example_ratio
from tests.benchmarks.speed import BEGIN, END, processor
from theory import attack_bound, worst_attack

DOCS = Path(__file__).parents[2] / "docs"
SPARE = {"n_features": 200, "n_hidden": 15, "densities": 1 / np.geomspace(1, 60, 15)}
USED_UP = {"n_features": 100, "n_hidden": 20, "densities": DENSITIES}
STARTS = 8

Row = dict[str, str | int | float]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write docs/adversarial.md")
    given = parser.parse_args()
    studies = [adversarial(**size) for size in (SPARE, USED_UP)]
    tables = {
        "Rank correlations": [correlations(study) for study in studies],
        "n = 200, m = 15": rows(studies[0]),
        "n = 100, m = 20": [row | more for row, more in zip(
            rows(studies[1]), searched(studies[1]), strict=True)],
    }  # fmt: skip
    for title, table in tables.items():
        print_table(title, {key: key for key in table[0]}, table)
    if given.write:
        write(tables)
        draw(studies)


def correlations(study: Adversarial) -> Row:
    spare = study.spare > 0
    return {
        "n, m": f"{study.run.model.n_features}, {study.run.model.n_hidden}",
        "densities": len(spare),
        "Spearman, all of them": f"{study.rank_correlation():.3f}",
        "with features to spare": int(spare.sum()),
        "Spearman, of those": f"{study.rank_correlation(spare):.3f}",
        "largest ratio": f"{study.ratio.max():.2f}",
    }


def rows(study: Adversarial) -> list[Row]:
    columns = zip(
        study.run.features.density[:, 0], study.features_per_dimension, study.spare, study.ratio,
        study.vulnerabilities, study.run.b, strict=True,
    )  # fmt: skip
    return [
        {
            "1/(1−S)": f"{1 / p:.2f}",
            "features per dimension": f"{per_dimension:.3f}",
            "not represented": int(spare),
            "length of attack": f"{found.norm:.4f}",
            "median bias": f"{np.median(b):.3f}",
            "ratio": f"{ratio:.3f}",
        }
        for p, per_dimension, spare, ratio, found, b in columns
    ]


def searched(study: Adversarial) -> list[Row]:
    """The worst attack found, the bound and the reading per example, as ratios too."""
    table: list[Row] = []
    for k, found in enumerate(study.vulnerabilities):
        W, b, features = study.run.W[k], study.run.b[k], study.run.features[k]
        worst = worst_attack(W, b, features, found.norm, starts=STARTS)
        bound = float(attack_bound(W, b, features, found.norm))
        table.append(
            {
                "worst found": f"{(worst.loss - found.loss) / found.without_superposition:.3f}",
                "starts that found it": f"{worst.reached_by} of {worst.starts}",
                "bound": f"{(bound - found.loss) / found.without_superposition:.1f}",
                "per example": f"{per_example_ratio(W, b, features, found.norm, seed=0):.2f}",
            }
        )
    return table


def write(tables: dict[str, list[Row]]) -> None:
    """The tables between the marks of the page, and as data."""
    lines = [f"date {date.today().isoformat()}, processor {processor()}; one thread."]
    for title, table in tables.items():
        cells = [[str(value) for value in row.values()] for row in table]
        printed = [list(table[0]), ["---"] * len(table[0]), *cells]
        lines += ["", f"## {title}", "", *("| " + " | ".join(row) + " |" for row in printed)]
    page = DOCS / "adversarial.md"
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    text = before + "\n".join([BEGIN, "", *lines, "", END]) + rest.partition(END)[2]
    page.write_text(text, encoding="utf-8")
    document = {"command": "python -m tests.benchmarks.adversarial --write", "tables": tables}
    data = DOCS / "data" / "adversarial.json"
    data.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def draw(studies: list[Adversarial]) -> None:
    """The paper's three panels; hollow where every feature is represented."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 4.4), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    for study, color, marker in zip(studies, ("#0072b2", "#d55e00"), "os", strict=True):
        inverse = 1 / study.run.features.density[:, 0]
        model, per_dimension = study.run.model, study.features_per_dimension
        name = f"n = {model.n_features}, m = {model.n_hidden}"
        for ax, x, y in (
            (left, inverse, study.ratio),
            (middle, inverse, per_dimension),
            (right, per_dimension, study.ratio),
        ):
            if ax is not right:
                ax.plot(x, y, color=color, linewidth=0.8)
            for kept, face in ((study.spare > 0, color), (study.spare == 0, "white")):
                label = name if face == color else None
                ax.scatter(
                    x[kept], y[kept], s=26, marker=marker, facecolor=face, edgecolor=color,
                    label=label, zorder=3,
                )  # fmt: skip
    right.axline((1, 1), slope=1, color="0.6", linewidth=0.8, linestyle=":")
    for ax in (left, middle):
        ax.set(xscale="log", xlabel="1 / (1 − S)")
    middle.set(ylabel="features per dimension, $\\|W\\|_F^2 / m$", title="superposition")
    left.set(ylabel="$(L' - L)\\,/\\,(L'_0 - L_0)$", title="vulnerability")
    right.set(
        xlabel="features per dimension", ylabel="vulnerability",
        title="dotted: equal; hollow: no feature to spare",
    )  # fmt: skip
    left.legend(frameon=False)
    figure.savefig(DOCS / "adversarial.png", dpi=110)


if __name__ == "__main__":
    main()
