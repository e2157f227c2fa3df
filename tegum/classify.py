"""`tegum classify`: which polytopes a run or a file of weights holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from tyro.conf import Positional, arg

from tegum.output import (
    check_writable,
    note,
    one_format,
    print_csv,
    print_json,
    print_table,
    progress_bar,
)
from tegum.source import Layout, Models, read_models

if TYPE_CHECKING:
    from geometry import Identification

KIND_COLUMNS = {
    "count": "count",
    "name": "name",
    "n_features": "features",
    "dimension": "dim.",
    "group_order": "group",
    "D": "D, mean (range)",
    "rmsd": "rmsd, median (worst)",
    "confidence": "confidence",
    "nearest": "nearest, rmsd",
}


def classify(
    path: Annotated[Positional[Path], arg(metavar="PATH")],
    *,
    layout: Layout = "features-hidden",
    array: str | None = None,
    represented: float = 0.5,
    json: bool = False,
    csv: bool = False,
    draw: Path | None = None,
) -> None:
    """Name the geometry of a run, or of a bare .npy, .npz, .safetensors or .pt file.

    Prints one row per kind of component: how many there are, their feature dimensionality D, their
    distance from the ideal shape, and the three nearest names. Unknowns are listed by size, with
    the order of the symmetry group that was found. A 3-D array is a batch of instances and gets one
    verdict each.

    Try:
      tegum classify run
      tegum classify weights.npy
      tegum classify weights.pt --layout hidden-features --json
      tegum classify weights.npy --draw pictures

    Args:
        path: a run (folder) or a file with W, or with an array named W
        layout: how a file holds W: the order of its last two axes, or the program that wrote it
        array: the name of the array that is W, in the file of a larger model
        represented: a feature is represented when its norm is larger than this
        json: print one JSON document with everything that is known of every component
        csv: print one row per component, and one for the features that are not represented
        draw: write pictures of the components into this folder, one folder per instance of a batch
    """
    from geometry import identify

    one_format(json, csv)
    if draw is not None:
        check_writable(draw, "--draw")
    models = read_models(path, layout, array)
    with progress_bar("comparing features") as advance:
        verdicts = [identify(W, represented=represented, progress=advance) for W in models.W]
    densities = [models.density(k) for k in range(len(verdicts))]
    if draw is not None:
        _draw(models, verdicts, draw)
    if json:
        print_json(
            {
                "path": str(path),
                "models": [
                    {"instance": k, "density": density, **verdict.to_dict()}
                    for k, (density, verdict) in enumerate(zip(densities, verdicts, strict=True))
                ],
            }
        )
    elif csv:
        print_csv(
            [
                {"instance": k, "density": densities[k], **record}
                for k, verdict in enumerate(verdicts)
                for record in [*verdict.records(), *_not_represented(verdict)]
            ]
        )
    elif models.batched:
        records = [
            {
                "instance": k,
                "density": densities[k],
                "verdict": verdict.summary(),
                "product": verdict.product,
                "sum": verdict.sum_dimensionality,
            }
            for k, verdict in enumerate(verdicts)
        ]
        columns = {"instance": "instance", "density": "1 − S", "verdict": "verdict"}
        columns |= {"product": "jointly", "sum": "Σ D"}
        print_table(str(path), columns, records)
    else:
        (verdict,) = verdicts
        records = [_spelled(kind) for kind in verdict.kinds()]
        print_table(_title(verdict), KIND_COLUMNS, records)


def _title(verdict: Identification) -> str:
    jointly = f", jointly {_article(verdict.product)}" if verdict.product else ""
    leaning = len({c for pair in verdict.couplings for c in (pair.first, pair.second)})
    coupled = f"; {leaning} components lean on each other" if leaning else ""
    return f"{verdict.summary()}{jointly}{coupled}"


def _article(name: str) -> str:
    return f"{'an' if name.startswith(('8', '11-', '18-', *'aeio')) else 'a'} {name}"


def _spelled(kind: dict[str, Any]) -> dict[str, Any]:
    """A record of `kinds` with mean and range, median and worst, in one cell each."""
    D = f"{kind['dimensionality']:.3f}"
    rmsd = None if kind["rmsd_median"] is None else f"{kind['rmsd_median']:.3f}"
    if kind["count"] > 1:
        D += f" ({kind['dimensionality_min']:.3f}–{kind['dimensionality_max']:.3f})"
        rmsd = rmsd and f"{rmsd} ({kind['rmsd_worst']:.3f})"
    nearest = kind["nearest"] and kind["nearest"].replace(", ", "\n")
    return kind | {"D": D, "rmsd": rmsd, "nearest": nearest}


def _draw(models: Models, verdicts: list[Identification], folder: Path) -> None:
    from geometry.draw import draw_all

    written = []
    for k, (W, verdict) in enumerate(zip(models.W, verdicts, strict=True)):
        written += draw_all(W, verdict, folder / str(k) if models.batched else folder)
    note(f"wrote {len(written)} pictures into {folder}")


def _not_represented(verdict: Identification) -> list[dict[str, Any]]:
    """The record of the features without a component, so that none is missing from a file."""
    from geometry.verdict import listed

    dead = verdict.not_represented
    if not dead:
        return []
    return [{"name": "not represented", "n_features": len(dead), "features": listed(dead)}]
