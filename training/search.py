"""The way of one start: it descends, explores the optima around, and settles."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from theory.features import Array
from theory.loss.row_loss import ROUGH, SEARCH
from theory.loss.set_series import Sets
from training.contest import Contender
from training.moves import DEAD, REPRESENTED, crowded_features, relocated, silenced
from training.problem import Problem

GRADIENT = 1e-8  # at a shorter one, there is nothing left to gain
FIRST = 1e-4  # tolerance of a first descent, with few terms: features find their places
FIRST_PATIENCE = 10  # steps, and one more for every so many parameters: plateaus grow longer
PER_PARAMETERS = 1500
DENSE = 0.4  # features denser than this have optima of one symmetry that are saddles soon after
DENSE_PATIENCE = 25  # and which a descent leaves slowly
QUICK = 1e-6  # of one that follows, which may leave 1 % undone in a flat valley
EXPLORING = 1e-5  # and of those that explore
DENSER = 1.3  # times the density, at which a quick fit of features that are not dense begins
GLANCE = 0.3  # of the crowded features move in the one move of a quick fit
WORTH = 0.2  # of the loss, that crowded features cost above their shares where that move pays
QUICK_END = 3.6e-7  # times √parameters, as the steps of larger models cost more
MOST_EVALUATIONS = 20_000
GAIN = 1e-4  # of the loss, for which features change places
ROUGH_GAIN = 1e-3
ATTEMPTS = 4  # moves in a row that gain nothing; each takes half as many features
BEARABLE = 0.02  # what dropping a feature may cost, until the others make use of the room
EFFORT = 3  # evaluations spent on moves, in those of the first descent


def descend(
    start: int,
    W: Array,
    b: Array,
    problem: Problem,
    ftol: float = QUICK,
    *,
    rough: bool = False,
) -> Contender:
    """Descend; while a better feature could have a better place, let them change and descend on."""
    effort, patience, gain = SEARCH, None, GAIN
    if rough:
        effort, gain = ROUGH, ROUGH_GAIN
        patience = DENSE_PATIENCE if problem.density.max() > DENSE else FIRST_PATIENCE
        patience += W.size // PER_PARAMETERS
    W, b = W.copy(), b.copy()
    loss, evaluations = np.inf, 0
    while True:
        lower, used = problem.descend(W, b, effort, GRADIENT, ftol, MOST_EVALUATIONS, patience)
        evaluations += used
        order = rearranged(W, b, problem) if lower < loss * (1 - gain) else None
        loss = min(lower, loss)
        if order is None:
            return Contender(start, W, b, loss, evaluations)
        W, b = W[order], b[order]


def settle_in(start: int, W: Array, problem: Problem) -> Contender:
    """From random directions: with few terms until features have their places, then with all."""
    rough = descend(start, W, np.zeros(len(W)), problem, FIRST, rough=True)
    fine = descend(start, rough.W, rough.b, problem, QUICK)
    return fine._replace(evaluations=rough.evaluations + fine.evaluations)


def settle_quickly(start: int, W: Array, problem: Problem) -> Contender:
    """The same with few terms alone, and first where features are somewhat denser.

    At low densities of large models this ends lower, by up to 2 %, than from random directions.
    """
    b, evaluations = np.zeros(len(W)), 0
    if problem.density.max() <= DENSE:
        _, W, b, _, evaluations = descend(start, W, b, problem.denser(DENSER), FIRST, rough=True)
    here = descend(start, W, b, problem, FIRST, rough=True)
    return here._replace(evaluations=evaluations + here.evaluations)


def glance(here: Contender, problem: Problem, rng: np.random.Generator) -> Contender:
    """One move of the most crowded features, and with few terms to the end of a quick fit."""
    crowded, excess = crowded_features(here.W, here.b, problem)
    moving = crowded[: max(1, round(GLANCE * len(crowded)))]
    moved = None
    if excess > WORTH:
        moved = relocated(here.W, here.b, problem, moving, rng)
    if moved is not None:
        there = descend(here.start, *moved, problem, FIRST, rough=True)
        evaluations = here.evaluations + there.evaluations
        here = min((here, there), key=lambda entry: entry.loss)._replace(evaluations=evaluations)
    end = descend(
        here.start, here.W, here.b, problem, QUICK_END * math.sqrt(here.W.size), rough=True
    )
    return end._replace(evaluations=here.evaluations + end.evaluations)


def explore(here: Contender, problem: Problem, rng: np.random.Generator) -> Contender:
    """Drop crowded features, then move those that are left to the emptiest directions.

    Both as long as that pays: the loss never rises. Features that are all alike and cost the same
    are not disturbed.
    """
    descended = here.evaluations
    here = thin_out(here, problem)
    evaluations = here.evaluations
    most = evaluations + EFFORT * descended
    failures = 0
    while failures < ATTEMPTS and evaluations < most:
        crowded, _ = crowded_features(here.W, here.b, problem)
        moving = crowded[: len(crowded) >> failures]
        moved = relocated(here.W, here.b, problem, moving, rng) if len(moving) else None
        if moved is None:
            break
        there = descend(here.start, *moved, problem, EXPLORING)
        evaluations += there.evaluations
        if there.loss < here.loss * (1 - GAIN):
            here = there
            failures = 0
        else:  # to fall back to the same optimum says more than to end in a worse one
            failures += 1 if there.loss > here.loss * (1 + GAIN) else 2
    return here._replace(evaluations=evaluations)


def thin_out(here: Contender, problem: Problem) -> Contender:
    """Do without the crowded features, or half of them, or a quarter …, as long as that pays.

    A descent seldom gives up a feature: where there is room for twelve it may well leave twenty,
    and dropping them one by one stops at fifteen.
    """
    evaluations = here.evaluations
    most = 2 * evaluations
    halvings = 0
    while evaluations < most:
        crowded, _ = crowded_features(here.W, here.b, problem, represented=True)
        dropped = crowded[: len(crowded) >> halvings]
        if not len(dropped):
            break
        W, b = here.W.copy(), here.b.copy()
        W[dropped], b[dropped] = 0.0, problem.mean[dropped]
        evaluations += 1
        if problem.loss(W, b, SEARCH) < here.loss * (1 + BEARABLE * len(dropped)):
            there = descend(here.start, W, b, problem, EXPLORING)
            evaluations += there.evaluations
            if there.loss < here.loss * (1 - GAIN):
                here, halvings = there, -1
        halvings += 1
    return here._replace(evaluations=evaluations)


def settle(here: Contender, problem: Problem, ftol: float) -> Contender:
    """Do without the features that are not represented, where that costs less."""
    evaluations = here.evaluations
    for below in (DEAD, REPRESENTED):
        quiet = silenced(here.W, here.b, problem.mean, below)
        if quiet is not None:
            without = descend(here.start, *quiet, problem, ftol)
            evaluations += without.evaluations
            here = min((here, without), key=lambda entry: entry.loss)
    return here._replace(evaluations=evaluations)


def rearranged(W: Array, b: Array, problem: Problem) -> NDArray[np.intp] | None:
    """Which row each feature should have, so that the important ones get the cheap rows.

    Among features of one density, rows may be permuted without changing what each row costs, and
    Σ I_i cost_i is least when both are sorted against each other. None if little would be gained,
    and where features belong to sets, which they would leave.
    """
    importance = problem.importance
    if np.ptp(importance) == 0 or isinstance(problem.kind, Sets):
        return None
    cost = problem.output_losses(W, b)
    order = np.arange(len(b))
    for value in set(problem.density.tolist()):
        group = np.flatnonzero(problem.density == value)
        by_importance = group[np.argsort(-importance[group], kind="stable")]
        order[by_importance] = group[np.argsort(cost[group], kind="stable")]
    gain = float(importance @ (cost - cost[order]))
    return order if gain > GAIN * float(importance @ cost) else None
