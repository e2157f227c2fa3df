"""Limited-memory BFGS on the exact expected loss of many models at once, on a torch device.

The step rules of `training.lbfgs`, with every model in a line search of its own: one tick
evaluates one trial of each, and masks decide what comes of it. Every so many ticks the host
looks: models that have converged leave the batch, what is left is evaluated with as many terms as
it needs, and that number is what the outputs get until the next look. In between nothing waits for
the device, and all shapes stay the same. A sum may meanwhile be cut short; no model is let go on
the word of such a sum.

A model's ticks, and so the looks at it, are counted from its own start; with the sums of
`training.device_loss` its result does not depend on what else is in the batch.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from theory.features import Array
from training.device_loss import Effort, device_loss, schedule
from training.device_series import Schedule, total
from training.lbfgs import (
    ARMIJO,
    HISTORY,
    SHORTEST,
    TRIALS,
    WOLFE,
    patience_for,
)

TICKS = 8  # from one look to the next

Descended = tuple[int, Array, Array, float, int]


@dataclass
class _Descents:
    """What the models are at; the leading axis of every field is the model."""

    name: Tensor  # where the model came in the batch
    density: Tensor  # (models, n)
    importance: Tensor
    x: Tensor  # (models, n m + n): W and b
    loss: Tensor
    gradient: Tensor
    steps: Tensor  # (models, HISTORY, n m + n)
    yields: Tensor
    curvature: Tensor  # (models, HISTORY)
    count: Tensor  # of steps in the history, and the older ones they replaced
    idle: Tensor
    used: Tensor
    done: Tensor
    # of the line search
    direction: Tensor
    descent: Tensor
    length: Tensor
    step: Tensor
    below: Tensor
    above: Tensor
    found: Tensor
    trials: Tensor

    def take(self, index: Tensor) -> _Descents:
        return _Descents(*(getattr(self, field.name)[index] for field in fields(self)))


@dataclass(frozen=True)
class _Rules:
    n: int
    m: int
    effort: Effort
    cap: float
    gtol: float
    ftol: float
    limit: int
    patience: int


def minimise(
    W: Tensor,
    b: Tensor,
    density: Tensor,
    importance: Tensor,
    effort: Effort,
    longest: float,
    gtol: float,
    ftol: float,
    limit: int,
) -> Iterator[Descended]:
    """Descend from every (W, b); yields (index, W, b, loss, evaluations used) as models converge.

    W (M, n, m), b, density and importance (M, n), float64 on one device; the rest is as in
    `training.descent.minimise`. The losses have all the terms that the effort asks for.
    """
    models, n, m = W.shape
    rules = _Rules(
        n, m, effort, longest * math.sqrt(n), gtol, ftol, limit,
        patience_for(n * m + n),
    )  # fmt: skip
    at = _begun(torch.cat([W.reshape(models, -1), b], 1), density, importance)
    while len(at.name):
        chunks = _reviewed(at, rules)
        chunks = chunks.view(-1, n).clamp(min=1)  # an output may come to need its series
        if bool(at.done.any()):
            yield from _results(at, n, m)
            left = (~at.done).nonzero()[:, 0]
            at, chunks = at.take(left), chunks[left]
        if len(at.name):
            plans = schedule(chunks.reshape(-1), len(at.name), n)
            for _ in range(TICKS):
                _tick(at, rules, plans)


def _results(at: _Descents, n: int, m: int) -> Iterator[Descended]:
    """The models that are done, fetched from the device in one go."""
    fetched = [part[at.done].cpu().numpy() for part in (at.name, at.x, at.loss, at.used)]
    for name, x, loss, used in zip(*fetched, strict=True):
        yield int(name), x[: n * m].reshape(n, m).copy(), x[n * m :].copy(), float(loss), int(used)


def _begun(x: Tensor, density: Tensor, importance: Tensor) -> _Descents:
    models, size = x.shape
    real, whole = x.new_zeros(models), torch.zeros(models, dtype=torch.int64, device=x.device)
    history = x.new_zeros(models, HISTORY, size)
    return _Descents(
        name=torch.arange(models, device=x.device),
        density=density, importance=importance,
        x=x, loss=real + math.inf, gradient=torch.zeros_like(x),
        steps=history, yields=history.clone(), curvature=x.new_zeros(models, HISTORY),
        count=whole, idle=whole, used=whole + 1, done=whole == 0,
        direction=torch.zeros_like(x), descent=real, length=real, step=real,
        below=real, above=real, found=whole.bool(), trials=whole,
    )  # fmt: skip


def _reviewed(at: _Descents, rules: _Rules) -> Tensor:
    """Evaluate where the models are with all terms; returns the chunks that the outputs took.

    A model that came to rest on a sum that was cut short goes on; so all of them begin.
    """
    loss, at.gradient, chunks = _evaluated(at.x, at, rules, None)
    misled = at.done & ((loss - at.loss).abs() > rules.ftol * loss.abs())
    at.loss = loss
    at.idle = torch.where(misled, 0, at.idle)
    at.count = torch.where(misled, 0, at.count)
    going = misled & ~_over(at, rules)
    at.done = at.done & ~going
    _search(at, going, rules)
    return chunks


def _evaluated(
    x: Tensor, at: _Descents, rules: _Rules, plans: list[Schedule] | None
) -> tuple[Tensor, Tensor, Tensor]:
    """The loss at x, its gradient and the chunks that the outputs took."""
    weights, bias = x.split([rules.n * rules.m, rules.n], 1)
    W = weights.reshape(-1, rules.n, rules.m)
    loss, dW, db, chunks = device_loss(W, bias, at.density, at.importance, rules.effort, plans)
    return loss, torch.cat([dW.flatten(1), db], 1), chunks


def _dot(x: Tensor, y: Tensor) -> Tensor:
    return total(x * y, 1)


def _over(at: _Descents, rules: _Rules) -> Tensor:
    norm = _dot(at.gradient, at.gradient).sqrt()
    return ~(norm > rules.gtol) | (at.idle >= rules.patience) | (at.used >= rules.limit)


def _tick(at: _Descents, rules: _Rules, plans: list[Schedule]) -> None:
    """One trial of every model that is not done, and what comes of it."""
    trial = at.x + at.step[:, None] * at.direction
    loss, slope, _ = _evaluated(trial, at, rules, plans)
    live = ~at.done
    at.used = at.used + live.long()
    at.trials = at.trials + 1

    # bisection for a step of sufficient decrease and not too steep a slope
    low = loss <= at.loss + ARMIJO * at.step * at.descent
    steep = _dot(at.direction, slope) < WOLFE * at.descent
    further = low & steep & (2.0 * at.step * at.length <= rules.cap)
    accepted = low & ~further
    at.above = torch.where(low, at.above, at.step)
    at.below = torch.where(further, at.step, at.below)
    at.found = at.found | low
    halved = torch.where(at.above < math.inf, 0.5 * (at.below + at.above), 2.0 * at.step)
    at.step = torch.where(accepted, at.step, halved)
    spent = (at.step * at.length < SHORTEST) | (at.used >= rules.limit) | (at.trials >= TRIALS)
    ended = live & (accepted | spent)
    moved = ended & at.found & (loss <= at.loss)
    failed = ended & ~moved
    stuck = failed & (at.count == 0)

    _remember(at, trial, slope, moved)
    gained = at.loss - loss > rules.ftol * loss.abs()
    at.idle = torch.where(moved, torch.where(gained, 0, at.idle + 1), at.idle)
    at.idle = torch.where(failed & ~stuck, at.idle + 1, at.idle)
    # after a failure the curvature was misleading: once more from the gradient
    at.count = torch.where(failed, 0, at.count)
    at.loss = torch.where(moved, loss, at.loss)
    at.x = torch.where(moved[:, None], trial, at.x)
    at.gradient = torch.where(moved[:, None], slope, at.gradient)
    at.done = at.done | stuck | (ended & _over(at, rules))
    _search(at, ended & ~at.done, rules)


def _remember(at: _Descents, trial: Tensor, slope: Tensor, moved: Tensor) -> None:
    """Put the step and the change of the gradient into the history."""
    slot = torch.arange(HISTORY, device=trial.device) == (at.count % HISTORY)[:, None]
    slot = slot & moved[:, None]
    step, change = trial - at.x, slope - at.gradient
    at.steps = torch.where(slot[:, :, None], step[:, None], at.steps)
    at.yields = torch.where(slot[:, :, None], change[:, None], at.yields)
    bend, square = _dot(step, change), _dot(change, change)
    bent = moved & (bend > 1e-10 * square)
    inverse = 1.0 / torch.where(bent, bend, 1.0)
    at.curvature = torch.where(slot & bent[:, None], inverse[:, None], at.curvature)
    at.count = at.count + bent.long()


def _search(at: _Descents, begins: Tensor, rules: _Rules) -> None:
    """Where a search begins: its direction and first step."""
    direction = _direction(at)
    descent = _dot(direction, at.gradient)
    square = _dot(at.gradient, at.gradient)
    uphill = ~(descent < 0.0)
    at.count = torch.where(begins & uphill, 0, at.count)
    direction = torch.where(uphill[:, None], -at.gradient, direction)
    length = _dot(direction, direction).sqrt()
    first = (rules.cap / square.sqrt()).clamp(max=1.0)
    step = torch.minimum(torch.where(at.count > 0, 1.0, first), rules.cap / length)
    at.direction = torch.where(begins[:, None], direction, at.direction)
    at.descent = torch.where(begins, torch.where(uphill, -square, descent), at.descent)
    at.length = torch.where(begins, length, at.length)
    at.step = torch.where(begins, step, at.step)
    at.below = torch.where(begins, 0.0, at.below)
    at.above = torch.where(begins, math.inf, at.above)
    at.found = at.found & ~begins
    at.trials = torch.where(begins, 0, at.trials)


def _direction(at: _Descents) -> Tensor:
    """The two-loop recursion: minus the approximate inverse Hessian times the gradient."""
    models = torch.arange(len(at.count), device=at.count.device)
    direction = -at.gradient
    entries = []
    for back in range(HISTORY):
        r = (at.count - 1 - back) % HISTORY
        step, change = at.steps[models, r], at.yields[models, r]
        curvature = torch.where(back < at.count, at.curvature[models, r], 0.0)
        weight = curvature * _dot(step, direction)
        direction = direction - weight[:, None] * change
        entries.append((step, change, curvature, weight))
    _, change, curvature, _ = entries[0]
    bend = curvature * _dot(change, change)
    direction = direction / torch.where(at.count > 0, bend, 1.0)[:, None]
    for step, change, curvature, weight in reversed(entries):
        shift = weight - curvature * _dot(change, direction)
        direction = direction + shift[:, None] * step
    return direction
