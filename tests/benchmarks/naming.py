"""How often a noisy, rotated and shuffled shape gets its own name, and how long that takes.

    python -m tests.benchmarks.naming                                  # a few minutes
    python -m tests.benchmarks.naming --trials 300 --noise 0.1 --extra-dimensions 0

Noise is the root mean square displacement of a vertex relative to its length, the same in every
hidden direction. Every single shape of the catalogue with up to 24 vertices takes part equally
often, families at random parameters. A name is right if it is the shape's own, or that of a
template that comes within twice the noise of the shape itself; those are counted apart. Times are
CPU time of one thread.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Sequence

import numpy as np

from geometry import Template, catalogue
from geometry.correspondence import Array, Target, correspond, squared_error
from geometry.matching import fit
from geometry.naming import Standard, name_part
from tegum.output import print_table

LARGEST = 24
ALL = Standard(max_rmsd=np.inf, min_confidence=0.0, clearance=1.0)
USUAL = Standard()
LARGE = ("2_21", "3_21", "4_21", "600-cell", "40-point code", "64-point code")
ORDERS = 100  # in which each of them is matched


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=3000, help="per noise and dimension")
    parser.add_argument("--noise", type=float, nargs="+", default=(0.0, 0.05, 0.1, 0.2))
    parser.add_argument("--extra-dimensions", type=int, nargs="+", default=(0, 3))
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    shapes = [t for t in catalogue() if not t.factors and 1 < len(t.vertices) <= LARGEST]
    sizes: dict[int, list[Template]] = {}
    for shape in shapes:
        sizes.setdefault(len(shape.vertices), []).append(shape)
    rows = [
        recognised(sizes, noise, extra, given.trials, given.seed)
        for noise in given.noise
        for extra in given.extra_dimensions
    ]
    print_table(f"{len(shapes)} shapes recognised", {key: key for key in rows[0]}, rows)
    rows = [
        matched(shape, noise, given.seed)
        for shape in catalogue()
        if shape.name in LARGE
        for noise in (0.0, 0.05)
    ]
    print_table("large shapes laid onto themselves", {key: key for key in rows[0]}, rows)


def recognised(
    sizes: dict[int, list[Template]], noise: float, extra: int, trials: int, seed: int
) -> dict[str, str]:
    """How many of the trials are named right, by evidence and by distance alone."""
    rng = np.random.default_rng([seed, extra, round(1e6 * noise)])
    shapes = [shape for group in sizes.values() for shape in group]
    counts: Counter[str] = Counter()
    times, times_of_three, wrong = [], [], Counter()
    for trial in range(trials):
        shape = shapes[trial % len(shapes)]
        vertices = drawn(shape, rng)
        U = laid_out(vertices, shape.dimension + extra, noise, rng)
        U /= np.linalg.norm(U, axis=1, keepdims=True)
        rivals = [t for t in sizes[len(U)] if t.dimension <= U.shape[1]]
        if trial < len(shapes):
            name_part(U, rivals, ALL)  # fills the caches
        began = time.process_time()
        name_part(U, rivals, USUAL)
        times.append(time.process_time() - began)
        began = time.process_time()
        candidates = name_part(U, rivals, ALL, full=True).candidates
        times_of_three.append(time.process_time() - began)
        likely = max(candidates, key=lambda c: c.evidence).template
        for how, winner in (("evidence", likely), ("rmsd", candidates[0].template)):
            if winner is shape:
                counts[how] += 1
            elif fit(vertices @ np.eye(shape.dimension, U.shape[1]), winner).rmsd <= 2 * noise:
                counts["near " + how] += 1
            else:
                wrong[f"{shape.name} as {winner.name}"] += how == "evidence"
    return {
        "noise": f"{noise:g}",
        "extra dimensions": str(extra),
        "trials": str(trials),
        **{
            f"right by {how}": f"{(counts[how] + counts['near ' + how]) / trials:.2%} "
            f"({counts['near ' + how]} near)"
            for how in ("evidence", "rmsd")
        },
        "most often wrong": ", ".join(f"{n} {w}" for w, n in wrong.most_common(2) if n) or "none",
        "median ms": f"{1e3 * np.median(times):.2f}",
        "with three nearest": f"{1e3 * np.median(times_of_three):.2f}",
        "99 %": f"{1e3 * np.quantile(times_of_three, 0.99):.1f}",
    }


def matched(shape: Template, noise: float, seed: int) -> dict[str, str]:
    """How often the correspondence found is at least as close as the one that was drawn."""
    rng = np.random.default_rng(seed)
    vertices, target = shape.vertices, Target.of(shape.vertices)
    right, times = 0, []
    for _ in range(ORDERS):
        order = rng.permutation(len(vertices))
        X = laid_out(vertices, vertices.shape[1], noise, rng, order)
        began = time.process_time()
        found = correspond(X, target)
        times.append(time.process_time() - began)
        planted = squared_error(X, vertices[order])
        right += squared_error(X, vertices[found]) <= planted * (1 + 1e-9) + 1e-12
    return {
        "shape": shape.name,
        "vertices": f"{len(vertices)} in {vertices.shape[1]}",
        "noise": f"{noise:g}",
        "right": f"{right} of {ORDERS}",
        "median ms": f"{1e3 * np.median(times):.1f}",
        "longest": f"{1e3 * max(times):.1f}",
    }


def drawn(shape: Template, rng: np.random.Generator) -> Array:
    """The vertices of a template, of a family at random parameters from its middle half."""
    at = {p.name: p.low + (p.high - p.low) * rng.uniform(0.25, 0.75) for p in shape.parameters}
    return shape.at(**at)


def laid_out(
    vertices: Array,
    n_hidden: int,
    noise: float,
    rng: np.random.Generator,
    order: Sequence[int] | np.ndarray | None = None,
) -> Array:
    """Vertices in random orientation and order, displaced by `noise` root mean square."""
    k, d = vertices.shape
    order = rng.permutation(k) if order is None else order
    frame = np.linalg.qr(rng.normal(size=(n_hidden, n_hidden)))[0][:d]
    return (vertices @ frame + noise / np.sqrt(n_hidden) * rng.normal(size=(k, n_hidden)))[order]


if __name__ == "__main__":
    main()
