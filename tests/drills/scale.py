"""How far the program reaches: a hundred thousand features, ten thousand chunks, large models.

    python -m tests.drills.scale                    # every part, about an hour of one processor
    python -m tests.drills.scale --only classify --shape 30000 4096 --case planted
    python -m tests.drills.scale --only sweep --chunks 1000
    python -m tests.drills.scale --only train --features 500
    python -m tests.drills.scale --write            # and write docs/data/trust-scale.json

Figures are printed as JSON, each part as it is done; one that breaks its bound ends the drill with
an error. CPU-seconds do not hang on what else the machine does, the clock does.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from tests.drills import large_fit, large_sweep
from tests.drills.large_matrices import MATRICES, score
from tests.drills.measured_process import ran
from tests.drills.promises import Row, write_rows

PARTS = ("classify", "sweep", "train")
SHAPES = ((100_000, 256), (30_000, 4096))
MOST_GIGABYTES = 6.0
LEAST_PRECISION = 0.99
MOST_GROWTH = 1.5  # of the cost per chunk, from a tenth of the chunks to all
MOST_POWER = 2.6  # of n that the time of an evaluation grows with: n² outputs, n² m for W Wᵀ
HERE = "tests/drills/scale.py"

Figures = dict[str, Any]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", choices=PARTS, action="append")
    parser.add_argument("--shape", type=int, nargs=2, action="append", metavar=("N", "M"))
    parser.add_argument("--case", choices=MATRICES, action="append")
    parser.add_argument("--chunks", type=int, default=10_000)
    parser.add_argument("--features", type=int, default=large_fit.SIZES[-1], help="at most, to fit")
    parser.add_argument("--write", action="store_true", help="into docs/data/trust-scale.json")
    options = parser.parse_args(arguments)
    parts = options.only or PARTS
    rows: list[Row] = []
    broken: list[str] = []
    if "classify" in parts:
        named = {}
        for n, m in options.shape or SHAPES:
            for case in options.case or MATRICES:
                named[f"{n} x {m}, {case}"] = told(classified(n, m, case))
        rows += classify_rows(named)
        broken += classify_breaks(named)
    if "sweep" in parts:
        swept = told(large_sweep.measured(options.chunks))
        rows += sweep_rows(swept)
        broken += sweep_breaks(swept)
    if "train" in parts:
        fitted = told(large_fit.measured(options.features))
        rows += fit_rows(fitted)
        broken += fit_breaks(fitted)
    if options.write:
        write_rows("scale", rows, by="promise")
    if broken:
        sys.exit("\n".join(broken))


def told(figures: Figures) -> Figures:
    print(json.dumps(figures, indent=2, ensure_ascii=False), flush=True)
    return figures


def classified(n: int, m: int, case: str) -> Figures:
    """`tegum classify --json` of one matrix, in a process of its own."""
    W, truth = MATRICES[case](n, m, np.random.default_rng(n))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        np.save(folder / "W.npy", W)
        del W
        verdict = folder / "verdict.json"
        command = [sys.executable, "-m", "tegum", "classify", str(folder / "W.npy"), "--json"]
        took = ran(command, verdict)
        assert took.code == 0, took.said
        (model,) = json.loads(verdict.read_text())["models"]
        return {
            "matrix": f"{n} x {m}, {case}",
            **asdict(took),
            "json megabytes": round(verdict.stat().st_size / 1e6, 2),
            "components": len(model["components"]),
            **score(model["components"], truth),
            "summary": model["summary"][:200],
        }


def classify_rows(named: Figures) -> list[Row]:
    took = "; ".join(
        f"{matrix}: {of['peak_gigabytes']} GB, {of['cpu_seconds']:.0f} CPU-s"
        for matrix, of in named.items()
    )
    right = "; ".join(
        f"{matrix}: precision {of['precision']}, recall {of['recall']}"
        for matrix, of in named.items()
        if of["planted"]
    )
    false = sum(sum(of["named"].values()) for of in named.values() if not of["planted"])
    bare = [matrix for matrix, of in named.items() if not of["planted"]]
    rows = [row(f"`tegum classify` stays under {MOST_GIGABYTES:.0f} GB", took)]
    if right:
        rows.append(row("Shapes planted among many features are found", right))
    if bare:
        rows.append(
            row(
                "Noise and clusters get no name", f"{false} names in {len(bare)}: {'; '.join(bare)}"
            )
        )
    return rows


def classify_breaks(named: Figures) -> list[str]:
    broken = []
    for matrix, of in named.items():
        if of["peak_gigabytes"] >= MOST_GIGABYTES:
            broken.append(f"{matrix}: expected under {MOST_GIGABYTES} GB, {of['peak_gigabytes']}")
        if not of["planted"] and of["named"]:
            broken.append(f"{matrix}: expected no name, got {of['named']}")
        if of["planted"] and (of["precision"] or 0.0) < LEAST_PRECISION:
            broken.append(f"{matrix}: expected no false names, got precision {of['precision']}")
    return broken


def sweep_rows(swept: Figures) -> list[Row]:
    small, _, alone, dask = swept.values()
    chunks = list(swept)[2].split(",")[0]
    overhead = alone["CPU-ms per chunk"] - alone["CPU-ms per fit"]
    over = dask["CPU-ms per chunk"] - alone["CPU-ms per chunk"]
    return [
        row(
            "A sweep adds about two milliseconds to each of many small fits",
            f"{chunks}: {overhead:.2f} CPU-ms beside a fit of {alone['CPU-ms per fit']}, "
            f"{small['CPU-ms per chunk'] - small['CPU-ms per fit']:.2f} with a tenth of them; "
            f"{alone['files per chunk']:.0f} files of {alone['KB on disk per chunk']:.0f} KB",
        ),
        row(
            "Four Dask workers on loopback add some ten milliseconds to each of many small fits",
            f"{chunks}: {over:.2f} CPU-ms more than alone, of it the scheduler "
            f"{dask['of it the scheduler']}; scheduler {dask['scheduler, peak MB']} MB "
            f"({dask['scheduler before, peak MB']} idle), caller {dask['peak MB']} MB",
        ),
        row(
            "A finished sweep is found finished in less than a millisecond for each chunk",
            f"{chunks}: {alone['restart, CPU-s']} CPU-s, "
            f"{alone['restart, CPU-ms per chunk']} CPU-ms for each",
        ),
    ]


def sweep_breaks(swept: Figures) -> list[str]:
    small, small_dask, alone, dask = swept.values()
    broken = []
    for one, many in ((small, alone), (small_dask, dask)):
        for what in ("CPU-ms per chunk", "restart, CPU-ms per chunk"):
            if what in one and many[what] > MOST_GROWTH * one[what]:
                broken.append(f"{what}: {one[what]} with a tenth of the chunks, {many[what]}")
    return broken


def fit_rows(fitted: Figures) -> list[Row]:
    spent = "; ".join(
        f"{at}, CPU-ms: "
        + ", ".join(f"n = {n} {ms}" for n, ms in of["CPU-ms per evaluation"].items())
        + f" (powers {', '.join(map(str, of['powers of n']))})"
        for at, of in fitted.items()
    )
    whole = "; ".join(
        f"{at}, n = {n}: {run['CPU-s']} CPU-s, {run['evaluations']} evaluations, "
        f"{run['peak MB']} MB"
        for at, of in fitted.items()
        for n, run in list(of["whole fits"].items())[-1:]
    )
    return [
        row(
            "An exact evaluation with its gradient takes time that grows about as n², of n "
            "features in n/20 dimensions",
            spent,
        ),
        row(
            'A quick fit of thousands of features, search="quick", one start, is affordable', whole
        ),
    ]


def fit_breaks(fitted: Figures) -> list[str]:
    return [
        f"{at}: expected powers of n up to {MOST_POWER}, got {of['powers of n']}"
        for at, of in fitted.items()
        if max(of["powers of n"], default=0.0) > MOST_POWER
    ]


def row(promise: str, figure: str) -> Row:
    return {"promise": promise, "test": HERE, "measured": figure}


if __name__ == "__main__":
    main()
