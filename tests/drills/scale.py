"""How far the commands reach: matrices of a hundred thousand features, ten thousand chunks.

    python -m tests.drills.scale                          # every part, about an hour
    python -m tests.drills.scale --only classify --shape 30000 4096 --case planted
    python -m tests.drills.scale --write                  # and write docs/data/trust-scale.json

Figures are printed as JSON; one that breaks its bound ends the drill with an error.
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

from tests.drills.large_matrices import MATRICES, score
from tests.drills.measured_process import ran

SHAPES = ((100_000, 256), (30_000, 4096))
MOST_GIGABYTES = 6.0


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", choices=("classify",), action="append")
    parser.add_argument("--shape", type=int, nargs=2, action="append", metavar=("N", "M"))
    parser.add_argument("--case", choices=MATRICES, action="append")
    options = parser.parse_args(arguments)
    figures: dict[str, Any] = {}
    for n, m in options.shape or SHAPES:
        for case in options.case or MATRICES:
            figures[f"{n} x {m}, {case}"] = classified(n, m, case)
            print(json.dumps(figures, indent=2), flush=True)


def classified(n: int, m: int, case: str) -> dict[str, Any]:
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
        assert took.peak_gigabytes < MOST_GIGABYTES, took
        (model,) = json.loads(verdict.read_text())["models"]
        return {
            **asdict(took),
            "json megabytes": round(verdict.stat().st_size / 1e6, 2),
            "components": len(model["components"]),
            **score(model["components"], truth),
            "summary": model["summary"][:200],
        }


if __name__ == "__main__":
    main()
