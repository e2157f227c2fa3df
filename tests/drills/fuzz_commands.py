"""Real processes of the command line on malformed files: exit code 0 or 1, never a traceback.

    python -m tests.drills.fuzz_commands [--processes 36] [--seed 0] [--write]

Figures are printed as JSON; a law that is broken ends it with an error.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random

from tests.drills.promises import write_rows
from tests.hostile import documents, weight_files

PATIENCE = 120.0  # seconds, most of which a process may spend on its imports


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--processes", type=int, default=36)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--write", action="store_true", help="into docs/data/trust-fuzz-commands.json"
    )
    options = parser.parse_args(arguments)
    codes: Counter[int] = Counter()
    slowest = 0.0
    for k in range(options.processes):
        with tempfile.TemporaryDirectory() as name:
            began = time.perf_counter()
            codes[ended(Random(f"{options.seed} {k}"), Path(name), k)] += 1
            slowest = max(slowest, time.perf_counter() - began)
    figures = {"processes": options.processes, "done": codes[0], "refused": codes[1]}
    print(json.dumps(figures | {"slowest, s": round(slowest, 1)}, indent=2))
    if options.write:
        row = {
            "promise": "A command on a malformed file ends with one line on stderr and code 1.",
            "test": "tests/drills/fuzz_commands.py",
            "measured": f"{options.processes} processes: {codes[1]} refused in one line, "
            f"{codes[0]} done, no traceback",
        }
        write_rows("fuzz-commands", [row])


def ended(rng: Random, folder: Path, k: int) -> int:
    """The exit code of one command, after what must hold of it."""
    path = folder / "run"
    command = ("classify", "compare", "report", "train")[k % 4]
    if command == "train":
        path = folder / "config.json"
        path.write_bytes(documents.config(rng)[:-1])  # no JSON: nothing is trained
        options = ["--config", str(path), "--out", str(folder / "out")]
    elif rng.random() < 0.3:
        documents.run(rng, path)
        options = [str(path)]
    else:
        ending, content = weight_files.make(rng.choice(list(weight_files.MAKERS)), rng)
        path = folder / f"weights{ending}"
        path.write_bytes(content)
        options = [str(path)]
    if command == "compare":
        options += ["--no-packing", "--density", "0.1", "--bias", "0"]
    elif command == "report":
        options += ["--no-packing", "--out", str(folder / "report.html")]
    done = subprocess.run(
        [sys.executable, "-m", "tegum", command, *options],
        capture_output=True,
        cwd=folder,
        text=True,
        timeout=PATIENCE,
    )
    said = f"{command}, seed {k}: code {done.returncode}, {done.stderr[:500]}"
    assert done.returncode in (0, 1), said
    assert "Traceback" not in done.stderr and "Warning" not in done.stderr, said
    if done.returncode:
        *notes, last = done.stderr.splitlines()
        assert last.startswith("tegum: error: ") and not done.stdout, said
        assert all(line.startswith("tegum: ") for line in notes), said
    assert not (folder / weight_files.MARK).exists(), said
    return done.returncode


if __name__ == "__main__":
    main()
