"""Training on the exact expected loss: many starts, compiled descent, verified results."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theory.expected_loss import RTOL, model_arrays
from theory.features import Array, FeatureDistribution
from theory.model_loss import converged_loss, output_losses
from theory.row_loss import FINE, SEARCH
from training.descent import minimise
from training.models import ReluOutputModel

if TYPE_CHECKING:
    import torch

START_NORM = 0.5  # half-length random directions lose the fewest features
LONGEST_STEP = 0.1  # per feature; longer first steps throw features away
DEAD_NORM = 0.1  # a row shorter than this is tried at zero
# A quick descent may leave 1 % undone in a flat valley, a slower one 1e-4: the best starts compete
# in rounds, and only those that may still win are taken further.
# Each round: one start in so many, no further behind the best than this, to this tolerance.
ROUNDS = ((2, 1e-2, 1e-8), (2, 1e-3, 1e-10), (4, 1e-4, 1e-12))
DISTINCT = 1e-5  # closer losses are one optimum
GAIN = 1e-4  # of the loss, for which features change places
MOST_FOLD = 32
VERIFIED = 1e-7  # relative agreement of a loss with the one of many more terms

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Solution:
    """The best of the starts of one instance.

    `error` estimates how far off the loss may still be, from twice the terms and a wider range;
    `start_losses` are the losses at which the starts came to rest, at search effort and before
    polishing: right to about 1e-5.
    """

    W: Array
    b: Array
    loss: float
    error: float
    start_losses: tuple[float, ...]
    evaluations: int


def fit_exact(
    model: ReluOutputModel,
    features: FeatureDistribution,
    *,
    restarts: int,
    seed: int,
    threads: int,
    progress: Progress | None = None,
    device: torch.device | None = None,
) -> list[Solution]:
    """The lowest exact loss found from random starts, for every instance in turn.

    Start r is drawn from (seed, r) alone, and each descent depends on nothing but its own start:
    an instance ends at the same bits alone, in any batch and on any number of threads. With a
    device the descents run there (see `training.device_fit`); what is returned has been polished
    and verified by the compiled form either way.
    """
    n = model.n_features
    # writable copies in C order: one compiled signature
    density = np.array(features.density.reshape(-1, n), order="C")
    importance = np.array(features.importance.reshape(-1, n), order="C")
    # a common factor on the importances must not matter to when a descent stops
    at_stake = (importance * features.variance.reshape(-1, n)).sum(axis=1)
    at_stake = np.where(at_stake > 0, at_stake, 1.0)
    importance /= at_stake[:, None]
    starts = [_start(model, seed, r) for r in range(restarts)]
    jobs = [(k, r) for k in range(len(density)) for r in range(restarts)]
    total = len(jobs) + len(density)
    found: dict[tuple[int, int], tuple[Array, Array, float, int]] = {}

    def descend(k: int, r: int) -> tuple[Array, Array, float, int]:
        W, b = starts[r][0].copy(), starts[r][1].copy()
        return _descend(W, b, density[k], importance[k])

    def finish(k: int) -> Solution:
        descents = [found[k, r] for r in range(restarts)]
        return _best(density[k], importance[k], descents, float(at_stake[k]))

    with _workers(threads) as run_all:
        if device is None:
            descents = run_all(descend, jobs)
        else:
            from training.device_fit import device_descents

            from_starts = {(k, r): (*starts[r], density[k], importance[k]) for k, r in jobs}
            descents = device_descents(
                from_starts, device, _rearranged, LONGEST_STEP, 1e-6, 1e-6, 5000, GAIN
            )
        for done, (job, descent) in enumerate(descents, 1):
            found[job] = descent
            if progress:
                progress(done, total)
        solutions: list[Solution | None] = [None] * len(density)
        instances = [(k,) for k in range(len(density))]
        for done, ((k,), solution) in enumerate(run_all(finish, instances), len(jobs) + 1):
            solutions[k] = solution
            if progress:
                progress(done, total)
    return [solution for solution in solutions if solution is not None]


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
    at_stake = float((importance * features.variance).sum()) or 1.0
    loss, _, W, b, _ = _polish(weights.copy(), bias.copy(), density, importance / at_stake)
    return W, b, loss * at_stake


def _start(model: ReluOutputModel, seed: int, restart: int) -> tuple[Array, Array]:
    rng = np.random.default_rng([seed, restart])
    W = rng.standard_normal((model.n_features, model.n_hidden))
    W *= START_NORM / np.linalg.norm(W, axis=1, keepdims=True)
    return W, np.zeros(model.n_features)


def _descend(
    W: Array, b: Array, density: Array, importance: Array
) -> tuple[Array, Array, float, int]:
    """Descend; while a better feature could have a better place, let them change and descend on."""
    loss, evaluations = np.inf, 0
    while True:
        lower, used, _ = minimise(W, b, density, importance, SEARCH, LONGEST_STEP, 1e-6, 1e-6, 5000)
        evaluations += used
        order = _rearranged(W, b, density, importance) if lower < loss * (1 - GAIN) else None
        loss = min(lower, loss)
        if order is None:
            return W, b, loss, evaluations
        W, b = W[order], b[order]


def _rearranged(W: Array, b: Array, density: Array, importance: Array) -> NDArray[np.intp] | None:
    """Which row each feature should have, so that the important ones get the cheap rows.

    Among features of one density, rows may be permuted without changing what each row costs, and
    Σ I_i cost_i is least when both are sorted against each other. None if little would be gained.
    """
    if np.ptp(importance) == 0:
        return None
    cost = output_losses(W, b, density, SEARCH)
    order = np.arange(len(b))
    for value in set(density.tolist()):
        group = np.flatnonzero(density == value)
        by_importance = group[np.argsort(-importance[group], kind="stable")]
        order[by_importance] = group[np.argsort(cost[group], kind="stable")]
    gain = float(importance @ (cost - cost[order]))
    return order if gain > GAIN * float(importance @ cost) else None


def _best(
    density: Array,
    importance: Array,
    descents: list[tuple[Array, Array, float, int]],
    at_stake: float,
) -> Solution:
    """Polish the contenders with more terms, drop the rows of dead features, keep the lowest.

    Losses come in units of `at_stake`, what it would cost to represent nothing, and leave it.
    """
    losses = np.array([loss for _, _, loss, _ in descents])
    if not np.isfinite(losses).any():
        raise ValueError("expected a finite loss from some start, got none; are W and b in range?")
    evaluations = sum(used for *_, used in descents)
    field = [(loss, W, b) for W, b, loss, _ in descents]
    for share, behind, ftol in ROUNDS:
        contenders = _ahead(field, share, behind)
        field = []
        for _, W, b in contenders:
            loss, used, _ = minimise(
                W, b, density, importance, SEARCH, LONGEST_STEP, 1e-8, ftol, 20_000
            )
            evaluations += used
            field.append((loss, W, b))
    best: tuple[float, float, Array, Array] | None = None
    for _, W, b in _ahead(field, 1, ROUNDS[-1][1]):
        for candidate in (_without_dead_rows(W, b, density), (W, b)):
            if candidate is None:
                continue
            polished = _polish(*candidate, density, importance)
            evaluations += polished[4]
            if best is None or polished[0] < best[0]:
                best = polished[:4]
            if polished[0] <= _loss(W, b, density, importance):
                break  # nothing was lost with the dead rows
    assert best is not None
    loss, error, W, b = best
    started = tuple((losses * at_stake).tolist())
    return Solution(W, b, loss * at_stake, error * at_stake, started, evaluations)


def _ahead(
    field: list[tuple[float, Array, Array]], share: int, behind: float
) -> list[tuple[float, Array, Array]]:
    """The best distinct entries: one in `share` at most, and none too far behind the best."""
    ranked = sorted((entry for entry in field if np.isfinite(entry[0])), key=lambda e: e[0])
    places = -(-len(field) // share)
    ahead = ranked[:1]
    for entry in ranked[1:]:
        if len(ahead) == places or entry[0] > ranked[0][0] * (1 + behind):
            break
        if entry[0] > ahead[-1][0] * (1 + DISTINCT):
            ahead.append(entry)
    return ahead


def _without_dead_rows(W: Array, b: Array, density: Array) -> tuple[Array, Array] | None:
    """A descent leaves weights of 1e-3 on features it does not represent; zero is often better."""
    dead = np.linalg.norm(W, axis=1) < DEAD_NORM
    if not dead.any():
        return None
    return np.where(dead[:, None], 0.0, W), np.where(dead, density / 2, b)


def _loss(W: Array, b: Array, density: Array, importance: Array) -> float:
    loss, _ = converged_loss(
        W, b, density, importance, RTOL, np.empty_like(b), np.empty_like(W), np.empty_like(b)
    )
    return loss


def _polish(
    W: Array, b: Array, density: Array, importance: Array
) -> tuple[float, float, Array, Array, int]:
    """Descend with more terms until the series agrees with the converged loss."""
    rows, db, dW = np.empty_like(b), np.empty_like(b), np.empty_like(W)
    fold, reach, smallest = FINE
    evaluations = 0
    while True:
        loss, used, _ = minimise(
            W, b, density, importance, (fold, reach, smallest), LONGEST_STEP, 1e-10, 1e-11, 5000
        )
        evaluations += used
        true_loss, error = converged_loss(W, b, density, importance, RTOL, rows, dW, db)
        if abs(loss - true_loss) <= VERIFIED * true_loss or fold >= MOST_FOLD:
            return true_loss, error, W, b, evaluations
        fold *= 2


@contextmanager
def _workers(threads: int) -> Iterator[Callable[..., Iterator[tuple[tuple, Any]]]]:
    """A function that yields (arguments, result) as jobs are done.

    Left by an exception, Ctrl-C included, it drops the jobs that have not begun.
    """
    if threads == 1:
        yield lambda work, jobs: ((job, work(*job)) for job in jobs)
        return
    pool = ThreadPoolExecutor(max_workers=threads)

    def run_all(work: Callable[..., Any], jobs: list[tuple]) -> Iterator[tuple[tuple, Any]]:
        pending = {pool.submit(work, *job): job for job in jobs}
        for future in as_completed(pending):
            yield pending[future], future.result()

    try:
        yield run_all
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
