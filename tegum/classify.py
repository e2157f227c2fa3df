"""`tegum classify`: which polytopes a run or a file of weights holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from tyro.conf import Positional, arg

from tegum.output import one_format, print_csv, print_json, print_table, progress_bar
from tegum.source import Layout, read_models

if TYPE_CHECKING:
    from geometry import Identification

COMPONENT_COLUMNS = {
    "name": "name",
    "symbol": "symbol",
    "features": "features",
    "dimension": "dimension",
    "dimensionality": "D",
    "rmsd": "rmsd",
    "confidence": "confidence",
    "nearest": "nearest",
}


def classify(
    path: Annotated[Positional[Path], arg(metavar="PATH")],
    *,
    layout: Layout = "features-hidden",
    represented: float = 0.5,
    json: bool = False,
    csv: bool = False,
) -> None:
    """Name the geometry of a run, or of a bare .npy, .npz, .safetensors or .pt file.

    A 3-D array is a batch of instances and gets one verdict each.

    Try:
      tegum classify run
      tegum classify weights.npy
      tegum classify weights.pt --layout hidden-features --json

    Args:
        path: a run (folder) or a file with W, or with an array named W
        layout: how a file holds W: the order of its last two axes, or the program that wrote it
        represented: a feature is represented when its norm is larger than this
        json: print one JSON document
        csv: print one row per component, and one for the features that are not represented
    """
    from geometry import identify

    one_format(json, csv)
    models = read_models(path, layout)
    with progress_bar("comparing features") as advance:
        verdicts = [identify(W, represented=represented, progress=advance) for W in models.W]
    densities = [models.density(k) for k in range(len(verdicts))]
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
        jointly = f", jointly: {verdict.product}" if verdict.product else ""
        print_table(f"{verdict.summary()}{jointly}", COMPONENT_COLUMNS, verdict.records())


def _not_represented(verdict: Identification) -> list[dict[str, Any]]:
    """The record of the features without a component, so that none is missing from a file."""
    dead = verdict.not_represented
    if not dead:
        return []
    features = " ".join(map(str, dead))
    return [{"name": "not represented", "n_features": len(dead), "features": features}]
