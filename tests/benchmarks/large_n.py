"""Dimensions per feature of many features: trained, best polytope, mean field, random codes.

python -m tests.benchmarks.large_n           # about 4 CPU-minutes; prints the tables
python -m tests.benchmarks.large_n --write   # and writes docs/large-n.md with its data
"""

from __future__ import annotations

import argparse
import json
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
from scipy.optimize import brentq

from tegum.output import print_table
from tegum.studies.dimensions_per_feature import (
    DimensionsPerFeature,
    best_shape,
    dimensions_per_feature,
    shape_dimensions_per_feature,
)
from tests.benchmarks.speed import BEGIN, END, processor, timed
from theory import (
    FeatureDistribution,
    expected_loss,
    gaussian_error,
    mean_field,
    random_code_loss,
)

DOCS = Path(__file__).parents[2] / "docs"
# n, m, density, norm, bias
CODES = (
    (60, 30, 0.5, 0.9, 0.1), (60, 30, 0.3, 1.0, 0.05), (100, 30, 0.15, 1.0, -0.2),
    (160, 30, 0.05, 1.05, -0.4), (300, 30, 0.02, 1.1, -0.5), (400, 30, 0.01, 1.15, -0.6),
    (200, 60, 0.15, 1.0, -0.2), (320, 60, 0.05, 1.05, -0.4), (20, 4, 0.2, 1.0, -0.2),
)  # fmt: skip
SAMPLES = 12

Row = dict[str, str | int]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write docs/large-n.md")
    given = parser.parse_args()
    study = dimensions_per_feature()
    tables = {
        "Trained and predicted": rows(study),
        "Random codes, sampled": [sampled(*code) for code in CODES],
        "Where one prediction passes another": crossings(),
    }
    for title, table in tables.items():
        print_table(title, {key: key for key in table[0]}, table)
    if given.write:
        write(tables)
        draw(study)


def rows(study: DimensionsPerFeature) -> list[Row]:
    m = study.run.model.n_hidden
    table: list[Row] = []
    for k, inverse in enumerate(study.inverse_density):
        shape, limit, code = study.shapes[k], study.limits[k], study.codes[k]
        gain = study.gain_per_dimension[k]
        row: Row = {
            "1/(1−S)": f"{inverse:.3f}",
            "D*": f"{study.dimensions_per_feature[k]:.4f}",
            "best shape": shape.name,
            "D* of it": f"{shape_dimensions_per_feature(shape):.4f}",
            "D* mean field": "",
            "D* random code": "",
            "gain": f"{gain:.4f}",
            "of best shape": f"{shape.gain_per_dimension:.4f}",
            "mean field": "",
            "random code": "",
            "trained / best prediction": f"{gain / shape.gain_per_dimension:.4f}",
            "Gaussian, off at m": "",
        }
        if limit and code:
            best = max(one.gain_per_dimension for one in (shape, limit, code))
            N = limit.features_per_dimension * m
            error = gaussian_error(N, m, 1 / inverse, limit.scale, limit.bias)
            row |= {
                "D* mean field": f"{limit.dimensions_per_feature:.4f}",
                "D* random code": f"{code.dimensions_per_feature:.4f}",
                "mean field": f"{limit.gain_per_dimension:.4f}",
                "random code": f"{code.gain_per_dimension:.4f}",
                "trained / best prediction": f"{gain / best:.4f}",
                "Gaussian, off at m": f"{error:+.1%}",
            }
        table.append(row)
    return table


def sampled(n: int, m: int, p: float, scale: float, bias: float) -> Row:
    rng = np.random.default_rng(0)
    losses = []
    for _ in range(SAMPLES):
        W = rng.standard_normal((n, m))
        W *= scale / np.linalg.norm(W, axis=1, keepdims=True)
        G = W @ W.T
        b = bias - (G.sum(axis=1) - np.diag(G)) * p / 2
        losses.append(expected_loss(W, b, FeatureDistribution(n, p), rtol=1e-6) / n)
    mean, error = np.mean(losses), np.std(losses, ddof=1) / SAMPLES**0.5
    of_code = partial(random_code_loss, n, m, p, scale, bias)
    of_code()  # fills the cache of nodes
    seconds, exact = timed(of_code)
    return {
        "n": n,
        "m": m,
        "1 − S": f"{p:g}",
        "active": f"{n * p:.1f}",
        "sampled codes": f"{mean:.6f} ± {error:.6f}",
        "random_code_loss": f"{exact:.6f}",
        "off by": f"{exact / mean - 1:+.2%}, {(exact - mean) / error:+.1f} σ",
        "CPU-ms": f"{1e3 * seconds:.1f}",
        "Gaussian, off by": f"{gaussian_error(n, m, p, scale, bias):+.1%}",
    }


def crossings() -> list[Row]:
    """Where the mean field, of ever more dimensions, gains more than the best shape."""

    def ahead(inverse: float) -> float:
        p = 1 / inverse
        return mean_field(p).gain_per_dimension - best_shape(p).gain_per_dimension

    def off(inverse: float, m: int) -> float:
        limit = mean_field(1 / inverse)
        N = limit.features_per_dimension * m
        return abs(gaussian_error(N, m, 1 / inverse, limit.scale, limit.bias)) - 0.02

    passed = brentq(ahead, 10, 200, xtol=1e-6)
    table: list[Row] = [
        {
            "what": f"mean field gains more than the best shape ({best_shape(1 / passed).name})",
            "from 1/(1−S)": f"{passed:.3f}",
        }
    ]
    for m in (10, 30, 100, 300, 1000):
        table.append(
            {
                "what": f"Gaussian loss off by more than 2 % at m = {m}",
                "from 1/(1−S)": f"{brentq(partial(off, m=m), 3, 1000, xtol=1e-4):.2f}",
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
    page = DOCS / "large-n.md"
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    text = before + "\n".join([BEGIN, "", *lines, "", END]) + rest.partition(END)[2]
    page.write_text(text, encoding="utf-8")
    document = {"command": "python -m tests.benchmarks.large_n --write", "tables": tables}
    data = DOCS / "data" / "large-n.json"
    data.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def draw(study: DimensionsPerFeature) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 4.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    inverse = study.inverse_density
    sparse = inverse > 1
    limits = [one for one in study.limits if one]
    codes = [one for one in study.codes if one]
    shapes = [shape_dimensions_per_feature(one) for one in study.shapes]
    curves = (
        (left, study.dimensions_per_feature, shapes,
         [one.dimensions_per_feature for one in limits],
         [one.dimensions_per_feature for one in codes]),
        (right, study.gain_per_dimension, [one.gain_per_dimension for one in study.shapes],
         [one.gain_per_dimension for one in limits], [one.gain_per_dimension for one in codes]),
    )  # fmt: skip
    for ax, trained, of_shapes, of_limits, of_codes in curves:
        ax.plot(inverse, of_shapes, color="#0072b2", label="best polytope", drawstyle="steps-mid")
        ax.plot(inverse[sparse], of_limits, color="#d55e00", label="mean field, n and m → ∞")
        ax.plot(
            inverse[sparse], of_codes, color="#d55e00", linestyle="--",
            label="best random code of this size",
        )  # fmt: skip
        ax.scatter(inverse, trained, s=16, color="black", zorder=3, label="trained")
        ax.set(xscale="log", yscale="log", xlabel="1 / (1 − S)")
        ax.set_xticks([1, 2, 5, 10, 20, 50], ["1", "2", "5", "10", "20", "50"])
        ax.minorticks_off()
    for line in (1, 0.5):
        left.axhline(line, color="0.7", linewidth=0.8, linestyle=":", zorder=0)
    left.set_yticks([1, 0.5, 0.2, 0.1, 0.05], ["1", "1/2", "1/5", "1/10", "1/20"])
    right.set_yticks([1, 2, 3, 4, 5], ["1", "2", "3", "4", "5"])
    left.set(ylabel="dimensions per feature, $D^* = m / \\|W\\|_F^2$")
    right.set(ylabel="gain per dimension, $(n v - L) / (m v)$")
    left.legend(frameon=False)
    model = study.run.model
    figure.suptitle(f"{model.n_features} equal features in {model.n_hidden} dimensions")
    figure.savefig(DOCS / "large-n.png", dpi=110)


if __name__ == "__main__":
    main()
