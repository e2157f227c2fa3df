"""`tegum bounds`: how many dimensions sparse features need, by every limit known."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from tyro.conf import Positional, arg

from tegum.output import note, one_format, print_csv, print_json, print_table
from tegum.source import read_models

if TYPE_CHECKING:
    from theory import Bounds

COLUMNS = {
    "limit": "limit",
    "kind": "kind",
    "n_hidden": "least m",
    "rate": "least m/n",
    "features_per_dimension": "most n/m",
    "reached": "reached",
    "says": "says",
}


def bounds(
    path: Annotated[Positional[Path | None], arg(metavar="[RUN]")] = None,
    *,
    features: int | None = None,
    hidden: int | None = None,
    density: tuple[float, ...] = (),
    json: bool = False,
    csv: bool = False,
) -> None:
    """Print what compressed sensing says of so many sparse features in so few dimensions.

    Sizes come from a run, or from --features, --hidden and --density.

    Try:
      tegum bounds --features 100 --hidden 20 --density 0.1
      tegum bounds --features 400 --hidden 30 --density 0.3 0.1 0.03 --csv
      tegum bounds run

    Args:
        path: a run (folder), which knows its sizes and densities
        features: number of features n
        hidden: number of hidden dimensions m
        density: 1 − S, one table for each value
        json: print one JSON document
        csv: print one row per limit
    """
    import theory

    one_format(json, csv)
    found = [theory.bounds(*sizes) for sizes in _sizes(path, features, hidden, density)]
    if json:
        print_json(
            [
                {
                    "n_features": one.n_features,
                    "n_hidden": one.n_hidden,
                    "density": one.density,
                    "features_per_dimension": one.features_per_dimension,
                    "position": one.position,
                    "limits": one.records(),
                }
                for one in found
            ]
        )
    elif csv:
        print_csv([{"density": one.density, **row} for one in found for row in one.records()])
    else:
        for one in found:
            print_table(_title(one), COLUMNS, one.records())


def _sizes(
    path: Path | None, features: int | None, hidden: int | None, density: tuple[float, ...]
) -> list[tuple[int, int, float]]:
    """n, m and 1 − S of every table."""
    if path is None:
        if features is None or hidden is None or not density:
            raise ValueError("expected a run, or --features, --hidden and --density")
        return [(features, hidden, p) for p in density]
    if features is not None or hidden is not None or density:
        raise ValueError(f"expected no --features, --hidden or --density beside {path}")
    if not path.is_dir():
        raise ValueError(
            f"expected a run (folder), got {path}; of bare weights give the sizes: "
            "--features, --hidden and --density"
        )
    models = read_models(path, "features-hidden")
    _, n, m = models.W.shape
    known = [(k, p) for k in range(len(models.W)) if (p := models.density(k)) is not None]
    if not known:
        raise ValueError(f"expected features of one density, those of {path} differ")
    if len(known) < len(models.W):
        note(f"left out {len(models.W) - len(known)} instances with features of many densities")
    return [(n, m, p) for _, p in known]


def _title(one: Bounds) -> str:
    return (
        f"{one.n_features} features in {one.n_hidden} dimensions (n/m = "
        f"{one.features_per_dimension:.3g}) at 1 − S = {one.density:.4g}:\n{one.position}"
    )
