"""The cheapest mixtures of ideal shapes held against exact training: tables and data.

    python -m tests.benchmarks.packing                 # about 20 CPU-minutes
    python -m tests.benchmarks.packing --write         # and docs/packing.md, docs/data/packing.json
    python -m tests.benchmarks.packing --page          # the page alone, from the data

Rigid: the optimum of the integer programme over ideal shapes. Refined: the lowest optimum that free
descents from it and its rivals end at. Trained: the best of 32 exact fits, of 256 where that ends
more than 1e-6 above the refined packing. All losses are exact. A shape is stable where the Hessian
of the exact loss over all weights and biases has no negative eigenvalue.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path

import numpy as np
import tyro

from tegum.studies.packing import ABOVE, Cell, Large, large_packing, packing
from tests.benchmarks.speed import BEGIN, END
from theory import stable_densities

Ranges = Sequence[Sequence[float]]

DOCS = Path(__file__).parents[2] / "docs"
PAGE, DATA = DOCS / "packing.md", DOCS / "data" / "packing.json"
LISTED = 5e-4  # a packing this much above training is listed
SCANNED = (
    "digon", "triangle", "pentagon", "hexagon", "tetrahedron", "square antiprism", "icosahedron",
    "rectified 5-cell", "5-demicube", "2_21",
)  # fmt: skip


def main(restarts: int = 32, write: bool = False, page: bool = False) -> None:
    """Print the tables.

    Args:
        restarts: exact fits of every small model
        write: keep the tables in docs/packing.md and the data beside it
        page: make the page from the data that were kept
    """
    if page:
        kept = json.loads(DATA.read_text(encoding="utf-8"))
        cells = [Cell(**row) for row in kept["cells"]]
        large = [Large(**row) for row in kept["large"]]
        stable, made = kept["stable"], kept["date"]
    else:
        cells, large = packing(restarts=restarts), large_packing()
        stable = {name: stable_densities(name) for name in SCANNED}
        made = date.today().isoformat()
    text = tables(cells, large, stable, made)
    print(text)
    if write:
        document = {
            "date": made,
            "cells": [asdict(cell) for cell in cells],
            "large": [asdict(row) for row in large],
            "stable": stable,
        }
        DATA.write_text(json.dumps(document, indent=0) + "\n", encoding="utf-8")
    if write or page:
        before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
        whole = f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.partition(END)[2]}"
        PAGE.write_text(whole, encoding="utf-8")


def tables(
    cells: Sequence[Cell], large: Sequence[Large], stable: Mapping[str, Ranges], made: str
) -> str:
    missed = [cell for cell in cells if cell.refined_excess < -ABOVE]
    apart = [cell for cell in cells if cell.refined_excess > LISTED]
    equal = [cell for cell in cells if cell.ratio == 1 and cell.rigid_excess > LISTED]
    lines = [f"date {made}, {len(cells)} models.", "", "## How far packings are above training", ""]
    lines += markdown(distribution(cells))
    lines += ["", "## Refined packings more than .05 % above training", ""]
    lines += markdown(map(told, apart)) or ["None."]
    lines += ["", "## Equal features: mixtures more than .05 % above training", ""]
    lines += markdown(map(told, equal)) or ["None."]
    lines += ["", "## Training more than 1e-6 above the refined packing, after 256 starts", ""]
    lines += markdown(map(told, missed)) or ["None."]
    lines += ["", "## n = 400, m = 30", "", *markdown(map(of_large, large))]
    lines += ["", "## Densities from .01 on at which an ideal shape is a local minimum", ""]
    lines += markdown({"shape": name, "1 − S": spans(found)} for name, found in stable.items())
    return "\n".join(lines)


def spans(ranges: Ranges) -> str:
    return ", ".join(f"{low:.5g} to {high:.5g}" for low, high in ranges)


def distribution(cells: Sequence[Cell]) -> Iterable[dict[str, str]]:
    """Quantiles of the relative differences, by importance and by kind of packing."""
    for ratio in dict.fromkeys(cell.ratio for cell in cells):
        own = [cell for cell in cells if cell.ratio == ratio]
        for kind, excess in (
            ("rigid", np.array([cell.rigid_excess for cell in own])),
            ("refined", np.array([cell.refined_excess for cell in own])),
        ):
            low, half, most, top = np.quantile(excess, [0, 0.5, 0.9, 1])
            yield {
                "I": "1" if ratio == 1 else f"{ratio:g}^i",
                "packing": kind,
                "models": str(len(own)),
                "least": f"{low:+.1e}",
                "median": f"{half:+.1e}",
                "nine tenths below": f"{most:+.1e}",
                "largest": f"{top:+.1e}",
                "above .05 %": str(int((excess > LISTED).sum())),
                "within 1e-6": str(int((np.abs(excess) <= ABOVE).sum())),
                "below by more": str(int((excess < -ABOVE).sum())),
            }


def told(cell: Cell) -> dict[str, str]:
    return {
        "n, m": f"{cell.n_features}, {cell.n_hidden}",
        "1 − S": f"{cell.density:g}",
        "I": "1" if cell.ratio == 1 else f"{cell.ratio:g}^i",
        "mixture": cell.mixture,
        "above training": f"{cell.rigid_excess:+.2%}",
        "refined": cell.refined_state,
        "refined above training": f"{cell.refined_excess:+.1e}",
        "trained": cell.state,
        "starts that found it": f"{cell.hits} of {cell.restarts}",
    }


def of_large(row: Large) -> dict[str, str]:
    return {
        "1/(1−S)": f"{row.inverse_density:g}",
        "mixture": row.mixture,
        "gain per dimension": f"{row.packed:.4f}",
        "trained": row.state,
        "its gain per dimension": f"{row.trained:.4f}",
        "mixture over trained": f"{row.packed / row.trained - 1:+.2%}",
    }


def markdown(rows: Iterable[dict[str, str]]) -> list[str]:
    rows = list(rows)
    if not rows:
        return []
    cells = [list(rows[0]), ["---"] * len(rows[0]), *(list(row.values()) for row in rows)]
    return ["| " + " | ".join(row) + " |" for row in cells]


if __name__ == "__main__":
    tyro.cli(main)
