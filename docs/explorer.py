"""The optimum of small models on a fine grid, for the page with the sliders."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from kept import kept
from numpy.typing import NDArray

from geometry import dimensionality, identify
from theory import FeatureDistribution
from training import ReluOutputModel, fit

LARGEST, WIDEST = 8, 4
GRID = {
    "sizes": [[n, m] for n in range(2, LARGEST + 1) for m in range(1, min(n, WIDEST + 1))],
    "densities": 31,  # from 1 to .01, even in the logarithm
    "decays": [1.0, 0.9, 0.8, 0.7],
    "restarts": 8,
    "seed": 0,
}


def density_grid(count: int) -> NDArray[np.float64]:
    """1 − S from 1 to .01."""
    return np.geomspace(1.0, 0.01, count)


def optima(
    sizes: list[list[int]], densities: int, decays: list[float], restarts: int, seed: int
) -> dict[str, Any]:
    """The best found for every size, importance r^i and density.

    Arrays over (size, decay, density): loss, verdict, D (…, 8), W (…, 8, 4) and b (…, 8), filled up
    with NaN.
    """
    p = density_grid(densities)
    shape = (len(sizes), len(decays), len(p))
    loss, verdict = np.zeros(shape), np.empty(shape, dtype="U120")
    D, b = (np.full((*shape, LARGEST), np.nan) for _ in range(2))
    W = np.full((*shape, LARGEST, WIDEST), np.nan)
    for k, (n, m) in enumerate(sizes):
        importance = np.array(decays)[:, None, None] ** np.arange(n)
        features = FeatureDistribution(n, p[None, :, None], importance)
        run = fit(ReluOutputModel(n, m), features, restarts=restarts, seed=seed)
        loss[k], W[k, ..., :n, :m], b[k, ..., :n] = run.loss, run.W, run.b
        D[k, ..., :n] = dimensionality(run.W)
        for place in np.ndindex(shape[1:]):
            verdict[k][place] = identify(run.W[place]).summary()
    half = np.float32
    return {"loss": loss, "verdict": verdict, "D": half(D), "W": half(W), "b": half(b)}


def write_data(path: Path) -> None:
    """The grid as a script: a page opened from disk can fetch nothing."""
    grid = kept("explorer", GRID, optima)
    names, index = np.unique(grid["verdict"], return_inverse=True)
    verdict = index.reshape(grid["verdict"].shape)
    cells = {}
    for k, (n, m) in enumerate(GRID["sizes"]):
        cells[f"{n},{m}"] = [
            [
                {
                    "v": int(verdict[k, r, p]),
                    "l": float(f"{grid['loss'][k, r, p]:.6g}"),
                    "D": np.round(grid["D"][k, r, p, :n].astype(float), 3).tolist(),
                    "W": np.round(grid["W"][k, r, p, :n, :m].astype(float), 3).tolist(),
                    "b": np.round(grid["b"][k, r, p, :n].astype(float), 3).tolist(),
                }
                for p in range(GRID["densities"])
            ]
            for r in range(len(GRID["decays"]))
        ]
    document = {
        "names": names.tolist(),
        "decays": GRID["decays"],
        "densities": density_grid(GRID["densities"]).tolist(),
        "cells": cells,
    }
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    path.write_text(f"const GRID = {text};\n", encoding="utf-8")
