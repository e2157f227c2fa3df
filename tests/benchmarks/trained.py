"""Which shapes trained models have, and whether they are named right.

    python -m tests.benchmarks.trained               # about 10 CPU-minutes; writes the page
    python -m tests.benchmarks.trained --seeds 2     # prints the tables alone

Models of one shape: the ideal loss is the exact one that a descent from the shape itself reaches,
features beyond its vertices not represented. Every model within 1e-4 of it has to have the shape's
name. A name is false when its template is more than 3 % (rmsd) away, worked out again from the
matching. Seeds are 0, 1, …; times are CPU time of one thread. Writes the tables of
docs/trained-geometries.md.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np

from geometry import Identification, identify, template
from tegum.output import print_table
from tests.benchmarks.alternatives import NEAR, distance, named, tally
from tests.benchmarks.codes import code_loss
from tests.benchmarks.speed import BEGIN, END, processor, timed
from theory import FeatureDistribution, compare
from theory.features import Array
from training import ReluOutputModel, fit, refine

PAGE = Path(__file__).parents[2] / "docs" / "trained-geometries.md"
WITHIN = 1e-4  # of the ideal loss
SEEDS = 10
SAMPLED = {"method": "sampled", "exact_strata": True, "weight_decay": 0.0}

Row = dict[str, str | int]


@dataclass(frozen=True)
class Case:
    """Models of one size at one density, and the one shape they may have.

    With `begun` they are trained at that 1/(1−S) first, and refined at the density of the case.
    """

    n: int
    m: int
    inverse_density: float
    shape: str | None = None
    settings: dict = field(default_factory=dict)
    begun: float | None = None

    @property
    def features(self) -> FeatureDistribution:
        return FeatureDistribution(self.n, 1 / self.inverse_density)

    @property
    def features_at_first(self) -> FeatureDistribution:
        return FeatureDistribution(self.n, 1 / (self.begun or self.inverse_density))

    def __str__(self) -> str:
        method = "sampled" if self.settings.get("method") else self.settings.get("search", "")
        begun = f"begun at {self.begun:g}" if self.begun else ""
        how = "".join(f", {part}" for part in (method, begun) if part)
        return f"{self.n} in {self.m} at {self.inverse_density:.4g}{how}"


SINGLE = (
    Case(5, 2, 20, "pentagon"),
    Case(8, 3, 20, "square antiprism"),
    Case(20, 3, 20, "icosahedron"),
    Case(20, 3, 50, "icosahedron"),
    Case(20, 3, 50, "icosahedron", begun=20),
    Case(10, 4, 20, "rectified 5-cell"),
    Case(16, 5, 40, "5-demicube"),
    Case(27, 6, 60, "2_21"),
    Case(56, 7, 200, "3_21"),
    Case(40, 10, 20, "40-point code"),
    Case(64, 14, 20, "64-point code"),
)
BY_SAMPLES = (Case(5, 2, 20, "pentagon", SAMPLED),)
MIXED = (
    *(Case(100, 9, inverse) for inverse in (2, 4.5, 5)),
    Case(80, 20, 10),
    *(Case(80, 20, inverse, settings={"search": "quick"}) for inverse in (20, 50)),
)
PAPER = tuple(
    Case(400, 30, float(inverse), settings={"search": "quick"})
    for inverse in 20 ** np.linspace(0, 1, 20)
)


@dataclass(frozen=True, eq=False)
class Model:
    """A trained model with its verdict, and the CPU-seconds that both took.

    What a quick fit found is refined; `rough_false_names` are those before that.
    """

    case: Case
    W: Array
    b: Array
    loss: float
    verdict: Identification
    rough_false_names: int
    fit_seconds: float
    identify_seconds: float

    @property
    def distances(self) -> list[float]:
        """The rmsd of every name."""
        return [distance(self.W, part) for part in named(self.verdict)]

    @property
    def false_names(self) -> int:
        return false_names(self.W, self.verdict)

    @property
    def ideal_ratio(self) -> float:
        """The loss relative to the ideals of the named shapes; infinite where one has no name."""
        verdict = self.verdict
        found = compare(self.W, self.b, self.case.features, identification=verdict)
        return self.loss / found.predicted if found.predicted else np.inf


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=SEEDS, help="of every case but n = 400")
    given = parser.parse_args()
    for case in (*SINGLE, *MIXED):
        trained(case, 0)  # compiles, fills the caches
    groups = {
        "one shape": [trained(case, s) for case in SINGLE + BY_SAMPLES for s in range(given.seeds)],
        "n = 100, m = 9": [trained(case, s) for case in MIXED[:3] for s in range(given.seeds)],
        "n = 80, m = 20": [trained(case, s) for case in MIXED[3:] for s in range(given.seeds)],
        "n = 400, m = 30": [trained(case, 0) for case in PAPER],
    }
    one, *several, paper = groups.values()
    tables = {
        "Models of one shape": [of_one_shape(models) for models in by_case(one)],
        "Models of several shapes": [of_several(m) for group in several for m in by_case(group)],
        "n = 400, m = 30": [of_the_paper(model) for model in paper],
        "Against the alternatives": [
            row for name, models in groups.items() for row in against_alternatives(name, models)
        ],
    }
    for title, rows in tables.items():
        print_table(title, {key: key for key in rows[0]}, rows)
    if given.seeds == SEEDS:
        write(tables)


def trained(case: Case, seed: int) -> Model:
    settings = {"restarts": 1, "seed": seed, **case.settings}
    fit_seconds, run = timed(
        partial(fit, ReluOutputModel(case.n, case.m), case.features_at_first, **settings)
    )
    W, b, loss, rough = run.W, run.b, float(run.loss), 0
    if case.begun or case.settings.get("search") == "quick":
        rough = false_names(W, identify(W))
        refine_seconds, (W, b, loss) = timed(partial(refine, W, b, case.features))
        fit_seconds += refine_seconds
    identify_seconds, verdict = timed(partial(identify, W))
    print(f"{case}, seed {seed}: {loss:.8g}, {verdict.summary()}", file=sys.stderr, flush=True)
    return Model(case, W, b, loss, verdict, rough, fit_seconds, identify_seconds)


def false_names(W: Array, verdict: Identification) -> int:
    return sum(distance(W, part) > NEAR for part in named(verdict))


def by_case(models: Iterable[Model]) -> list[list[Model]]:
    groups: dict[str, list[Model]] = {}
    for model in models:
        groups.setdefault(str(model.case), []).append(model)
    return list(groups.values())


def of_one_shape(models: list[Model]) -> Row:
    case = models[0].case
    assert case.shape is not None
    shape = template(case.shape)
    ideal = code_loss(shape.vertices, case.features)
    ratios = [model.loss / ideal for model in models]
    there = [m for m, ratio in zip(models, ratios, strict=True) if abs(ratio - 1) <= WITHIN]
    right = [m for m in there if {part.name for part in m.verdict.components} == {shape.name}]
    others = Counter(m.verdict.summary() for m in models if m not in there)
    return {
        "features, 1/(1−S)": str(case),
        "shape": shape.name,
        "models": len(models),
        "within 1e-4 of it": len(there),
        "of these named right": len(right),
        "false names": sum(model.false_names for model in models),
        "largest rmsd of these": f"{max((max(m.distances) for m in right), default=0):.1e}",
        "loss / ideal": f"{min(ratios):.5f} to {max(ratios):.5f}",
        "the other models": said(others, 3),
        **times(models),
    }


def of_several(models: list[Model]) -> Row:
    found = Counter(model.verdict.summary() for model in models)
    whole = [m for m in models if "unknown" not in m.verdict.names]
    return {
        "features, 1/(1−S)": str(models[0].case),
        "models": len(models),
        "all parts named": len(whole),
        "of these within 1e-4 of the ideals": sum(
            abs(model.ideal_ratio - 1) <= WITHIN for model in whole
        ),
        "names": sum(len(model.distances) for model in models),
        "false names": sum(model.false_names for model in models),
        "of the rough fits": sum(model.rough_false_names for model in models),
        "largest rmsd": f"{max(max(m.distances, default=0) for m in models):.1e}",
        "most often found": said(found, 3),
        **times(models),
    }


def of_the_paper(model: Model) -> Row:
    return {
        "1/(1−S)": f"{model.case.inverse_density:.3f}",
        "found": model.verdict.summary(),
        "sum of D": f"{model.verdict.sum_dimensionality:.2f}",
        "loss": f"{model.loss:.6g}",
        "loss / ideals": f"{ratio:.5f}" if np.isfinite(ratio := model.ideal_ratio) else "",
        "false names": model.false_names,
        "of the rough fit": model.rough_false_names,
        "largest rmsd": f"{max(model.distances, default=0):.3f}",
        **times([model]),
    }


def against_alternatives(name: str, models: list[Model]) -> list[Row]:
    counts: dict[str, Counter[str]] = {}
    for model in models:
        for way, found in tally(model.W, model.verdict).items():
            counts.setdefault(way, Counter()).update(found)
    rows: list[Row] = []
    for way, found in counts.items():
        shaped = found["right"] + found["missed"]
        total = shaped + found["wrong"] + found["rightly none"]
        rows.append(
            {
                "models of": name,
                "named by": way,
                "models": len(models),
                "features": total,
                "right": share(found["right"], total),
                "wrong": share(found["wrong"], total),
                "has a shape, no name": share(found["missed"], total),
                "no shape, no name": share(found["rightly none"], total),
                "models with a wrong name": f"{found['models']} of {len(models)}",
            }
        )
    return rows


def share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}"


def said(found: Counter[str], most: int) -> str:
    phrases = [f"{count} × ({what})" for what, count in found.most_common(most)]
    rest = sum(found.values()) - sum(count for _, count in found.most_common(most))
    return "; ".join([*phrases, f"{rest} others"] if rest else phrases)


def times(models: list[Model]) -> Row:
    return {
        "fit, CPU-s": f"{statistics.median(m.fit_seconds for m in models):.2g}",
        "identify, CPU-ms": f"{1e3 * statistics.median(m.identify_seconds for m in models):.0f}",
        "longest": f"{1e3 * max(m.identify_seconds for m in models):.0f}",
    }


def write(tables: dict[str, list[Row]]) -> None:
    """The tables between the marks of the page."""
    lines = [f"date {date.today().isoformat()}, processor {processor()}; one thread."]
    for title, rows in tables.items():
        cells = [[str(value).replace("|", "\\|") for value in row.values()] for row in rows]
        table = [list(rows[0]), ["---"] * len(rows[0]), *cells]
        lines += ["", f"## {title}", "", *("| " + " | ".join(row) + " |" for row in table)]
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    page = before + "\n".join([BEGIN, "", *lines, "", END]) + rest.partition(END)[2]
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
