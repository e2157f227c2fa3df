"""`tegum report`: one page, in one file, that says and shows what a model holds."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from tyro.conf import Positional, arg

from tegum import __version__
from tegum.output import Progress, check_writable, note, plain, progress_bar
from tegum.source import Layout, Models, read_models

if TYPE_CHECKING:
    from geometry import Component, Identification
    from theory.features import Array

MOST = 2000  # features of which everything is drawn; a page of more would open slowly
PARTNERS = 5  # of every feature, shown where the pointer is
LARGEST = 1e100  # weight whose products can be drawn
FAINT = 0.05  # overlaps below this are no edges
EDGES = 5000  # of the graph at most; more are a blot, and slow to draw


def report(
    path: Annotated[Positional[Path], arg(metavar="PATH")],
    *,
    out: Annotated[Path, arg(aliases=["-o"])] = Path("report.html"),
    layout: Layout = "features-hidden",
    array: str | None = None,
    represented: float = 0.5,
    packing: bool = True,
) -> None:
    """Write one self-contained HTML file about a run or a file of weights.

    A table of components that sorts and filters, each component to be turned in space, the
    dimensionality of every feature, the interference graph, and for a run the comparison with
    theory and the place among the limits of compressed sensing. Needs the extra "report" (plotly);
    the page needs no network.

    Try:
      tegum report run -o report.html
      tegum report weights.npy --layout hidden-features

    Args:
        path: a run (folder) or a file of weights
        out: the page to write; an earlier one is replaced
        layout: how a file holds W: the order of its last two axes, or the program that wrote it
        array: the name of the array that is W, in the file of a larger model
        represented: a feature is represented when its norm is larger than this
        packing: look for the cheapest packing of a run's features, some seconds for every density
    """
    try:
        from plotly.offline import get_plotlyjs
    except ImportError:
        raise ValueError(
            'expected plotly for a report, it is not installed; run pip install "tegum[report]"'
        ) from None
    from geometry.write import write_file

    if out.is_dir():
        raise ValueError(f"expected a file to write, {out} is a folder; name one inside it")
    check_writable(out.absolute().parent)
    models = read_models(path, layout, array)
    _check_size(models.W)
    with progress_bar("naming and comparing") as advance:
        instances = []
        for k in range(len(models.W)):
            advance(k, len(models.W))
            instances.append(_instance(models, k, represented, packing, advance))
    document = {
        "title": path.name,
        "made": _made(path, models),
        "instances": instances,
    }
    # `<` would let a name end the script that the data stand in
    data = json.dumps(plain(document), allow_nan=False, ensure_ascii=False).replace("<", "\\u003c")
    page = (resources.files("tegum") / "page" / "report.html").read_text(encoding="utf-8")
    script = (resources.files("tegum") / "page" / "report.js").read_text(encoding="utf-8")
    for name, text in (("PLOTLY", get_plotlyjs()), ("SCRIPT", script), ("DATA", data)):
        before, after = page.split(f"/* {name} */")
        page = before + text + after
    write_file(out, page)
    note(f"wrote {out}, {out.stat().st_size / 1e6:.1f} MB")
    if (n := models.W.shape[1]) > MOST:
        note(
            f"the page has no graph and no dimensionalities of {n} features (at most {MOST}), and "
            f"of a component the first {MOST}"
        )


def _check_size(W: Array) -> None:
    if np.abs(W).max() > LARGEST:
        raise ValueError(
            f"expected weights up to {LARGEST:g} in a report, got {np.abs(W).max():g}; scale them "
            "down, tegum classify names them as they are"
        )


def _instance(
    models: Models, k: int, represented: float, packing: bool, advance: Progress
) -> dict[str, Any]:
    from geometry import dimensionality, identify

    W = models.W[k]
    few = len(W) <= MOST
    # features are counted where they are so many that one instance takes minutes
    verdict = identify(W, represented=represented, progress=None if few else advance)
    found: dict[str, Any] = {
        "instance": k,
        "density": models.density(k),
        "summary": verdict.summary(),
        "product": verdict.product,
        "sum_dimensionality": verdict.sum_dimensionality,
        "n_features": len(W),
        "n_hidden": W.shape[1],
        "not_represented": verdict.not_represented,
        "components": [_component(W, part) for part in verdict.components],
        "theory": _theory(models, k, verdict, packing),
    }
    if few:
        found["features"] = _features(W, dimensionality(W), verdict)
        found["graph"] = _graph(W, verdict)
    return found


def _component(W: Array, part: Component) -> dict[str, Any]:
    """One row of the table, and the component's points in the three directions they fill most.

    Of very many points the first are shown.
    """
    rows = W[list(part.features[:MOST])]
    U, s, _ = np.linalg.svd(rows, full_matrices=False)
    points = np.zeros((len(rows), 3))
    points[:, : min(3, len(s))] = (U * s)[:, :3]
    return {
        "name": part.name,
        "symbol": part.symbol,
        "features": part.features,
        "dimension": part.dimension,
        "D": part.dimensionality,
        "rmsd": part.rmsd,
        "confidence": part.confidence,
        "group_order": part.group_order if part.has_known_group else None,
        "nearest": part.nearest if len(part.features) <= 64 else (),
        "points": np.round(points, 4),
        "edges": _edges(rows),
    }


def _edges(rows: Array) -> list[tuple[int, int]]:
    from geometry.projection import nearest_pairs

    if not 2 <= len(rows) <= 300:
        return []
    directions = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    # trained edges of one length differ by a few percent
    return [(int(i), int(j)) for i, j in nearest_pairs(directions, slack=0.1)]


def _features(W: Array, D: Array, verdict: Identification) -> dict[str, Any]:
    """Of every feature its norm, D, name, and the partners it interferes with most."""
    gram = np.abs(W @ W.T)
    np.fill_diagonal(gram, 0)
    partners = np.argsort(-gram, axis=1, kind="stable")[:, :PARTNERS]
    return {
        "norm": np.round(np.linalg.norm(W, axis=1), 5),
        "D": np.round(D, 5),
        "name": verdict.names,
        "partners": [
            [[int(j), round(float(gram[i, j]), 3)] for j in row if gram[i, j] > FAINT]
            for i, row in enumerate(partners)
        ],
    }


def _graph(W: Array, verdict: Identification) -> dict[str, Any]:
    """Places of the features, components apart, and the overlaps worth a line."""
    from geometry.layout import packed

    places, _, _ = packed(W, verdict)
    gram = np.triu(np.abs(W @ W.T), 1)
    pairs = np.argwhere(gram > FAINT)
    largest = np.argsort(-gram[tuple(pairs.T)], kind="stable")[:EDGES]
    return {
        "places": np.round(places, 3),
        "edges": pairs[largest],
        "overlaps": len(pairs),
    }


def _theory(
    models: Models, k: int, verdict: Identification, packing: bool
) -> dict[str, Any] | None:
    """The comparison with theory, where the features of a ReLU output model are known."""
    if models.features is None or models.b is None or models.kind != "relu-output":
        return None
    if models.features.amplitude != "uniform":
        return None
    import theory
    from tegum.compare import packing_of

    features = models.features[k]
    packed = packing_of(features, models.W.shape[-1]) if packing else None
    found = theory.compare(
        models.W[k], models.b[k], features, identification=verdict, packing=packed
    )
    return {
        "loss": found.loss,
        "components": [
            {"loss": part.loss, "predicted": part.predicted, "ratio": part.ratio}
            for part in found.components
        ],
        "predictions": found.prediction_records(),
        "gap": found.gap,
        "position": found.sensing and found.sensing.position,
        "limits": found.sensing.records() if found.sensing else [],
    }


def _made(path: Path, models: Models) -> dict[str, Any]:
    made: dict[str, Any] = {"file": str(path), "tegum": __version__}
    if path.is_dir() and (path / "config.json").is_file():
        made["config"] = json.loads((path / "config.json").read_text(encoding="utf-8"))
    return made | {"kind": models.kind or "weights alone"}
