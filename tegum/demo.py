"""`tegum demo`: train, name, compare and draw, with one command."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tegum import __version__
from tegum.output import check_writable, dump, print_table, progress_bar

if TYPE_CHECKING:
    from geometry import Identification
    from tegum.studies.introduction import Introduction
    from tegum.studies.phase_diagram import PhaseDiagram
    from tegum.studies.uniform import Uniform
    from theory import Comparison

FIGURES = ("introduction", "dimensionality", "interference-graphs", "phase-diagram")
WRITTEN = {
    "runs",
    "summary.json",
    *(f"{name}{end}" for name in FIGURES for end in (".png", ".svg")),
}
INTRODUCTION_COLUMNS = {
    "sparsity": "S",
    "verdict": "verdict",
    "loss": "exact loss",
    "predicted": "predicted",
    "ratio": "ratio",
}
UNIFORM_COLUMNS = {
    "inverse_density": "1/(1−S)",
    "verdict": "verdict",
    "product": "jointly",
    "dimensions_per_feature": "D*",
    "sum_dimensionality": "Σ D",
    "ratio": "loss / predicted",
}


def demo(
    *, out: Path = Path("demo"), seed: int = 0, threads: int | None = None, points: int = 60
) -> None:
    """Train the models of three figures of the paper, name them, check them, draw them.

    Writes runs, summary.json and figures (PNG and SVG) into a folder, in about a minute.

    Try:
      tegum demo
      tegum demo --out elsewhere --points 40

    Args:
        out: the folder to write into; an earlier demo there is replaced
        seed: of the random starts
        threads: models trained at once; all processors if left out
        points: the phase diagram is trained on points × points models
    """
    if threads is not None and threads < 1:
        raise ValueError(f"expected --threads of at least 1, got {threads}")
    if points < 2:
        raise ValueError(f"expected --points of at least 2, got {points}")
    if out.exists() and not (out.is_dir() and is_demo(out)):
        raise ValueError(f"expected a new or empty folder or an earlier demo, {out} is neither")
    for folder in (out, out / "runs"):
        check_writable(folder)

    from geometry.write import write_figure, write_file
    from tegum import draw
    from tegum.studies.introduction import introduction
    from tegum.studies.phase_diagram import phase_diagram
    from tegum.studies.uniform import uniform

    began = time.perf_counter()
    workers = threads or os.cpu_count() or 1
    with progress_bar("five features in two dimensions") as progress:
        first = introduction(seed=seed, threads=workers, progress=progress)
    with progress_bar("sixty features in eight dimensions") as progress:
        second = uniform(seed=seed, threads=workers, progress=progress)
    with progress_bar("phase diagram") as progress:
        third = phase_diagram(points=points, seed=seed, threads=workers, progress=progress)

    first.run.save(out / "runs" / "introduction", overwrite=True)
    second.run.save(out / "runs" / "uniform", overwrite=True)
    third.run.save(out / "runs" / "phase-diagram", overwrite=True)
    figures = (
        draw.draw_introduction(first),
        draw.draw_uniform(second),
        draw.draw_graphs(second),
        draw.draw_phase_diagram(third),
    )
    for name, figure in zip(FIGURES, figures, strict=True):
        for suffix in (".png", ".svg"):
            write_figure(out / f"{name}{suffix}", figure, dpi=160)
    summary = {
        "tegum": __version__,
        "seed": seed,
        "introduction": _introduction_records(first),
        "uniform": _uniform_records(second),
        "phase_diagram": _phase_record(third),
        "seconds": round(time.perf_counter() - began, 1),
    }
    write_file(out / "summary.json", dump(summary))

    print_table("five features, two dimensions", INTRODUCTION_COLUMNS, summary["introduction"])
    print_table("sixty features, eight dimensions", UNIFORM_COLUMNS, summary["uniform"])
    share = summary["phase_diagram"]["agreement"]
    print(
        f"phase diagram: trained and predicted agree on {share:.1%} of {points} × {points} models"
    )
    print(f"wrote runs, figures and summary.json to {out} in {summary['seconds']} s")


def is_demo(out: Path) -> bool:
    """Whether a folder holds nothing but what a demo writes, whole or broken off."""
    return all(path.name in WRITTEN or path.name.startswith(".") for path in out.iterdir())


def _introduction_records(study: Introduction) -> list[dict[str, Any]]:
    return [
        {"sparsity": sparsity, **_verdict(study.verdicts[k], study.comparisons[k])}
        for k, sparsity in enumerate(study.sparsities)
    ]


def _uniform_records(study: Uniform) -> list[dict[str, Any]]:
    return [
        {
            "inverse_density": float(inverse),
            "dimensions_per_feature": float(study.dimensions_per_feature[k]),
            **_verdict(study.verdicts[k], study.comparisons[k]),
        }
        for k, inverse in enumerate(study.inverse_density)
    ]


def _verdict(verdict: Identification, comparison: Comparison) -> dict[str, Any]:
    return {
        "verdict": verdict.summary(),
        "product": verdict.product,
        "sum_dimensionality": verdict.sum_dimensionality,
        "loss": comparison.loss,
        "predicted": comparison.best_prediction,
        "ratio": comparison.ratio,
        "components": [component.to_dict() for component in verdict.components],
        "not_represented": list(verdict.not_represented),
        "parts": comparison.records(),
    }


def _phase_record(study: PhaseDiagram) -> dict[str, Any]:
    return {
        "points": len(study.density),
        "agreement": study.agreement,
        "density": [float(study.density[0]), float(study.density[-1])],
        "relative_importance": [
            float(study.relative_importance[0]),
            float(study.relative_importance[-1]),
        ],
    }
