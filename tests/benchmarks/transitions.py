"""Where shapes tie, by two routes, what models do there, and which shape wins at each density.

    python -m tests.benchmarks.transitions                        # a quarter of an hour of CPU
    python -m tests.benchmarks.transitions --parts ties --write   # one part, and its page

The first route is `theory.transitions`, on the reference engine; the second is exact rational
arithmetic with a minimisation of its own (`tests.benchmarks.vertex_expansion`). With --write, what
a part found goes to docs/data/, named by the hash of its settings, and docs/transitions.md is made
anew from all parts there; the atlas is drawn to docs/atlas.png.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import tyro

from tegum.output import progress_bar
from tegum.studies.ground_states import CONTESTS, GroundStates, ground_states
from tegum.studies.orthoplex_pyramids import DENSITIES, OrthoplexPyramids, orthoplex_pyramids
from tegum.studies.phase_sequence import PhaseSequence, phase_sequence
from tests.benchmarks.vertex_expansion import rational_tie
from theory import Atlas, Transition, atlas
from theory.shapes.atlas import RANGE
from theory.shapes.draw_atlas import draw_atlas

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "transitions.md"
SYSTEMS = ((3, 2), (5, 2), (6, 2), (8, 3), (12, 4))
RESTARTS, FEWER, SEED = 200, 50, 0
SETTINGS: dict[str, Any] = {
    "ties": {"contests": CONTESTS, "restarts": RESTARTS, "seed": SEED},
    "phases": {"systems": SYSTEMS, "restarts": FEWER, "seed": SEED},
    "pyramids": {"densities": DENSITIES},
    "atlas": {"inverse_densities": RANGE},
}
Part = Literal["ties", "phases", "pyramids", "atlas"]
Rows = list[dict[str, Any]]


def main(
    parts: tuple[Part, ...] = ("ties", "phases", "pyramids", "atlas"), write: bool = False
) -> None:
    """Compute the parts named and print their tables.

    Args:
        parts: which to compute
        write: keep what was found under docs/data and make docs/transitions.md from it
    """
    for part in parts:
        with progress_bar(part) as progress:
            if part == "ties":
                rows = tie_rows(ground_states(restarts=RESTARTS, seed=SEED, progress=progress))
            elif part == "phases":
                rows = phase_rows(
                    [phase_sequence(n, m, restarts=FEWER, seed=SEED) for n, m in SYSTEMS]
                )
            elif part == "pyramids":
                rows = pyramid_rows(orthoplex_pyramids(progress=progress))
            else:
                found = atlas(progress=progress)
                rows = found.records()
                if write:
                    draw(found)
        print("\n".join(table(rows)))
        if write:
            keep(part, rows)
    if write:
        PAGE.write_text(page(), encoding="utf-8")


def tie_rows(found: GroundStates) -> Rows:
    """One row per tie: both routes, and what free optimisation finds above, at and below it."""
    rows: Rows = []
    second: dict[Transition, float] = {}
    for one in found.ties:
        tie, contest = one.transition, one.contest
        if tie not in second:
            second[tie] = rational_tie(tie.denser, tie.sparser, tie.density)
        above, at, below = one.found
        rows.append(
            {
                "denser": " + ".join(tie.denser),
                "sparser": " + ".join(tie.sparser),
                "n, m": f"{contest.n_features}, {contest.n_hidden}",
                "density": f"{tie.density:.12f}",
                "1/(1−S)": f"{tie.inverse_density:.9f}",
                "error ≤": f"{tie.error:.0e}",
                "vertex expansion − reference": f"{second[tie] - tie.density:.0e}",
                "of": one.verdict,
                "stable": ", ".join("yes" if stable else "no" for stable in one.stable),
                "2 % denser": what(above.what, above.excess),
                "at the tie": what(at.what, at.excess),
                "2 % sparser": what(below.what, below.excess),
            }
        )
    return rows


def what(found: str, excess: tuple[float, float]) -> str:
    """What free search finds, and its loss against the lower one of the two states."""
    return f"{found} ({max(excess):+.1e})"


def phase_rows(sequences: Sequence[PhaseSequence]) -> Rows:
    return [
        {
            "n, m": f"{row['n_features']}, {row['n_hidden']}",
            "ground state": row["what"],
            "found at 1/(1−S)": f"{row['from']:.3f} to {row['to']:.3f}",
            "jump into it at": f"{row['changes_at']:.6f}" if row["changes_at"] else "",
            "norms in the middle": row["norms"],
            "starts that reach it there": f"{row['hits']} of {row['starts']}",
        }
        for sequence in sequences
        for row in sequence.records()
    ]


def pyramid_rows(found: OrthoplexPyramids) -> Rows:
    gains = dict(zip((f"d = {d}" for d in found.dimensions), found.gain, strict=True))
    rows: Rows = [
        {"1 − S": f"{p:.2f}"}
        | {name: f"{gain[k]:.5f}" for name, gain in gains.items()}
        | {"digon": f"{found.digon[k]:.5f}"}
        for k, p in enumerate(found.density)
    ]
    ties = dict(zip(gains, (f"{p:.9f}" for p in found.into_digons), strict=True))
    return [*rows, {"1 − S": "ties with the digon at", **ties, "digon": ""}]


def draw(found: Atlas) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 6.5), layout="constrained")
    draw_atlas(found, ax=figure.subplots())
    figure.savefig(DOCS / "atlas.png", dpi=110)


def stored(part: str) -> Path:
    """Where what a part found is kept: named by the hash of its settings."""
    digest = hashlib.sha256(json.dumps([part, SETTINGS[part]]).encode()).hexdigest()[:12]
    return DOCS / "data" / f"{part}-{digest}.json"


def keep(part: str, rows: Rows) -> None:
    document = {
        "command": f"python -m tests.benchmarks.transitions --parts {part} --write",
        "settings": SETTINGS[part],
        "rows": rows,
    }
    stored(part).write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")


def page() -> str:
    """The page with the tables of all parts between their marks."""
    text = PAGE.read_text(encoding="utf-8")
    for part in SETTINGS:
        if not stored(part).exists():
            continue
        rows = json.loads(stored(part).read_text(encoding="utf-8"))["rows"]
        before, mark, rest = text.partition(f"<!-- {part} -->")
        _, end, after = rest.partition(f"<!-- end of {part} -->")
        made = "\n".join(table(atlas_rows(rows, part)))
        text = f"{before}{mark}\n\n{made}\n\n{end}{after}"
    return text


def atlas_rows(rows: Rows, part: str) -> Rows:
    """The records of the atlas with as many digits as are worth printing."""
    if part != "atlas":
        return rows
    return [
        {
            "shape": row["name"],
            "features, dimensions": f"{row['features']}, {row['dimension']}",
            "wins from 1/(1−S)": f"{row['from']:.8f}" if row["error"] else f"{row['from']:g}",
            "error ≤": f"{row['error']:.0e}" if row["error"] else "",
            "to": f"{row['to']:.8g}",
            "gain per dimension at its middle": f"{row['gain_at_middle']:.5f}",
            "norm": f"{row['scale_at_middle']:.3f}",
            "bias": f"{row['bias_at_middle']:+.3f}",
        }
        for row in rows
    ]


def table(rows: Rows) -> list[str]:
    """A Markdown table."""
    cells = [[str(value).replace("|", "\\|") for value in row.values()] for row in rows]
    lines = [list(rows[0]), ["---"] * len(rows[0]), *cells]
    return ["| " + " | ".join(line) + " |" for line in lines]


if __name__ == "__main__":
    tyro.cli(main)
