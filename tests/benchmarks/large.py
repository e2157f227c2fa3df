"""Time and memory to name dictionaries of many features, one thread.

    OMP_NUM_THREADS=1 python -m tests.benchmarks.large                    # 10 000 and 100 000
    OMP_NUM_THREADS=1 python -m tests.benchmarks.large --sizes 10000

Random unit rows in 256 dimensions, a fifth of them shapes that were planted and displaced by 5 %.
Every size runs in a process of its own, whose peak is printed.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections import Counter
from multiprocessing import get_context

import numpy as np
from numpy.typing import NDArray

from geometry import identify, template
from tegum.output import print_table

HIDDEN = 256
NOISE = 0.05
KINDS = ("digon", "triangle", "tetrahedron", "pentagon")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    rows = []
    for n in parser.parse_args().sizes:
        with get_context("spawn").Pool(1) as pool:
            rows.append(pool.apply(measured, (n,)))
    print_table("many features, one thread", {key: key for key in rows[0]}, rows)


def measured(n: int) -> dict[str, str]:
    W, planted = dictionary(n, np.random.default_rng(n))
    identify(W[:500])  # the catalogue is built once
    before, began = time.process_time(), time.perf_counter()
    verdict = identify(W)
    seconds, wall = time.process_time() - before, time.perf_counter() - began
    found = {part.features: part.name for part in verdict.components}
    right = Counter(name for part, name in planted.items() if found.get(part) == name)
    wrong = [part for part, name in found.items() if name != "unknown" and part not in planted]
    return {
        "features": f"{n} x {HIDDEN}",
        "CPU-s": f"{seconds:.1f}",
        "wall, s": f"{wall:.1f}",
        "peak, GB": f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f}",
        "planted": ", ".join(f"{c} {k}s" for k, c in Counter(planted.values()).items()),
        "found": ", ".join(f"{c} {k}s" for k, c in right.items()),
        "false names": str(len(wrong)),
        "verdict": verdict.summary(),
    }


def dictionary(
    n: int, rng: np.random.Generator
) -> tuple[NDArray[np.float64], dict[tuple[int, ...], str]]:
    """Random unit rows, and the places and names of the shapes among them."""
    W = rng.normal(size=(n, HIDDEN)) / np.sqrt(HIDDEN)
    places = iter(rng.permutation(n))
    planted = {}
    for kind in KINDS:
        vertices = template(kind).vertices
        for _ in range(n // (20 * len(vertices))):
            part = tuple(sorted(int(next(places)) for _ in vertices))
            frame = np.linalg.qr(rng.normal(size=(HIDDEN, vertices.shape[1])))[0].T
            W[list(part)] = vertices @ frame
            W[list(part)] += NOISE / np.sqrt(HIDDEN) * rng.normal(size=(len(part), HIDDEN))
            planted[part] = kind
    return W / np.linalg.norm(W, axis=1, keepdims=True), planted


if __name__ == "__main__":
    main()
