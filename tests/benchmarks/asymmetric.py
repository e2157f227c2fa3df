"""How often trained absolute value models have the asymmetric motif.

    python -m tests.benchmarks.asymmetric            # about one CPU-minute
    python -m tests.benchmarks.asymmetric --write    # and docs/asymmetric-superposition.md

Trains the study `tegum.studies.asymmetric_superposition` from several seeds.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path

import tyro

from tegum.studies.asymmetric_superposition import (
    AsymmetricSuperposition,
    asymmetric_superposition,
)

DOCS = Path(__file__).parents[2] / "docs"
DATA = DOCS / "data" / "asymmetric-superposition.json"
INTRODUCTION = """# Asymmetric superposition

Twenty absolute values on ten neurons, I = .8^i (paper section 10.3; its model is not specified).
Written by `python -m tests.benchmarks.asymmetric --write`, data in
`data/asymmetric-superposition.json`; seeds {seeds}, {restarts} starts each, {date}.

A motif is a neuron with W_in = (k, −1/k) and W_out = (1/k, k) on two features and no third, the
ratio of the inputs at least 2 and that of the outputs its reciprocal within 30 %, and a second
neuron that takes off half or more of the heavy interference k². Loose ones have outputs up to
twice as unlike as the inputs. Shared neurons compute half or more of two features or more. The
leak is what the dominated output still says when the dominant feature alone is 1.

"""
EQUAL = """
## Two equal features on three neurons

Exact losses relative to p: of a pair of neurons for one feature and one neuron for the other, and
of the best that shares the third neuron asymmetrically. They are one and the same above a density
of about .35.
"""


def main(seeds: int = 2, restarts: int = 6, write: bool = False) -> None:
    """Print the tables.

    Args:
        seeds: models per density, from the seeds 0, 1, …
        write: put them into docs/asymmetric-superposition.md, and the motifs into docs/data
    """
    studies = [asymmetric_superposition(restarts=restarts, seed=seed) for seed in range(seeds)]
    text = "\n".join([*motif_table(studies), EQUAL, *equal_table(studies[0])])
    print(text)
    if write:
        head = INTRODUCTION.format(
            seeds=f"0 to {seeds - 1}", restarts=restarts, date=f"{date.today()}"
        )
        (DOCS / "asymmetric-superposition.md").write_text(f"{head}{text}\n")
        DATA.write_text(json.dumps(records(studies), indent=1) + "\n")


def motif_table(studies: list[AsymmetricSuperposition]) -> list[str]:
    """One row per density, over the seeds."""
    lines = [
        "| 1 − S | loss | shared neurons | motifs | loose ones | ratios of the inputs | leaks |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for k, density in enumerate(studies[0].density):
        motifs = [motif for study in studies for motif in study.motifs[k]]
        cells = [
            f"{density:g}",
            ", ".join(f"{study.run.loss[k]:.5g}" for study in studies),
            ", ".join(str(study.shared_neurons[k]) for study in studies),
            ", ".join(str(len(study.motifs[k])) for study in studies),
            ", ".join(str(len(study.loose_motifs[k])) for study in studies),
            ", ".join(f"{motif.ratio:.3g}" for motif in motifs),
            ", ".join(f"{leak:.2g}" for study in studies for leak in study.leaks[k]),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def equal_table(study: AsymmetricSuperposition) -> list[str]:
    """One row per density."""
    lines = ["| 1 − S | pair and one alone | three shared | saved |", "| --- | --- | --- | --- |"]
    for p, shared, apart in zip(
        study.density, study.three_neurons, study.pair_and_half, strict=True
    ):
        saved = 1 - shared / apart
        lines.append(f"| {p:g} | {apart / p:.6f} | {shared / p:.6f} | {abs(saved):.2%} |")
    return lines


def records(studies: list[AsymmetricSuperposition]) -> list[dict]:
    """Every motif, with its seed and density."""
    return [
        {"seed": seed, "density": float(density), **asdict(motif)}
        for seed, study in enumerate(studies)
        for density, motifs in zip(study.density, study.motifs, strict=True)
        for motif in motifs
    ]


if __name__ == "__main__":
    tyro.cli(main)
