"""Training on the exact expected loss: many starts, moves, compiled descent, verified results."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from theory.features import Array, FeatureDistribution
from theory.loss.expected_loss import model_arrays
from theory.loss.row_loss import FINE, SEARCH
from training.contest import DISTINCT, Contender, ahead, distinct, hit_interval, hits
from training.models import ReluOutputModel
from training.problem import Problem, problems
from training.search import descend, explore, glance, settle, settle_in, settle_quickly
from training.solution import Solution

if TYPE_CHECKING:
    import torch

START_NORM = 0.5  # half-length random directions lose the fewest features
# The best starts compete in rounds, and only those that may still win are taken further. Each
# round: one optimum in so many, no further behind the best than this, to this tolerance.
EXPLORED = (2, 1e-2)
ROUNDS = ((2, 1e-2, 1e-8), (2, 1e-3, 1e-10), (4, 1e-4, 1e-12))
MOST_FOLD = 32
VERIFIED = 1e-7  # relative agreement of a loss with the one of many more terms
NO_START = "expected a finite loss from some start, got none; are W and b in range?"
TWICE = (2, 8.0, 1e-9)  # the terms that a quick fit is verified with

Progress = Callable[[int, int], None]


def fit_exact(
    model: ReluOutputModel,
    features: FeatureDistribution,
    *,
    restarts: int,
    seed: int,
    threads: int,
    quick: bool = False,
    device: torch.device | None = None,
    progress: Progress | None = None,
) -> list[Solution]:
    """The lowest exact loss found from random starts, for every instance in turn.

    Every start descends; the better half explores the optima around it by moves of crowded
    features; the best of those are converged, polished and verified. Start r is drawn from
    (seed, r) alone, and starts meet only the others of their instance, when all have come as far:
    an instance ends at the same bits alone, in any batch and on any number of threads.

    In the details, `error` estimates how far off the loss may still be, from twice the terms and a
    wider range; `start_losses` are the losses at which the starts first came to rest, before they
    moved on: right to about 1e-5. `hits` counts the starts that were followed to the end and came
    within 1e-6 of the best; those that were given up on the way do not count.

    A quick fit goes on with the best start alone, makes one move and ends early. With a device
    the first descents run there (see `training.device_fit`); the compiled form does the rest.
    """
    parts = problems(features)
    begin = [_start(model, seed, r) for r in range(restarts)]
    instances = range(len(parts))
    starts = [(k, r) for k in instances for r in range(restarts)]
    total = (1 if quick else 2) * len(starts) + len(parts)
    done = 0

    def first(k: int, r: int) -> Contender:
        return (settle_quickly if quick else settle_in)(r, begin[r], parts[k])

    def further(k: int, r: int) -> Contender | None:
        if (k, r) not in going:
            return None
        return explore(going[k, r], parts[k], np.random.default_rng([seed, r, 1]))

    def finish(k: int) -> Solution:
        field = [entry for r in range(restarts) if (entry := explored[k, r]) is not None]
        used = sum(rested[k, r].evaluations for r in range(restarts) if (k, r) not in going)
        losses = [rested[k, r].loss for r in range(restarts)]
        return _best(parts[k], field, losses, used)

    def finish_quickly(k: int) -> Solution:
        field = [rested[k, r] for r in range(restarts)]
        return _quick_best(parts[k], field, lambda r: np.random.default_rng([seed, r, 1]))

    with _workers(threads) as run_all:

        def collect(results: Iterator[tuple[tuple, Any]]) -> dict[tuple, Any]:
            nonlocal done
            found = {}
            for job, result in results:
                found[job] = result
                done += 1
                if progress:
                    progress(done, total)
            return found

        if device is None:
            rested: dict[tuple, Contender] = collect(run_all(first, starts))
        else:
            from training.device_fit import device_descents

            from_starts = {(k, r): begin[r] for k, r in starts}
            rested = collect(device_descents(from_starts, parts, device))
        ends = [(k,) for k in instances]
        if quick:
            solutions = collect(run_all(finish_quickly, ends))
        else:
            going: dict[tuple, Contender] = {}
            for k in instances:
                for entry in ahead([rested[k, r] for r in range(restarts)], *EXPLORED):
                    going[k, entry.start] = entry
            explored: dict[tuple, Contender | None] = collect(run_all(further, starts))
            solutions = collect(run_all(finish, ends))
    return [solutions[k,] for k in instances]


def refine(W: ArrayLike, b: ArrayLike, features: FeatureDistribution) -> tuple[Array, Array, float]:
    """The local optimum below given weights: W, b and its exact loss.

    Descends from W (n_features, n_hidden) and b (n_features,) with ever more terms, until the sum
    that is descended and the converged loss agree to 1e-7; the converged loss is returned. A row
    of zeros is a saddle that it hardly leaves: give a feature that may be wanted some length.
    Raises ValueError as `theory.expected_loss`.

    >>> W, b, loss = refine([[0.9], [-0.8]], [0.0, 0.0], FeatureDistribution(2, density=0.1))
    >>> round(loss, 6)
    0.003319
    """
    weights, bias, density, importance = model_arrays(W, b, features)
    if weights.ndim != 2:
        raise ValueError(f"expected one model, W of shape (n, m), got {weights.shape}")
    (problem,) = problems(replace(features, density=density, importance=importance))
    loss, _, W, b, _ = _polish(weights.copy(), bias.copy(), problem)
    return W, b, loss * problem.at_stake


def _start(model: ReluOutputModel, seed: int, restart: int) -> Array:
    rng = np.random.default_rng([seed, restart])
    W = rng.standard_normal((model.n_features, model.n_hidden))
    if model.n_hidden == 1:  # where a direction is but a sign, starts differ in lengths
        return W * START_NORM
    return W * (START_NORM / np.linalg.norm(W, axis=1, keepdims=True))


def _best(
    problem: Problem, field: list[Contender], start_losses: list[float], used: int
) -> Solution:
    """Converge the contenders, polish the best optima with more terms, keep the lowest."""
    if not field:
        raise ValueError(NO_START)
    for share, behind, ftol in ROUNDS:
        used += sum(entry.evaluations for entry in field)
        contenders = ahead(field, share, behind)
        field = [descend(r, W, b, problem, ftol) for r, W, b, _, _ in contenders]
        if len(ahead(field, 1, DISTINCT)) == len(field):
            break  # nothing to choose between
    used += sum(entry.evaluations for entry in field)
    field = [
        settle(entry._replace(evaluations=0), problem, ROUNDS[0][2])
        for entry in ahead(field, 1, ROUNDS[-1][1])
    ]
    used += sum(entry.evaluations for entry in field)
    field = ahead(field, 1, ROUNDS[-1][1])
    winner, best = field[0], None
    for entry in distinct(field):
        polished = _polish(entry.W.copy(), entry.b.copy(), problem)
        used += polished[4]
        if best is None or polished[0] < best[0]:
            winner, best = entry, polished
    assert best is not None
    loss, error, W, b, _ = best
    return _solution(problem, W, b, loss, error, start_losses, hits(field, winner), used)


def _quick_best(
    problem: Problem, field: list[Contender], rng: Callable[[int], np.random.Generator]
) -> Solution:
    """Take the best start to its end, and verify it with more than twice the terms."""
    ranked = ahead(field, len(field), 0.0)
    if not ranked:
        raise ValueError(NO_START)
    best = glance(ranked[0], problem, rng(ranked[0].start))
    verified = problem.loss(best.W, best.b, TWICE)
    used = best.evaluations + sum(one.evaluations for one in field if one is not ranked[0])
    starts = [entry.loss for entry in field]
    error = abs(verified - best.loss)
    return _solution(problem, best.W, best.b, verified, error, starts, 1, used)


def _solution(
    problem: Problem,
    W: Array,
    b: Array,
    loss: float,
    error: float,
    start_losses: list[float],
    hit: int,
    evaluations: int,
) -> Solution:
    """Losses come in units of what is at stake, and leave them."""
    starts = len(start_losses)
    details = {
        "loss": loss * problem.at_stake,
        "error": error * problem.at_stake,
        "start_losses": [start * problem.at_stake for start in start_losses],
        "hits": hit,
        "starts": starts,
        "hit_interval": list(hit_interval(hit, starts)),
        "evaluations": evaluations,
    }
    return Solution(W, b, loss * problem.at_stake, details)


def _polish(W: Array, b: Array, problem: Problem) -> tuple[float, float, Array, Array, int]:
    """Descend with ever more terms, until the series agrees with the converged loss."""
    effort = SEARCH
    evaluations = 0
    while True:
        loss, used = problem.descend(W, b, effort, 1e-10, 1e-11, 5000)
        evaluations += used
        true_loss, error = problem.converged_loss(W, b)
        if abs(loss - true_loss) <= VERIFIED * true_loss or effort[0] >= MOST_FOLD:
            return true_loss, error, W, b, evaluations
        effort = FINE if effort is SEARCH else (2 * effort[0], *FINE[1:])


@contextmanager
def _workers(threads: int) -> Iterator[Callable[..., Iterator[tuple[tuple, Any]]]]:
    """A function that yields (arguments, result) as jobs are done.

    Left by an exception, Ctrl-C included, it drops the jobs that have not begun, and does not wait
    for those that have. One thread has a pool too: compiled code in the main thread would keep
    Ctrl-C from being heard.
    """
    pool = ThreadPoolExecutor(max_workers=threads)

    def run_all(work: Callable[..., Any], jobs: list[tuple]) -> Iterator[tuple[tuple, Any]]:
        pending = {pool.submit(work, *job): job for job in jobs}
        for future in as_completed(pending):
            yield pending[future], future.result()

    try:
        yield run_all
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
