"""Exact training with L1 or under attacks: many starts, the best polished."""

from __future__ import annotations

import numpy as np

from theory import FeatureDistribution, expected_loss, mean_norm
from theory.features import Array
from theory.loss.row_loss import FINE, SEARCH
from training.exact import Progress, _start, _workers
from training.models import ReluOutputModel
from training.penalties import minimise_penalised
from training.problem import LONGEST_STEP
from training.solution import Solution

CONTENDERS = 4  # one start in so many is polished
FTOL, POLISHED = 1e-6, 1e-8
LIMIT = 1500


def fit_penalised(
    model: ReluOutputModel,
    features: FeatureDistribution,
    *,
    l1: float,
    adversarial: float,
    restarts: int,
    seed: int,
    threads: int,
    progress: Progress | None = None,
) -> list[Solution]:
    """The lowest objective found from random starts, for every instance in turn.

        mean over i of L(W, b + ε G G_i / ‖G_i‖) + λ Σ_k E |h_k|,   ε = adversarial · E ‖x‖

    with the exact expected loss L: an attack along G_i, G = W Wᵀ, shifts the bias and nothing
    else. Start r is drawn from (seed, r) alone; `start_objectives` are those at which the starts
    came to rest before polishing.
    """
    n = model.n_features
    density = np.array(features.density.reshape(-1, n), order="C")
    importance = np.array(features.importance.reshape(-1, n), order="C")
    attack = (
        adversarial * mean_norm(features).reshape(-1) if adversarial else np.zeros(len(density))
    )
    starts = [_start(model, seed, r) for r in range(restarts)]
    found: dict[tuple[int, int], tuple[float, int, Array, Array]] = {}

    def descend(k: int, W: Array, b: Array, effort: tuple, ftol: float) -> tuple:
        W, b = W.copy(), b.copy()
        objective, used = minimise_penalised(
            W, b, density[k], importance[k], l1, attack[k], effort, LONGEST_STEP, ftol, ftol, LIMIT
        )
        return objective, used, W, b

    def search(k: int, r: int) -> tuple:
        return descend(k, starts[r], np.zeros(n), SEARCH, FTOL)

    def finish(k: int) -> Solution:
        field = [found[k, r] for r in range(restarts)]
        ranked = sorted((entry for entry in field if np.isfinite(entry[0])), key=lambda e: e[0])
        if not ranked:
            raise ValueError("expected a finite objective from some start, got none")
        places = -(-restarts // CONTENDERS)
        polished = [descend(k, W, b, FINE, POLISHED) for _, _, W, b in ranked[:places]]
        objective, _, W, b = min(polished, key=lambda entry: entry[0])
        one = FeatureDistribution(n, density[k], importance[k])
        used = sum(entry[1] for entry in field + polished)
        loss = float(expected_loss(W, b, one))
        details = {
            "loss": loss,
            "objective": objective,
            "start_objectives": [entry[0] for entry in field],
            "evaluations": used,
        }
        return Solution(W, b, loss, details)

    jobs = [(k, r) for k in range(len(density)) for r in range(restarts)]
    total = len(jobs) + len(density)
    solutions: dict[int, Solution] = {}
    with _workers(threads) as run_all:
        for done, (job, descent) in enumerate(run_all(search, jobs), 1):
            found[job] = descent
            if progress:
                progress(done, total)
        instances = [(k,) for k in range(len(density))]
        for done, ((k,), solution) in enumerate(run_all(finish, instances), len(jobs) + 1):
            solutions[k] = solution
            if progress:
                progress(done, total)
    return [solutions[k] for k in range(len(density))]
