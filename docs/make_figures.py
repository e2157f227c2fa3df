"""Draws the figures of the gallery as PNG, SVG and PDF, light and dark, into docs/_build/figures/.

python docs/make_figures.py                    all, slow ones from what is kept
python docs/make_figures.py introduction       one
python docs/make_figures.py --afresh           all, from nothing
"""

from __future__ import annotations

import argparse
import runpy
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
SCRIPTS = {path.stem.removeprefix("plot_").replace("_", "-"): path
           for path in sorted((HERE / "figures").glob("plot_*.py"))}  # fmt: skip


def main() -> None:
    """Run the scripts, one after the other, and save what they draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help=f"of {', '.join(SCRIPTS)}")
    parser.add_argument("--afresh", action="store_true", help="compute what is kept again")
    parser.add_argument("--out", type=Path, default=HERE / "_build" / "figures")
    asked = parser.parse_args()
    unknown = [name for name in asked.names if name not in SCRIPTS]
    if unknown:
        sys.exit(f"expected names among {', '.join(SCRIPTS)}; got {', '.join(unknown)}")
    sys.path.insert(0, str(HERE))
    import matplotlib

    matplotlib.use("Agg")
    import dark
    import kept
    import matplotlib.pyplot as plt

    kept.afresh = asked.afresh
    asked.out.mkdir(parents=True, exist_ok=True)
    for name in asked.names or SCRIPTS:
        began = time.perf_counter()
        runpy.run_path(str(SCRIPTS[name]))
        for number in plt.get_fignums():
            part = f"-{number}" if len(plt.get_fignums()) > 1 else ""
            dark.save_both(plt.figure(number), asked.out / f"{name}{part}", ("png", "svg", "pdf"))
        plt.close("all")
        print(f"{name}: {time.perf_counter() - began:.1f} s", flush=True)


if __name__ == "__main__":
    main()
