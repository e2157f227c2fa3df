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
WHOLE = 500  # features up to which a fit is finished
PARTIAL = 40  # evaluations of the largest, from its random start


def measured(most: int = SIZES[-1]) -> dict[str, Any]:
    """CPU-seconds for each size and density, the power of n they grow with, and fits."""
    figures: dict[str, Any] = {}
    sizes = [n for n in SIZES if n <= most]
    for density in DENSITIES:
        with get_context("spawn").Pool(1) as pool:
            found = pool.apply(_evaluations, (sizes, density))
            found |= pool.apply(_fits, ([n for n in sizes if n <= WHOLE], density))
        with get_context("spawn").Pool(1) as pool:  # for a peak of its own
            found |= pool.apply(_partial_fit, (sizes[-1], density))
        figures[f"density {density}"] = found
    return figures


def _evaluations(sizes: list[int], density: float) -> dict[str, Any]:
    seconds = {}
    for n in [sizes[0], *sizes]:  # the first time kernels are loaded
        seconds[n] = median(_descent(n, density, 2)[0] for _ in range(REPEATS))
    powers = np.diff(np.log(list(seconds.values()))) / np.diff(np.log(list(seconds)))
    return {
        "CPU-ms per evaluation": {n: round(1e3 * s, 2) for n, s in seconds.items()},
        "powers of n": powers.round(2).tolist(),
    }


def _fits(sizes: list[int], density: float) -> dict[str, Any]:
    """Whole fits, one start, search "quick"."""
    told = {}
    for n in sizes:
        began = time.process_time()
        run = fit(_model(n), FeatureDistribution(n, density), search="quick", restarts=1, seed=0)
        spent = time.process_time() - began
        told[n] = {
            "CPU-s": round(spent, 2),
            "evaluations": run.metrics[0]["evaluations"],
            "loss": float(run.loss),
        }
    return {"whole fits": told}


def _partial_fit(n: int, density: float) -> dict[str, Any]:
    before = peak_megabytes()
    seconds, begun, ended = _descent(n, density, PARTIAL)
    assert ended < begun, f"expected {PARTIAL} evaluations to lower {begun}, got {ended}"
    return {
        f"first {PARTIAL} evaluations of n = {n}": {
            "CPU-s": round(PARTIAL * seconds, 1),
            "loss at the start": begun,
            "loss": ended,
            "peak MB before": before,
            "peak MB": peak_megabytes(),
        }
    }


def _descent(n: int, density: float, evaluations: int) -> tuple[float, float, float]:
    """CPU-seconds per evaluation of a rough descent, the loss at its start and at its end."""
    (problem,) = problems(FeatureDistribution(n, density))
    W = np.random.default_rng(0).standard_normal((n, _model(n).n_hidden))
    W *= 0.8 / np.linalg.norm(W, axis=1, keepdims=True)
    b = np.zeros(n)
    begun = problem.loss(W, b, ROUGH)
    began = time.process_time()
    loss, used = problem.descend(W, b, ROUGH, 0.0, 0.0, evaluations)
    return (time.process_time() - began) / used, begun, loss


def _model(n: int) -> ReluOutputModel:
    return ReluOutputModel(n, n // 20)
