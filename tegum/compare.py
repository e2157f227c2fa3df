"""`tegum compare`: trained weights beside their predictions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
from tyro.conf import Positional, arg

from tegum.output import (
    Record,
    check_writable,
    note,
    one_format,
    print_csv,
    print_json,
    print_table,
    progress_bar,
    write_file,
)
from tegum.source import Layout, Models, features_from, read_models

if TYPE_CHECKING:
    from theory import Comparison, FeatureDistribution, Packing
    from theory.features import Array

COLUMNS = {
    "instance": "instance",
    "density": "1 − S",
    "name": "part",
    "features": "features",
    "dimensionality": "D",
    "loss": "exact loss",
    "predicted": "predicted",
    "ratio": "ratio",
    "by": "prediction",
}
PREDICTIONS = {
    "instance": "instance",
    "prediction": "prediction",
    "of": "of",
    "predicted": "loss",
    "loss": "trained",
    "percent": "trained above, %",
}
GAP = {
    "instance": "instance",
    "choice": "other shapes, %",
    "shapes": "not ideal, %",
    "not represented": "left out, %",
    "sensing": "compressed sensing",
}


def compare(
    path: Annotated[Positional[Path], arg(metavar="PATH")],
    *,
    density: tuple[float, ...] = (),
    importance: tuple[float, ...] = (),
    importance_decay: float | None = None,
    bias: str | None = None,
    layout: Layout = "features-hidden",
    array: str | None = None,
    packing: bool = True,
    json: bool = False,
    csv: bool = False,
    draw: Path | None = None,
) -> None:
    """Compare the exact loss of every component with the least its ideal polytope can cause.

    Below it the predictions for the whole model: its own shapes at their ideals, dedicated features
    and digons in closed form, and the cheapest packing of any shapes; where the loss differs from
    that packing's, in parts; and how many features compressed sensing has room for. A run knows its
    features; bare weights need --density, and --bias where the file has none.

    Try:
      tegum compare run
      tegum compare weights.npz --density 0.1
      tegum compare W.npy --density 0.1 --bias b.npy --importance-decay 0.9 --json
      tegum compare run --draw pictures

    Args:
        path: a run (folder) or a file of weights
        density: 1 − S, one for all or one per instance (bare weights only)
        importance: one for all or one per feature (bare weights only)
        importance_decay: r for importances r^i (bare weights only)
        bias: a file with b, or one number for all features (bare weights only)
        layout: how a file holds W: the order of its last two axes, or the program that wrote it
        array: the name of the array that is W, in the file of a larger model
        packing: look for the cheapest packing, some seconds for every density
        json: print one JSON document
        csv: print one row per part
        draw: write a picture of every gap to the best packing into this folder
    """
    import theory

    one_format(json, csv)
    if draw is not None:
        check_writable(draw, "--draw")
    models = read_models(path, layout, array)
    if models.kind == "linear":
        raise ValueError(
            f"expected a ReLU output model, {path} holds a linear one, which has no shapes to "
            "compare; theory.linear_optimum is its prediction"
        )
    if models.kind not in (None, "relu-output"):
        raise ValueError(
            f"expected a ReLU output model, {path} holds a {models.kind} one, for which there are "
            "no predictions to compare; tegum classify reads its weights"
        )
    features, b = _completed(models, density, importance, importance_decay, bias, path)
    comparisons = []
    with progress_bar("comparing") as advance:
        for k, W in enumerate(models.W):
            advance(k, len(models.W))
            packed = packing_of(features[k], W.shape[-1]) if packing else None
            comparisons.append(theory.compare(W, b[k], features[k], packing=packed))
    if draw is not None:
        _draw(comparisons, draw)
    rows = [
        {"instance": k, "density": _density(features, k), **record}
        for k, comparison in enumerate(comparisons)
        for record in comparison.records()
    ]
    predictions = [
        {"instance": k, **record, "percent": record["ratio"] and 100 * (record["ratio"] - 1)}
        for k, comparison in enumerate(comparisons)
        for record in comparison.prediction_records()
    ]
    if json:
        wholes = [
            {
                "instance": k,
                "gap": one.gap,
                "sensing": one.sensing and one.sensing.position,
                "packing": one.packing and one.packing.summary(),
            }
            for k, one in enumerate(comparisons)
        ]
        document = {"records": rows, "predictions": predictions, "models": wholes}
        print_json({"path": str(path), **document})
    elif csv:
        print_csv(rows)
    else:
        tables = [
            (str(path), COLUMNS, rows),
            ("predictions", PREDICTIONS, predictions),
            ("the gap to the best packing, and the room there is", GAP, _gaps(comparisons)),
        ]
        for title, columns, records in tables:
            known = {key for record in records for key in record} - (
                set() if models.batched else {"instance"}
            )
            shown = {key: head for key, head in columns.items() if key in known}
            if records:
                print_table(title, shown, records)


def packing_of(features: FeatureDistribution, n_hidden: int) -> Packing | None:
    """The cheapest packing, where ideal shapes are known."""
    from theory import best_packing

    alike = np.ptp(features.density) == 0 and not features.groups
    possible = alike and features.amplitude == "uniform" and n_hidden <= features.n_features
    return best_packing(features, n_hidden) if possible else None


def _gaps(comparisons: list[Comparison]) -> list[Record]:
    """The parts of every gap in percent of the best packing's loss."""
    rows = []
    for k, one in enumerate(comparisons):
        parts = one.gap or {}
        whole = one.packing.loss if one.packing else 0.0
        position = one.sensing.position if one.sensing else None
        if parts or position:
            shares = {part: 100 * loss / whole for part, loss in parts.items() if whole}
            rows.append({"instance": k, **shares, "sensing": position})
    return rows


def _draw(comparisons: list[Comparison], folder: Path) -> None:
    from matplotlib.figure import Figure

    from theory.draw_comparison import draw_comparison

    drawn = [(k, one) for k, one in enumerate(comparisons) if one.gap is not None]
    folder.mkdir(parents=True, exist_ok=True)
    for k, comparison in drawn:
        figure = Figure(figsize=(9, 3.4), layout="constrained")
        draw_comparison(comparison, ax=figure.add_subplot())
        write_file(folder / f"gap-{k}.png", lambda path, page=figure: page.savefig(path, dpi=120))
    left = len(comparisons) - len(drawn)
    note(f"wrote {len(drawn)} pictures into {folder}" + (f", {left} have no gap" if left else ""))


def _completed(
    models: Models,
    density: tuple[float, ...],
    importance: tuple[float, ...],
    importance_decay: float | None,
    bias: str | None,
    path: Path,
) -> tuple[FeatureDistribution, Array]:
    """Features with one instance per model, and b; what is missing is asked for by name."""
    from theory import FeatureDistribution

    k, n, _ = models.W.shape
    if models.features is not None and models.b is not None:
        if density or importance or importance_decay is not None or bias is not None:
            raise ValueError(
                f"expected no --density, --importance or --bias for a run; {path} says its own"
            )
        return models.features, models.b
    if not density:
        raise ValueError(f"expected --density for bare weights: {path} does not say 1 − S")
    if len(density) not in (1, k):
        number = "one value" if k == 1 else f"one value or {k}"
        raise ValueError(f"expected {number} for --density, got {len(density)}")
    given = features_from(n, density, importance, importance_decay)
    features = FeatureDistribution(
        n, np.broadcast_to(given.density, (k, n)), np.broadcast_to(given.importance, (k, n))
    )
    if models.b is not None and bias is not None:
        raise ValueError(f"expected no --bias, {path} has b; leave it out")
    return features, models.b if models.b is not None else _bias(bias, k, n, path)


def _bias(bias: str | None, k: int, n: int, path: Path) -> Array:
    if bias is None:
        raise ValueError(f"expected --bias FILE or --bias NUMBER: {path} has W but no b")
    try:
        return np.full((k, n), float(bias))
    except ValueError:
        pass
    from geometry.formats import read_arrays

    arrays = read_arrays(bias)
    values = np.asarray(arrays["b"] if "b" in arrays else next(iter(arrays.values()), None))
    if values.dtype.kind not in "fiub" or values.shape not in ((n,), (k, n)):
        raise ValueError(f"expected b of shape ({n},) or ({k}, {n}) in {bias}, got {values.shape}")
    return np.broadcast_to(values.astype(np.float64), (k, n))


def _density(features: FeatureDistribution, k: int) -> float | None:
    row = features.density[k]
    return None if np.ptp(row) else float(row[0])
