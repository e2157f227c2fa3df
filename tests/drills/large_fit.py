"""What an evaluation of the exact loss and its gradient costs as models grow, and a whole fit."""

from __future__ import annotations

import time
from multiprocessing import get_context
from statistics import median
from typing import Any

import numpy as np

from tests.drills.measured_process import peak_megabytes
from theory import FeatureDistribution
from theory.loss.row_loss import ROUGH
from training import ReluOutputModel, fit
from training.problem import problems

SIZES = (250, 500, 1000, 2000)  # features, in a twentieth as many dimensions
DENSITIES = (0.1, 0.01)
REPEATS = 3


def measured(most: int = SIZES[-1]) -> dict[str, Any]:
    """CPU-time for each size and density, the power of n that it grows with, and whole fits."""
    sizes = [n for n in SIZES if n <= most]
    figures: dict[str, Any] = {}
    for density in DENSITIES:
        with get_context("spawn").Pool(1) as pool:
            found = pool.apply(evaluations, (sizes, density))
        found["whole fits"] = {}
        for n in sizes:
            with get_context("spawn").Pool(1) as pool:  # for a peak of its own
                found["whole fits"][n] = pool.apply(whole_fit, (n, density))
        figures[f"density {density}"] = found
    return figures


def evaluations(sizes: list[int], density: float) -> dict[str, Any]:
    """Of the loss and its gradient, with the terms that first descents take."""
    seconds = {}
    for n in [sizes[0], *sizes]:  # the first time kernels are loaded
        seconds[n] = median(_evaluation(n, density) for _ in range(REPEATS))
    powers = np.diff(np.log(list(seconds.values()))) / np.diff(np.log(list(seconds)))
    return {
        "CPU-ms per evaluation": {n: round(1e3 * s, 2) for n, s in seconds.items()},
        "powers of n": powers.round(2).tolist(),
    }


def whole_fit(n: int, density: float) -> dict[str, Any]:
    """One start, search "quick"."""
    features = FeatureDistribution(n, density)
    before, began = peak_megabytes(), time.process_time()
    run = fit(_model(n), features, search="quick", restarts=1, seed=0)
    nothing = float((features.importance * features.variance).sum())
    assert run.loss < nothing, "expected to represent something"
    return {
        "CPU-s": round(time.process_time() - began, 1),
        "evaluations": run.metrics[0]["evaluations"],
        "loss per feature": float(run.loss) / n,
        "of it without any model": nothing / n,
        "peak MB": peak_megabytes(),
        "before": before,
    }


def _evaluation(n: int, density: float) -> float:
    (problem,) = problems(FeatureDistribution(n, density))
    W = np.random.default_rng(0).standard_normal((n, _model(n).n_hidden))
    W *= 0.8 / np.linalg.norm(W, axis=1, keepdims=True)
    began = time.process_time()
    _, used = problem.descend(W, np.zeros(n), ROUGH, 0.0, 0.0, 2)
    return (time.process_time() - began) / used


def _model(n: int) -> ReluOutputModel:
    return ReluOutputModel(n, n // 20)
