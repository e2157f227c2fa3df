"""What is kept beside the figures is what the code computes.

    python -m tests.drills.recompute_figures [--seed SEED] [--count 3 | --all] [--against FOLDER]

Kept results, drawn at random or all, are computed again, each by a process of its own, and compared
with the files in docs/figures/data; with --against, files of the same names in another folder are
compared instead, and nothing is computed. Names, counts and shapes must be equal, numbers within
1e-6 of the largest in their array: everything random has its seed in the config. Where something
differs it is computed once more: a process that compiles kernels runs other code, with other last
bits, than one that loads them, and a search with many starts may then end elsewhere. Figures are
printed as JSON; a difference that stays ends it with an error.
"""

from __future__ import annotations

import argparse
import json
import random
import runpy
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

DOCS = Path(__file__).parents[2] / "docs"
DATA = DOCS / "figures" / "data"
TOLERANCE = 1e-6
Results = Mapping[str, NDArray[Any]]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="of the draw")
    parser.add_argument("--count", type=int, default=3)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--against", type=Path, help="compare with the files here")
    parser.add_argument(
        "--compute",
        nargs=3,
        metavar=("PAGE", "NAME", "FILE"),
        help="what a process of its own does",
    )
    options = parser.parse_args(arguments)
    if options.compute:
        page, name, file = options.compute
        np.savez(file, **asked_for(page)[name]())
        return
    page_of = {name: page for page in pages() for name in asked_for(page)}
    names = sorted(page_of)
    if options.against:
        names = [name for name in names if (options.against / name).exists()]
    elif not options.all:
        names = random.Random(options.seed).sample(names, options.count)
    different = 0
    for name in names:
        kept = read(DATA / name)
        figures: dict[str, Any] = {"kept": name}
        if options.against:
            found = differences(kept, read(options.against / name))
        else:
            began = time.perf_counter()
            found = differences(kept, computed(page_of[name], name))
            if found:
                figures["when first computed"] = found
                found = differences(kept, computed(page_of[name], name))
            figures["seconds"] = round(time.perf_counter() - began, 1)
        different += bool(found)
        print(json.dumps(figures | {"differences": found}), flush=True)
    print(json.dumps({"seed": options.seed, "compared": len(names), "different": different}))
    if different:
        sys.exit(f"{different} of {len(names)} kept results are not what the code computes")


def pages() -> list[str]:
    """The scripts of the gallery, and the explorer."""
    return [*sorted(path.stem for path in (DOCS / "figures").glob("plot_*.py")), "explorer"]


def asked_for(page: str) -> dict[str, Any]:
    """By file name, how every result that a page asks for is computed."""
    import matplotlib

    matplotlib.use("Agg")
    sys.path[:0] = [str(DOCS)] * (str(DOCS) not in sys.path)  # as pages find kept and dark
    import kept
    import matplotlib.pyplot as plt

    kept.asked_for.clear()
    with redirect_stdout(StringIO()), TemporaryDirectory() as folder:
        if page == "explorer":
            import explorer

            explorer.write_data(Path(folder) / "data.js")
        else:
            runpy.run_path(str(DOCS / "figures" / f"{page}.py"))
    plt.close("all")
    return dict(kept.asked_for)


def computed(page: str, name: str) -> Results:
    """A result, from a process that computed nothing before."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / name
        program = [sys.executable, "-m", "tests.drills.recompute_figures"]
        subprocess.run([*program, "--compute", page, name, str(file)], check=True)
        return read(file)


def read(path: Path) -> Results:
    with np.load(path, allow_pickle=False) as file:
        return {key: file[key] for key in file.files if key != "config"}


def differences(kept: Results, again: Results) -> dict[str, str]:
    """Of every array that differs, how."""
    found = dict.fromkeys({*kept} ^ {*again}, "in one only")
    for key in sorted({*kept} & {*again}):
        told = difference(kept[key], again[key])
        if told:
            found[key] = told
    return found


def difference(kept: NDArray[Any], again: NDArray[Any]) -> str:
    if kept.shape != again.shape:
        return f"shape {kept.shape}, now {again.shape}"
    if kept.dtype.kind not in "fc":
        count = int((kept != again).sum())
        return f"{count} of {kept.size} changed" if count else ""
    finite = np.isfinite(kept)
    if (finite != np.isfinite(again)).any():
        return "finite elsewhere"
    if not finite.any():
        return ""
    change = np.abs(kept - again)[finite].max()
    scale = np.abs(kept[finite]).max()
    return "" if change <= TOLERANCE * scale else f"by {change:.2g}, the largest is {scale:.2g}"


if __name__ == "__main__":
    main()
