"""`tegum train`: fit models and write a run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from tegum.output import (
    check_writable,
    note,
    one_format,
    print_csv,
    print_json,
    print_table,
    progress_bar,
)
from tegum.source import features_from

COLUMNS = {
    "instance": "instance",
    "density": "1 − S",
    "loss": "exact loss",
    "verdict": "verdict",
    "hits": "found by",
    "starts": "of starts",
    "hit_low": "chance from",
    "hit_high": "to",
}


def train(
    *,
    config: Path | None = None,
    features: int | None = None,
    hidden: int | None = None,
    density: tuple[float, ...] = (0.1,),
    importance: tuple[float, ...] = (),
    importance_decay: float | None = None,
    amplitude: Literal["uniform", "exponential"] = "uniform",
    model: Literal["relu-output", "linear", "relu-hidden", "absolute-value"] = "relu-output",
    method: Literal["exact", "sampled"] = "exact",
    search: Literal["thorough", "quick"] = "thorough",
    restarts: int = 32,
    seed: int = 0,
    steps: int = 10_000,
    device: str = "cpu",
    rao_blackwell: bool = False,
    exact_strata: bool = False,
    l1: float = 0.0,
    adversarial: float = 0.0,
    record: int | None = None,
    threads: int | None = None,
    out: Path = Path("run"),
    overwrite: bool = False,
    json: bool = False,
    csv: bool = False,
) -> None:
    """Train toy models to the lowest exact loss found and write them as a run.

    Give either --config (a config.json, as every run has one) or --features and --hidden.

    Try:
      tegum train --features 5 --hidden 2 --density 1 0.2 0.1 --importance-decay 0.9
      tegum train --features 60 --hidden 8 --density 0.4 --restarts 8 --out digons
      tegum train --features 5 --hidden 2 --density 0.05 --method sampled --restarts 8
      tegum train --config run/config.json --out again

    Args:
        config: what to fit, instead of the options from --features to --record
        features: number of features n
        hidden: number of hidden dimensions m
        density: 1 − S, one model for each value
        importance: one for all or one per feature; 1 if left out
        importance_decay: r for importances r^i
        amplitude: law of the value of an active feature, on [0, 1] or with mean 1
        model: x' = ReLU(W Wᵀ x + b); without the ReLU; with one on Wᵀ x; or |x| instead of x
        method: L-BFGS on the exact expected loss, or the authors' loop
        search: look around every start, or take the best as it is, for large models (exact method)
        restarts: starts per model; the best is kept
        seed: of the starts, and of the inputs of the sampled method
        steps: of the sampled method
        device: where models are trained, such as cpu or cuda
        rao_blackwell: average over the own feature of each output (sampled method)
        exact_strata: take none or one active feature exactly, sample the rest (sampled method)
        l1: λ of λ Σ E |h| added to the loss
        adversarial: size of training attacks in average input norms
        record: keep the weights after this many steps on the way (sampled method)
        threads: models trained at once; all processors if left out
        out: the folder of the run
        overwrite: replace a run that is there
        json: print one JSON document
        csv: print one row per model
    """
    one_format(json, csv)
    if threads is not None and threads < 1:
        raise ValueError(f"expected --threads of at least 1, got {threads}")

    from geometry import identify
    from training import MODELS, FitConfig, FitSettings, fit_config, load_config, replaceable

    if out.exists() and not overwrite:
        raise ValueError(f"expected a new folder, {out} exists; name another --out or --overwrite")
    if out.exists() and not replaceable(out):
        raise ValueError(
            f"expected a run to overwrite at {out}, found something else; name another"
        )
    if (config is None) == (features is None or hidden is None):
        raise ValueError("expected either --config or both --features and --hidden")
    if config is not None:
        job = load_config(config)
    else:
        assert features is not None and hidden is not None
        job = FitConfig(
            MODELS[model](features, hidden),
            features_from(features, density, importance, importance_decay, amplitude),
            FitSettings(
                method=method,
                search=search,
                restarts=restarts,
                seed=seed,
                steps=steps,
                device=device,
                rao_blackwell=rao_blackwell,
                exact_strata=exact_strata,
                l1=l1,
                adversarial=adversarial,
                record=record,
            ),
        )
    check_writable(out.parent)
    with progress_bar("training") as progress:
        run = fit_config(job, threads=threads or os.cpu_count() or 1, progress=progress)
    run.save(out, overwrite=overwrite)
    note(f"wrote {out}")

    n, m = job.model.n_features, job.model.n_hidden
    densities = run.features.density.reshape(-1, n)
    records = []
    for k, W in enumerate(run.W.reshape(-1, n, m)):
        row = densities[k]
        records.append(
            {
                "instance": k,
                "density": float(row[0]) if (row == row[0]).all() else None,
                "loss": run.metrics[k]["loss"],
                "verdict": identify(W).summary(),
                **_certainty(run.metrics[k]),
            }
        )
    if json:
        print_json({"run": str(out), "models": records})
    elif csv:
        print_csv(records)
    else:
        print_table(str(out), COLUMNS, records)
        compared = f", tegum compare {out}" if job.model.kind == "relu-output" else ""
        note(f"next: tegum classify {out}{compared}")


def _certainty(metrics: dict) -> dict[str, float | None]:
    """How many starts found the best loss, and between what chances a start does (95 %)."""
    low, high = metrics.get("hit_interval", (None, None))
    return {
        "hits": metrics.get("hits"),
        "starts": metrics.get("starts"),
        "hit_low": low,
        "hit_high": high,
    }
