"""How often a name is right, how often one is given where none is due, and what confidence means.

    python -m tests.benchmarks.decision                    # about ten minutes
    python -m tests.benchmarks.decision --trials 300 --seed 1
    python -m tests.benchmarks.decision --write            # and the page and the diagram in docs/

A closed trial is a shape of the catalogue, laid into up to two spare dimensions and displaced; it
is right if it is named as itself, or as a template within twice the noise of it. An open trial has
no right name, and a name of any part of it is false. It is one of three kinds, evenly:

- template removed: a shape that is taken out of the catalogue, with its families and its members;
- relaxed: points at a local minimum of the sum of inverse p-th powers of distances, p even in
  (.5, 6), from random ones;
- tight frame: random points made a tight frame of unit norms by alternating projections;

the last two of n points in d dimensions, d even from 2 to 8, n even from d + 2 to the smaller of
5 d + 6 and 24. Before noise is put on them, configurations are left out, and counted by kind,

- where a remaining template comes within twice the noise, or within .03 (a name so near is true of
  a trained shape, so it is none that is due to be refused);
- where they fall apart into two sets all of whose cosines are at most .1 (the factors may be in
  the catalogue, and have names then).

Noise is the root mean square displacement of a vertex relative to its length. What is reported is
of the seed 20261123; what the decision is adjusted with is of the seeds from 1 to 99.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import tyro
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse.csgraph import connected_components

from geometry import Identification, Template, catalogue, identify
from geometry.matching import fit
from geometry.shortlist import least_rmsd
from tests.benchmarks.naming import drawn, laid_out
from tests.benchmarks.splitting import clopper_pearson

Array = NDArray[np.float64]
LARGEST = 24
LEAN = 0.1  # the largest cosine of vertices of different factors
SAME = 0.03  # a name within this distance is no false one
SEED = 20261123  # of what is reported: no decision is adjusted with it
DOCS = Path(__file__).parents[2] / "docs"
KINDS = ("template removed", "relaxed", "tight frame")


@dataclass
class Counts:
    """What came of the trials at one level of noise, and the confidence of every name."""

    noise: float
    tried: Counter[str] = field(default_factory=Counter)
    named: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    right: int = 0
    sure: list[tuple[float, bool]] = field(default_factory=list)
    false: Counter[str] = field(default_factory=Counter)


def main(
    trials: int = 3000,
    noise: tuple[float, ...] = (0.0, 0.02, 0.05, 0.1),
    seed: int = SEED,
    write: bool = False,
) -> None:
    """Print the rates at every level of noise, and how well confidence is calibrated.

    Args:
        trials: closed trials per level of noise, and as many open ones
        write: put the tables into docs/naming.md and the diagram into docs/reliability.png
    """
    rows = []
    for level in noise:
        rows.append(decided(level, trials, seed))
        print(rates(rows[-1:])[-1], flush=True)
    text = "\n".join([*rates(rows), "", *reliability([s for row in rows for s in row.sure])])
    print(text)
    if write:
        page = DOCS / "naming.md"
        before, _, rest = page.read_text().partition("<!-- decision -->")
        after = rest.partition("<!-- end of decision -->")[2]
        made = f"date {date.today()}, seed {seed}, {trials} closed and {trials} open trials each"
        text = f"\n\n{made}.\n\n{text}\n\n"
        page.write_text(f"{before}<!-- decision -->{text}<!-- end of decision -->{after}")
        draw([s for row in rows for s in row.sure], DOCS / "reliability.png")


def decided(noise: float, trials: int, seed: int) -> Counts:
    """Closed trials, and as many open ones, a third of each kind."""
    rng = np.random.default_rng([seed, round(1e6 * noise)])
    every = [t for t in catalogue() if not t.factors]
    shapes = [t for t in every if 1 < len(t.vertices) <= LARGEST]
    counts = Counts(noise)
    for trial in range(trials):
        shape = shapes[trial % len(shapes)]
        vertices = drawn(shape, rng)
        verdict = identify(noisy(vertices, noise, rng), templates=every)
        whole = verdict.components[0]
        named = len(verdict.components) == 1 and whole.name != "unknown"
        found = next((t for t in every if t.name == whole.name), shape)
        right = named and (one_name(found, shape) or is_near(vertices, [found], noise))
        counts.tried["true"] += 1
        counts.named["true"] += named
        counts.right += right
        told(counts, verdict, right, f"{shape.name} as")
        kind = KINDS[trial % len(KINDS)]
        # each kind of open trial is of a different shape from round to round
        shape = shapes[(trial // len(KINDS)) % len(shapes)]
        rest = [t for t in every if not one_name(t, shape)] if kind == KINDS[0] else every
        vertices = drawn(shape, rng) if kind == KINDS[0] else unnamed(kind, rng)
        counts.tried[kind] += 1
        if is_near(vertices, rest, noise) or has_factors(vertices):
            counts.left_out[kind] += 1
            continue
        verdict = identify(noisy(vertices, noise, rng), templates=rest)
        of = shape.name if kind == KINDS[0] else f"{kind} {len(vertices)} in {vertices.shape[1]}"
        counts.named[kind] += told(counts, verdict, False, f"{of} as")
    return counts


def told(counts: Counts, verdict: Identification, right: bool, what: str) -> bool:
    """Keep the confidence of every name; whether there was one."""
    names = [part for part in verdict.components if part.name != "unknown"]
    counts.sure += [(part.confidence, right) for part in names]
    if names and not right:
        counts.false[f"{what} {verdict.summary()}"] += 1
    return bool(names)


def noisy(vertices: Array, noise: float, rng: np.random.Generator) -> Array:
    """Vertices in random orientation in up to two spare dimensions, displaced."""
    return laid_out(vertices, vertices.shape[1] + int(rng.integers(3)), noise, rng)


def is_near(vertices: Array, templates: Sequence[Template], noise: float) -> bool:
    """Whether a template comes within twice the noise, or as near as trained shapes do."""
    alike = [
        t
        for t in templates
        if len(t.vertices) == len(vertices) and t.dimension <= vertices.shape[1]
    ]
    bounds = least_rmsd(vertices, alike) if alike else []
    reach = max(2 * noise, SAME)
    return any(
        bound <= reach and fit(vertices, t).rmsd <= reach
        for t, bound in zip(alike, bounds, strict=True)
    )


def one_name(a: Template, b: Template) -> bool:
    """Whether two templates are the same, or one a family of the other."""
    return a.name == b.name or a.name in b.families or b.name in a.families


def has_factors(vertices: Array) -> bool:
    """Whether the vertices fall apart into mutually orthogonal ones, to .1 in any cosine."""
    linked = np.abs(vertices @ vertices.T) > LEAN
    return connected_components(linked, directed=False)[0] > 1


def unnamed(kind: str, rng: np.random.Generator) -> Array:
    """A relaxed random configuration or a generic tight frame of 5 to 24 points."""
    d = int(rng.integers(2, 9))
    n = int(rng.integers(d + 2, min(5 * d + 6, LARGEST) + 1))
    return relaxed(n, d, rng) if kind == "relaxed" else tight_frame(n, d, rng)


def relaxed(n: int, d: int, rng: np.random.Generator) -> Array:
    """n points on the sphere at a local minimum of the sum of inverse p-th powers of distances."""
    upper, power = np.triu_indices(n, 1), rng.uniform(0.5, 6)

    def energy(flat: Array) -> tuple[float, Array]:
        points = flat.reshape(n, d)
        norms = np.linalg.norm(points, axis=1, keepdims=True)
        U = points / norms
        squared = 2 - 2 * U @ U.T
        np.fill_diagonal(squared, 1)
        force = power / squared ** (power / 2 + 1)
        np.fill_diagonal(force, 0)
        gradient = -(force.sum(axis=1)[:, None] * U - force @ U)
        gradient -= (gradient * U).sum(axis=1, keepdims=True) * U
        return float((squared[upper] ** (-power / 2)).sum()), (gradient / norms).ravel()

    points = minimize(energy, rng.normal(size=n * d), jac=True, method="L-BFGS-B").x.reshape(n, d)
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def tight_frame(n: int, d: int, rng: np.random.Generator) -> Array:
    """n unit rows with a frame operator n/d times the identity, by alternating projections."""
    U = rng.normal(size=(n, d))
    for _ in range(2000):
        U /= np.linalg.norm(U, axis=1, keepdims=True)
        Q, s, R = np.linalg.svd(U, full_matrices=False)
        if np.ptp(s) < 1e-9:
            break
        U = np.sqrt(n / d) * Q @ R
    return U / np.linalg.norm(U, axis=1, keepdims=True)


def rates(rows: Sequence[Counts]) -> list[str]:
    """One row per level of noise."""
    lines = [
        "| noise | true ones named (95 %) | named right | open ones named (95 %) | "
        + " | ".join(f"{kind}: named of (left out)" for kind in KINDS)
        + " | most often false |",
        "|" + " --- |" * (len(KINDS) + 5),
    ]
    for row in rows:
        tried = {kind: row.tried[kind] - row.left_out[kind] for kind in KINDS}
        opened = sum(row.named[kind] for kind in KINDS), sum(tried.values())
        false = ", ".join(f"{n} {w}" for w, n in row.false.most_common(2)) or "none"
        kinds = [f"{row.named[k]} of {tried[k]} ({row.left_out[k]})" for k in KINDS]
        lines.append(
            f"| {row.noise:g} | {interval(row.named['true'], row.tried['true'])} | "
            f"{row.right / row.tried['true']:.2%} | {interval(*opened)} | "
            f"{' | '.join(kinds)} | {false} |"
        )
    return lines


def interval(hits: int, trials: int) -> str:
    """A rate with its exact 95 % interval."""
    low, high = clopper_pearson(hits, trials)
    return f"{hits / max(trials, 1):.2%} ({low:.2%}–{high:.2%})"


def binned(sure: Sequence[tuple[float, bool]]) -> list[tuple[int, float, int]]:
    """Ten equal bins of confidence: names, mean confidence and how many are right."""
    found = []
    confidence, right = np.array([c for c, _ in sure]), np.array([r for _, r in sure])
    place = np.minimum((10 * confidence).astype(int), 9)
    for b in range(10):
        inside = place == b
        mean = float(confidence[inside].mean()) if inside.any() else np.nan
        found.append((int(inside.sum()), mean, int(right[inside].sum())))
    return found


def calibration_error(sure: Sequence[tuple[float, bool]]) -> float:
    """Mean absolute difference of confidence and share right over ten bins, weighted by names."""
    return sum(abs(n * mean - right) for n, mean, right in binned(sure) if n) / max(len(sure), 1)


def reliability(sure: Sequence[tuple[float, bool]]) -> list[str]:
    """The expected calibration error and one row per bin that is not empty."""
    lines = [
        f"Expected calibration error {calibration_error(sure):.4f} over {len(sure)} names.",
        "",
        "| confidence | names | mean confidence | right (95 %) |",
        "| --- | --- | --- | --- |",
    ]
    for b, (n, mean, right) in enumerate(binned(sure)):
        if n:
            lines.append(
                f"| {b / 10:.1f}–{b / 10 + 0.1:.1f} | {n} | {mean:.4f} | {interval(right, n)} |"
            )
    return lines


def draw(sure: Sequence[tuple[float, bool]], path: Path) -> None:
    """How often a name is right against its confidence, with exact 95 % intervals."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, (ax, below) = plt.subplots(
        2, sharex=True, figsize=(4.6, 5.2), height_ratios=(3, 1), layout="constrained"
    )
    bins = [(mean, right, n) for n, mean, right in binned(sure) if n]
    x, y = np.array([b[0] for b in bins]), np.array([b[1] / b[2] for b in bins])
    ends = np.array([clopper_pearson(right, n) for _, right, n in bins]).T
    ax.plot([0, 1], [0, 1], color="0.6", lw=1, ls="--", label="as sure as right")
    ax.errorbar(x, y, yerr=np.maximum([y - ends[0], ends[1] - y], 0), fmt="o", color="#0072b2")
    ax.set(ylabel="share of names that are right", ylim=(0, 1.03))
    ax.set_title(f"expected calibration error {calibration_error(sure):.3f}", fontsize=10)
    ax.legend(frameon=False, loc="upper left")
    below.bar(np.arange(10) / 10 + 0.05, [n for n, _, _ in binned(sure)], 0.09, color="#0072b2")
    below.set(yscale="log", ylim=(0.5, None), xlabel="confidence", ylabel="names", xlim=(0, 1.02))
    for axis in (ax, below):
        axis.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)


if __name__ == "__main__":
    tyro.cli(main)
