"""Is the best of 10⁴ starts found by one fit? n = 6, m = 2, equal importances.

    python -m tests.benchmarks.hexagon

The reference knows nothing of moves: 10⁴ random starts descend, and every distinct optimum among
the lowest is refined, with the rows that are not represented and without. Then 100 fits at the
default restarts, with other seeds, are counted that reach it to 1e-6, and timed.
"""

from __future__ import annotations

import statistics
import time

import numpy as np

from theory import FeatureDistribution
from training import ReluOutputModel, fit, refine
from training.contest import Contender, ahead, distinct
from training.problem import problems
from training.search import descend

N, M = 6, 2
STARTS = 10_000
FITS = 100
WITHIN = 1e-6


def main() -> None:
    fit(ReluOutputModel(N, M), FeatureDistribution(N, 0.2), restarts=2)  # compile
    for p in (0.3, 0.1, 0.03, 0.01):
        features = FeatureDistribution(N, p)
        best, share = best_of_many(features)
        losses, seconds = [], []
        for seed in range(FITS):
            began = time.process_time()
            losses.append(float(fit(ReluOutputModel(N, M), features, seed=seed).loss))
            seconds.append(time.process_time() - began)
        found = sum(loss <= best * (1 + WITHIN) for loss in losses)
        print(
            f"1 − S = {p:g}: best of {STARTS} starts {best:.10g} (descents within 1e-4: "
            f"{share:.1%}); found by {found} of {FITS} fits, lowest {min(losses) / best - 1:+.1e}; "
            f"CPU-ms median {statistics.median(seconds) * 1e3:.1f}, max {max(seconds) * 1e3:.1f}",
            flush=True,
        )


def best_of_many(features: FeatureDistribution) -> tuple[float, float]:
    """The lowest refined loss, and the share of plain descents within 1e-4 of it."""
    rng = np.random.default_rng(2022)
    (problem,) = problems(features)
    field: list[Contender] = []
    for start in range(STARTS):
        W = rng.standard_normal((N, M))
        W *= 0.5 / np.linalg.norm(W, axis=1, keepdims=True)
        field.append(descend(start, W, np.zeros(N), problem))
    best = np.inf
    for entry in distinct(ahead(field, 1, 2e-2)):
        weak = np.linalg.norm(entry.W, axis=1) < 0.5
        without = np.where(weak[:, None], 0, entry.W), np.where(weak, problem.mean, entry.b)
        for W, b in ((entry.W, entry.b), without):
            best = min(best, refine(W, b, features)[2])
    return best, float(
        np.mean([entry.loss * problem.at_stake <= best * (1 + 1e-4) for entry in field])
    )


if __name__ == "__main__":
    main()
