"""Optimal spherical codes that toy models learn: how many random starts end at the code.

    python -m tests.benchmarks.codes "rectified 5-cell" 2_21 --starts 100
    python -m tests.benchmarks.codes 4_21 --starts 20 --inverse-density 10000

A start is one `fit(restarts=1)`: random directions, descent, moves, convergence, polish. It has
found the code if all its cosines are within 1e-3 of the code's (`cosines`), or its exact loss is
within 1e-6 of the one that a descent from the code itself reaches (`loss`). Below a density of its
own each code is no longer the optimum: then `best / code` is below 1.
"""

from __future__ import annotations

import time
from typing import Annotated

import numpy as np
import tyro

from geometry import template
from theory import FeatureDistribution, expected_loss
from theory.features import Array
from training import ReluOutputModel, fit, refine

COSINES = 1e-3
LOSS = 1e-6


# template: its cosines, and 1/(1−S)
CODES: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "rectified 5-cell": ((1 / 6, -2 / 3), (10, 100, 1000)),
    "5-demicube": ((1 / 5, -3 / 5), (10, 100, 1000)),
    "2_21": ((1 / 4, -1 / 2), (30, 100, 1000)),
    "3_21": ((1 / 3, -1 / 3, -1), (60, 100, 1000)),
    "40-point code": ((-1 / 2, -1 / 3, 0, 1 / 6), (30, 100, 1000)),
    "64-point code": ((-3 / 7, 1 / 7, -1 / 7), (30, 100, 1000)),
    "4_21": ((-1, -1 / 2, 0, 1 / 2), (10_000,)),
    "Higman-Sims code": ((1 / 11, -4 / 11), (100, 1000)),
    "162 in 21": ((1 / 7, -2 / 7), (1000,)),
    "112 in 21": ((1 / 9, -1 / 3), (1000,)),
    "McLaughlin code": ((1 / 6, -1 / 4), (10_000,)),
}


def main(
    names: Annotated[tuple[str, ...], tyro.conf.Positional] = (),
    starts: int = 20,
    inverse_density: tuple[float, ...] = (),
    seed: int = 0,
) -> None:
    """Print how many starts find each code; without names, all but the two largest."""
    chosen = names or tuple(name for name in CODES if len(template(name).vertices) < 200)
    for name in chosen:
        _, inverse_densities = CODES[name]
        for inverse in inverse_density or inverse_densities:
            trial(name, inverse, starts, seed)


def trial(name: str, inverse_density: float, starts: int, seed: int) -> None:
    cosines, _ = CODES[name]
    code = template(name).vertices
    n, m = code.shape
    features = FeatureDistribution(n, 1 / inverse_density)
    losses, right, evaluations = [], [], 0
    began = time.process_time()
    for start in range(starts):
        run = fit(ReluOutputModel(n, m), features, restarts=1, seed=seed + start)
        losses.append(float(run.loss))
        right.append(off_by(run.W, cosines) < COSINES)
        evaluations += run.metrics[0]["evaluations"]
    seconds = time.process_time() - began
    ideal = code_loss(code, features)
    equal = sum(abs(loss - ideal) <= LOSS * ideal for loss in losses)
    print(
        f"{name} ({n} in {m}) at 1/(1−S) = {inverse_density:g}: of {starts} starts "
        f"{sum(right)} at the code's cosines, {equal} at its loss "
        f"{ideal:.9g}; over it best "
        f"{min(losses) / ideal:.7f}, median {float(np.median(losses)) / ideal:.7f}; "
        f"{evaluations / starts:.0f} evaluations and {seconds / starts:.3g} CPU-s a start",
        flush=True,
    )


def off_by(W: Array, cosines: tuple[float, ...]) -> float:
    """The largest distance of a cosine between two rows from the nearest of the code."""
    norms = np.linalg.norm(W, axis=1)
    if norms.min() < 0.5:
        return float("inf")
    V = W / norms[:, None]
    found = (V @ V.T)[np.triu_indices(len(V), 1)]
    return float(np.abs(found[:, None] - np.array(cosines)).min(axis=1).max())


def code_loss(code: Array, features: FeatureDistribution) -> float:
    """The exact loss that a descent from the code reaches, from the cheapest of some scales.

    Features beyond the vertices of the code are not represented.
    """
    rest = features.n_features - len(code)
    W = np.vstack([code, np.zeros((rest, code.shape[1]))])
    mean = features.density[len(code) :] / 2
    scales = [
        (float(np.sqrt(1 + t)), np.concatenate([np.full(len(code), -t), mean]))
        for t in np.linspace(0, 1.2, 7)
    ]
    norm, bias = min(scales, key=lambda s: float(expected_loss(s[0] * W, s[1], features)))
    return refine(norm * W, bias, features)[2]


if __name__ == "__main__":
    tyro.cli(main)
