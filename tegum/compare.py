"""`tegum compare`: trained weights beside their predictions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
from tyro.conf import Positional, arg

from tegum.output import one_format, print_csv, print_json, print_table
from tegum.source import Layout, Models, features_from, read_models

if TYPE_CHECKING:
    from theory import FeatureDistribution
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


def compare(
    path: Annotated[Positional[Path], arg(metavar="PATH")],
    *,
    density: tuple[float, ...] = (),
    importance: tuple[float, ...] = (),
    importance_decay: float | None = None,
    bias: str | None = None,
    layout: Layout = "features-hidden",
    json: bool = False,
    csv: bool = False,
) -> None:
    """Compare the exact loss of every component with the least its ideal polytope can cause.

    A run knows its features; bare weights need --density, and --bias where the file has none.

    Try:
      tegum compare run
      tegum compare weights.npz --density 0.1
      tegum compare W.npy --density 0.1 --bias b.npy --importance-decay 0.9 --json

    Args:
        path: a run (folder) or a file of weights
        density: 1 − S, one for all or one per instance (bare weights only)
        importance: one for all or one per feature (bare weights only)
        importance_decay: r for importances r^i (bare weights only)
        bias: a file with b, or one number for all features (bare weights only)
        layout: how a file holds W: the order of its last two axes, or the program that wrote it
        json: print one JSON document
        csv: print one row per part
    """
    import theory

    one_format(json, csv)
    models = read_models(path, layout)
    if models.kind == "linear":
        raise ValueError(
            f"expected a ReLU output model, {path} holds a linear one, which has no shapes to "
            "compare; theory.linear_optimum is its prediction"
        )
    features, b = _completed(models, density, importance, importance_decay, bias, path)
    comparisons = [theory.compare(W, b[k], features[k]) for k, W in enumerate(models.W)]
    rows = [
        {"instance": k, "density": _density(features, k), **record}
        for k, comparison in enumerate(comparisons)
        for record in comparison.records()
    ]
    if json:
        print_json({"path": str(path), "records": rows})
    elif csv:
        print_csv(rows)
    else:
        columns = (
            COLUMNS if models.batched else {k: v for k, v in COLUMNS.items() if k != "instance"}
        )
        print_table(str(path), columns, rows)


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
