"""Phase diagrams and transitions of small models: every number of docs/phases.md.

    python -m tests.benchmarks.phases              # some five CPU-minutes; prints the tables
    python -m tests.benchmarks.phases --write      # and the page, its data and its figure in docs/

A transition is where two branches of local minima tie. It is found twice: with the fast engine, and
with losses in exact rational arithmetic. Just below it and just above, at a relative distance of
1e-3, models are fitted freely from 200 starts: `excess` is what the winning branch has above the
best of them, relative to it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import tyro
from scipy.optimize import brentq, minimize

from geometry import dimensionality
from tegum.studies.collapse import collapse
from tegum.studies.feature_sets import (
    Arrangement,
    antipodal_bases_loss,
    feature_sets,
    local_bases,
    octahedron_transition,
)
from tegum.studies.phase_diagram import phase_diagram, triangle_transition
from tegum.studies.transition import Transition, excess_over_free
from tegum.studies.varied_density import PAPERS_CROSSING, varied_density
from theory import (
    FeatureDistribution,
    NoBiasMinimum,
    antipodal_boundary,
    boundary_end,
    confusion_transition,
    no_bias_loss,
    no_bias_minima,
    optimal_phases,
    rational_loss,
    superposition_boundary,
)

DOCS = Path(__file__).parents[2] / "docs"
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"
STARTS = 200
IMPORTANCES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.55, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)
NO_BIAS_IMPORTANCES = (0.01, 0.1, 0.2, 0.5, 0.8, 1.0)

Rows = list[dict[str, Any]]


def main(points: int = 40, seed: int = 0, write: bool = False) -> None:
    """Print all tables.

    Args:
        points: of the phase diagrams, a side
        write: put the tables into docs/phases.md, data into docs/data/, the figure beside the page
    """
    tables: dict[str, Rows] = {}
    for title, rows in sections(points, seed):
        tables[title] = rows
        print(f"\n{title}\n", *table(rows), sep="\n", flush=True)
    if write:
        draw(points, seed, DOCS / "phases.png")
        (DOCS / "data").mkdir(exist_ok=True)
        text = json.dumps({"starts": STARTS, "seed": seed, "tables": tables}, indent=1)
        (DOCS / "data" / "phases.json").write_text(text + "\n", encoding="utf-8")
        page = DOCS / "phases.md"
        before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
        parts = [f"date {date.today()}; `python -m tests.benchmarks.phases --write`."]
        for title, rows in tables.items():
            parts += ["", f"### {title}", "", *table(rows)]
        page.write_text(
            "\n".join([before + BEGIN, "", *parts, "", END]) + rest.partition(END)[2],
            encoding="utf-8",
        )


def sections(points: int, seed: int) -> Iterable[tuple[str, Rows]]:
    yield (
        "Two features in one dimension: the antipodal pair's boundary",
        [of_boundary(r, seed) for r in IMPORTANCES],
    )
    p, r = boundary_end()
    yield "Where its two steps become one", [{"density": p, "relative importance": r}]
    yield "Without biases", [of_no_bias(importance, seed) for importance in NO_BIAS_IMPORTANCES]
    yield (
        "Trained phase diagrams against the closed forms",
        [of_diagram(n_hidden, points, seed) for n_hidden in (1, 2)],
    )
    yield (
        "Three equal features in two dimensions",
        [of_transition(triangle_transition(seed=seed), "density")],
    )
    yield "One feature of another density, n = 5, m = 2", of_varied_density(seed)
    collapses = collapse(restarts=STARTS, seed=seed)
    yield (
        "Collapse of three correlated pairs, n = 6, m = 2",
        [of_transition(found, "density") for found in collapses.transitions],
    )
    sets = feature_sets(seed=seed)
    for title, arrangement in (
        ("Two correlated pairs, n = 4, m = 2", sets.correlated_pairs),
        ("Two anticorrelated pairs, n = 4, m = 2", sets.anticorrelated_pairs),
        ("Three correlated pairs, n = 6, m = 2", sets.three_pairs),
        ("Two correlated triples, n = 6, m = 3", sets.triples),
    ):
        yield title, of_arrangement(arrangement)
    tens = local_bases(seed=seed)
    bases = of_arrangement(tens)
    for row, D, loss in zip(bases, dimensionality(tens.run.W), tens.run.loss, strict=True):
        row["D"] = span(D)
        row["ten digons / this loss"] = antipodal_bases_loss(row["density"]) / float(loss)
    yield "Two correlated sets of ten, n = 20, m = 10", bases
    yield "End of the octahedron", [of_transition(octahedron_transition(seed=seed), "density")]


def of_boundary(r: float, seed: int) -> dict[str, Any]:
    found = antipodal_boundary(r)
    below, above = excess_over_free(
        found.jump, lambda p: FeatureDistribution(2, p, [1.0, r]), restarts=STARTS, seed=seed
    )
    return {
        "r": r,
        "closed forms tie": float(superposition_boundary(r)),
        "jump": found.jump.at,
        "jump, rational": found.rational,
        "W below": weights(found.jump.states[0].W),
        "W above": weights(found.jump.states[1].W),
        "onset of W_2": found.onset or "",
        "pair metastable to": found.pair_end,
        "other down to": found.other_end,
        "excess below, above": f"{below:.0e}, {above:.0e}",
    }


def of_no_bias(importance: float, seed: int) -> dict[str, Any]:
    p = confusion_transition(importance)
    states = lowest_of_each_kind(p, importance)

    def gap(density: float) -> float:
        features = FeatureDistribution(2, density, [1.0, importance])
        confused, antipodal = (
            float(rational_loss(np.array(state.W).reshape(2, 1), [0, 0], features))
            for _, state in sorted(lowest_of_each_kind(density, importance).items())
        )
        return confused - antipodal

    def descended(start: Sequence[float], density: float) -> float:
        def loss(W: np.ndarray) -> float:
            return float(no_bias_loss(*W, density, importance)) / density

        return float(minimize(loss, start, options={"gtol": 1e-9}).fun) * density

    rng = np.random.default_rng(seed)
    excess = []
    for density in (p * (1 - 1e-3), p * (1 + 1e-3)):
        best = no_bias_minima(density, importance)[0].loss
        free = min(descended(start, density) for start in rng.uniform(-1.5, 1.5, (STARTS, 2)))
        excess.append(best / free - 1)
    confused, antipodal = states["confused"], states["antipodal"]
    return {
        "importance": importance,
        "density": p,
        "rational": float(brentq(gap, p * (1 - 1e-5), p * (1 + 1e-5), xtol=1e-12)),
        "W confused": weights(np.array(confused.W)),
        "W antipodal": weights(np.array(antipodal.W)),
        "excess below, above": f"{excess[0]:.0e}, {excess[1]:.0e}",
    }


def lowest_of_each_kind(density: float, importance: float) -> dict[str, NoBiasMinimum]:
    return {state.kind: state for state in reversed(no_bias_minima(density, importance))}


def of_diagram(n_hidden: int, points: int, seed: int) -> dict[str, Any]:
    trained = phase_diagram(n_hidden, points=points, seed=seed)
    return {
        "n, m": f"{n_hidden + 1}, {n_hidden}",
        "points": points**2,
        "trained as the closed forms say": f"{trained.agreement:.1%}",
    }


def of_varied_density(seed: int) -> Rows:
    study = varied_density(restarts=STARTS, seed=seed)
    found = study.transition
    pentagon_end, digons_end = study.limits
    assert pentagon_end is not None
    rows = [
        of_transition(found, "relative density"),
    ]
    equal = study.pentagon[int(np.argmin(np.abs(study.ratio - 1)))]
    assert equal is not None
    norm, bias = float(np.linalg.norm(equal.W[0])), float(equal.b[0])
    rows[0] |= {
        "times rarer": 1 / found.at,
        "the paper's": 1 / PAPERS_CROSSING,
        "pentagon ends at": pentagon_end.at,
        "by a fold": pentagon_end.fold,
        "digons end at": "" if digons_end is None else digons_end.at,
        "norm of the equal pentagon": norm,
        "1/(1 − b)": 1 / (1 - bias),
        "√(1 − b)": float(np.sqrt(1 - bias)),
    }
    return rows


def of_transition(found: Transition, parameter: str) -> dict[str, Any]:
    return {
        "below / above": found.name,
        parameter: found.at,
        "rational": found.rational,
        "dL/dt below, above": f"{found.crossing.slopes[0]:.4f}, {found.crossing.slopes[1]:.4f}",
        "excess below, above": f"{found.excess[0]:.0e}, {found.excess[1]:.0e}",
        "of the ground state": found.of_ground_state,
    }


def of_arrangement(arrangement: Arrangement) -> Rows:
    return [
        {
            "density": float(density),
            "loss": float(arrangement.run.loss[k]),
            "found": arrangement.verdicts[k].summary(),
            "within sets, degrees": span(arrangement.within[k]),
            "most opposite of another set": span(arrangement.across[k]),
            "norms": span(np.linalg.norm(arrangement.run.W[k], axis=1)),
        }
        for k, density in enumerate(arrangement.density)
    ]


def weights(W: np.ndarray) -> str:
    return ", ".join(f"{x:.4f}" for x in np.sign(W.flat[0]) * W.ravel())


def span(values: np.ndarray) -> str:
    low, high = f"{values.min():.4g}", f"{values.max():.4g}"
    return low if low == high else f"{low} to {high}"


def table(rows: Rows) -> list[str]:
    cells = [
        [f"{x:.12g}" if isinstance(x, float) else str(x) for x in row.values()] for row in rows
    ]
    return [
        "| " + " | ".join(row) + " |" for row in (list(rows[0]), ["---"] * len(rows[0]), *cells)
    ]


def draw(points: int, seed: int, path: Path) -> None:
    """Closed forms, exact optima and trained models of both sizes."""
    from matplotlib.figure import Figure

    from theory.phases.draw import draw_optimal_phases, draw_phases, draw_trained_phases

    figure = Figure(figsize=(18, 9.5), layout="constrained")
    for n_hidden, axes in zip((1, 2), figure.subplots(2, 3), strict=True):
        trained = phase_diagram(n_hidden, points=points, seed=seed)
        grid = (trained.density, trained.relative_importance)
        exact = optimal_phases(
            n_hidden, np.geomspace(0.05, 0.98, points), trained.relative_importance
        )
        draw_phases(*grid, trained.predicted, ax=axes[0])
        draw_optimal_phases(exact, ax=axes[1])
        draw_trained_phases(
            *grid, trained.norm, trained.superposition, ax=axes[2], n_hidden=n_hidden
        )
        size = f"n = {n_hidden + 1}, m = {n_hidden}"
        titles = ("closed forms", "exactly optimised", "trained, and the closed forms' lines")
        for ax, title in zip(axes, titles, strict=True):
            ax.set_ylim(0.05, 1)
            ax.set_title(f"{size}: {title}", fontsize=11)
    figure.savefig(path, dpi=75)


if __name__ == "__main__":
    tyro.cli(main)
