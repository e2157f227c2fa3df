"""Training of the models with a hidden ReLU: many starts on few points, the best on many."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geometry.arguments import held
from theory.features import Array, FeatureDistribution, checked_features
from theory.loss.expected_loss import model_arrays
from training.exact import Progress, _workers
from training.models import AbsoluteValueModel, ReluHiddenModel
from training.solution import Solution
from training.stratified import Strata, minimise_stratified, output_losses, strata

START_NORM = 0.5
LONGEST_STEP = 0.1  # per feature; longer first steps throw features away
GAIN = 1e-4  # of the loss, for which features change places
POINTS = 64  # of the first round, times the root of the number of weights
# Each round: one entry in so many, to this tolerance, in so many evaluations at most. Few points
# are wrong by more than a loose tolerance leaves undone; each round has four times the points.
ROUNDS = ((1, 1e-4, 2000), (4, 1e-5, 2000), (8, 1e-6, 200))
MORE = 4
LEG = 300  # evaluations after which features may change places
VERIFYING = 8  # scrambles, each as large as the last round's


@dataclass(frozen=True)
class Place:
    """Where a descent stands, with the loss on its own points; readout (n, m) may be W itself."""

    W: Array
    readout: Array
    b: Array
    loss: float
    evaluations: int


@dataclass(frozen=True)
class Problem:
    """One instance: density and importance (n,), the target |x| or x, points of the first round."""

    density: Array
    importance: Array
    absolute: bool
    points: int

    def strata(self, round: int, scramble: int = 0) -> Strata:
        return strata(
            self.density, self.points * MORE**round, signed=self.absolute, seed=[round, scramble]
        )

    def losses(self, place: Place, split: Strata) -> Array:
        return output_losses(place.W, place.readout, place.b, self.importance, self.absolute, split)


def fit_hidden(
    model: ReluHiddenModel | AbsoluteValueModel,
    features: FeatureDistribution,
    *,
    restarts: int,
    seed: int,
    threads: int,
    progress: Progress | None = None,
) -> list[Solution]:
    """The lowest stratified loss found from random starts, for every instance in turn.

    All starts descend on few points; the best are taken on with more, and the last are judged on
    points of their own. Start r is drawn from (seed, r) alone and the points depend on nothing but
    the densities: an instance ends at the same bits alone, in any batch and on any number of
    threads.
    """
    _check(features)
    n = model.n_features
    absolute = isinstance(model, AbsoluteValueModel)
    # writable copies in C order: one compiled signature
    density = np.array(features.density.reshape(-1, n), order="C")
    importance = np.array(features.importance.reshape(-1, n), order="C")
    # a common factor on the importances must not matter to when a descent stops
    at_stake = (importance * features.variance.reshape(-1, n)).sum(axis=1)
    at_stake = np.where(at_stake > 0, at_stake, 1.0)
    importance /= at_stake[:, None]
    problems = [
        Problem(p, weight, absolute, _points(model))
        for p, weight in zip(density, importance, strict=True)
    ]
    splits = [problem.strata(0) for problem in problems]
    jobs = [(k, r) for k in range(len(problems)) for r in range(restarts)]
    total = len(jobs) + len(problems)
    found: dict[tuple[int, int], Place] = {}

    def descend(k: int, r: int) -> Place:
        rng = np.random.default_rng([seed, r])
        return _descend(_start(model, importance[k], rng), problems[k], splits[k], 0)

    def finish(k: int) -> Solution:
        return _best(problems[k], [found[k, r] for r in range(restarts)], float(at_stake[k]))

    with _workers(threads) as run_all:
        for done, (job, place) in enumerate(run_all(descend, jobs), 1):
            found[job] = place
            if progress:
                progress(done, total)
        splits.clear()
        solutions: list[Solution | None] = [None] * len(problems)
        instances = [(k,) for k in range(len(problems))]
        for done, ((k,), solution) in enumerate(run_all(finish, instances), len(jobs) + 1):
            solutions[k] = solution
            if progress:
                progress(done, total)
    return [solution for solution in solutions if solution is not None]


def stratified_loss(
    model: ReluHiddenModel | AbsoluteValueModel,
    W: ArrayLike,
    b: ArrayLike,
    features: FeatureDistribution,
    *,
    readout: ArrayLike | None = None,
) -> tuple[Array, Array]:
    """The expected loss of a model with a hidden ReLU, and its standard error, by strata.

        L = Σ_i I_i E (t_i − ReLU(Σ_k R_ik ReLU(Σ_j W_jk x_j) + b_i))²

    with t = x and R = W for the hidden ReLU model, t = |x| and x signed for the absolute-value
    model. Inputs with at most one active feature are integrated exactly; the rest is the mean over
    eight scrambles of a Sobol sequence, the same at every call, none of which a fit descends on.
    W and readout (..., n_features, n_hidden), b (..., n_features); both results (...).

    Raises ValueError for shapes that do not fit, for another model, and for a readout that is
    missing or not wanted.

    >>> features = FeatureDistribution(2, density=0.1)
    >>> signs = [[1.0, -1.0, 0.0, 0.0], [0.0, 0.0, 1.0, -1.0]]
    >>> model = AbsoluteValueModel(2, 4)
    >>> loss, error = stratified_loss(model, signs, [0.0, 0.0], features, readout=np.abs(signs))
    >>> float(loss.round(12)), float(error.round(12))
    (0.0, 0.0)

    Reference: Elhage et al. 2022, "Toy Models of Superposition", sections 9 and 10.
    """
    if not isinstance(model, ReluHiddenModel | AbsoluteValueModel):
        raise ValueError(
            f"expected a model with a hidden ReLU, got {model!r}; theory.expected_loss is for the "
            "ReLU output model, theory.linear_loss for the linear one"
        )
    _check(features)
    absolute = isinstance(model, AbsoluteValueModel)
    if absolute != (readout is not None):
        raise ValueError(
            "expected a readout for the absolute-value model and none for the hidden ReLU model, "
            f"got {'none' if readout is None else 'one'} for {model!r}"
        )
    weights, bias, density, importance = model_arrays(W, b, features)
    rows, _, _, _ = model_arrays(W if readout is None else readout, b, features)
    expected = (model.n_features, model.n_hidden)
    if weights.shape[-2:] != expected or rows.shape != weights.shape:
        raise ValueError(
            f"expected W and readout of shape (..., {expected[0]}, {expected[1]}), "
            f"got {weights.shape} and {rows.shape}"
        )
    loss, error = np.empty(bias.shape[:-1]), np.empty(bias.shape[:-1])
    for k in np.ndindex(loss.shape):
        problem = Problem(density[k], importance[k], absolute, _points(model))
        place = Place(weights[k], rows[k], bias[k], math.inf, 0)
        with np.errstate(over="ignore", invalid="ignore"):
            (loss[k],), (error[k],) = _verified(problem, [place])
    return held("loss", loss), held("loss", error)


def _points(model: ReluHiddenModel | AbsoluteValueModel) -> int:
    return 2 ** math.ceil(math.log2(POINTS * math.sqrt(model.n_features * model.n_hidden)))


def _check(features: FeatureDistribution) -> None:
    if checked_features(features).amplitude != "uniform" or features.groups:
        raise ValueError(
            "expected independent features of uniform amplitude for a model with a hidden ReLU, "
            f"got amplitude {features.amplitude!r} and {len(features.groups)} sets; "
            "train it with method='sampled'"
        )


def _start(
    model: ReluHiddenModel | AbsoluteValueModel, importance: Array, rng: np.random.Generator
) -> Place:
    n, m = model.n_features, model.n_hidden
    W = rng.standard_normal((n, m))
    W /= np.linalg.norm(W, axis=1, keepdims=True)
    if isinstance(model, ReluHiddenModel):
        W *= START_NORM
        return Place(W, W, np.zeros(n), math.inf, 0)
    # the readout answers to either sign of its own feature and to nothing else on the average;
    # unimportant features start small: they are in the way before they are of use
    readout = np.abs(W)
    if m > 1:
        readout -= readout.mean(axis=1, keepdims=True)
    readout /= np.linalg.norm(readout, axis=1, keepdims=True)
    size = (importance / (importance.max() or 1.0)) ** 0.25
    return Place(size[:, None] * W, size[:, None] * readout, np.zeros(n), math.inf, 0)


def _descend(place: Place, problem: Problem, split: Strata, round: int) -> Place:
    """Descend in legs; while a better feature could have a better place, let them change."""
    _, ftol, limit = ROUNDS[round]
    best, left = np.inf, limit
    while True:
        W, b = place.W.copy(), place.b.copy()
        readout = place.readout.copy() if problem.absolute else W
        leg = min(LEG, left)
        loss, used = minimise_stratified(
            W,
            readout,
            b,
            problem.importance,
            problem.absolute,
            split,
            LONGEST_STEP,
            1e-6,
            ftol,
            leg,
        )
        left -= used
        place = Place(W, readout, b, loss, place.evaluations + used)
        order = _rearranged(place, problem, split) if left and loss < best * (1 - GAIN) else None
        best = min(loss, best)
        if order is not None:
            place = replace(place, W=W[order], readout=readout[order], b=b[order])
        elif used < leg or not left:
            return place


def _rearranged(place: Place, problem: Problem, split: Strata) -> NDArray[np.intp] | None:
    """An order in which the more important of equally dense features have the cheaper places."""
    importance, density = problem.importance, problem.density
    if np.ptp(importance) == 0 or not importance.all():
        return None
    cost = problem.losses(place, split) / importance
    order = np.arange(len(cost))
    for value in set(density.tolist()):
        group = np.flatnonzero(density == value)
        by_importance = group[np.argsort(-importance[group], kind="stable")]
        order[by_importance] = group[np.argsort(cost[group], kind="stable")]
    gain = float(importance @ (cost - cost[order]))
    return order if gain > GAIN * float(importance @ cost) else None


def _best(problem: Problem, field: list[Place], at_stake: float) -> Solution:
    """Take the best on with more points in every round; the lowest on points of its own wins.

    Losses come in units of `at_stake`, what it would cost to represent nothing, and leave it.
    """
    started = tuple(place.loss * at_stake for place in field)
    if not np.isfinite(started).any():
        raise ValueError("expected a finite loss from some start, got none; are W and b in range?")
    evaluations = 0
    for number, (share, _, _) in enumerate(ROUNDS[1:], 1):
        split = problem.strata(number)
        ranked = sorted(field, key=lambda place, split=split: _total(problem, place, split))
        places = -(-len(field) // share)
        evaluations += sum(place.evaluations for place in ranked[places:])
        field = [_descend(place, problem, split, number) for place in ranked[:places]]
    evaluations += sum(place.evaluations for place in field)
    losses, errors = _verified(problem, field)
    best = int(losses.argmin())
    place = field[best]
    readout = place.readout if problem.absolute else None
    loss, error = float(losses[best]) * at_stake, float(errors[best]) * at_stake
    details = {
        "loss": loss,
        "error": error,
        "start_losses": list(started),
        "evaluations": evaluations,
    }
    return Solution(place.W, place.b, loss, details, readout)


def _total(problem: Problem, place: Place, split: Strata) -> float:
    loss = float(problem.losses(place, split).sum())
    return loss if math.isfinite(loss) else math.inf


def _verified(problem: Problem, field: list[Place]) -> tuple[Array, Array]:
    """Losses and their standard errors, from scrambles that no descent has seen."""
    losses = np.empty((VERIFYING, len(field)))
    for scramble in range(VERIFYING):
        split = problem.strata(len(ROUNDS) - 1, scramble + 1)
        losses[scramble] = [problem.losses(place, split).sum() for place in field]
    return losses.mean(axis=0), losses.std(axis=0, ddof=1) / math.sqrt(VERIFYING)
