"""Limited-memory BFGS, compiled, by reverse communication: whoever owns the objective evaluates it.

A small model converges in about 50 evaluations of 10 µs each, so nothing of the loop may run in
Python; and each objective has data of its own, which a compiled optimiser cannot be handed. So the
optimiser is a machine that says where to evaluate next:

    machine = begin(x, longest)
    while advance(machine, objective(machine.trial, machine.slope), gtol, ftol, patience, limit):
        pass

Every model runs until its own convergence, with arithmetic that depends on nothing but itself: its
result is the same alone, in a batch and on any number of threads.

Reference: Nocedal & Wright, "Numerical Optimization", 2nd ed., sections 3.5 and 7.2.
"""

import math
from typing import NamedTuple

import numpy as np

from theory.loss.kernels import compiled, vector

HISTORY = 12
ARMIJO = 1e-4
WOLFE = 0.9
TRIALS = 30
SHORTEST = 1e-14
# The larger the model, the longer its plateaus: steps in a row that may gain next to nothing
PATIENCE = 3
PER_PARAMETERS = 50
MOST_PATIENCE = 40

# places in Machine.number: the loss and the length of its gradient at x, evaluations so far;
# pairs kept, idle steps in a row; of the line search: step, its bounds, trials, slope at its
# start, length of the direction, whether some step was low enough; the longest step
LOSS, NORM, USED, COUNT, IDLE, STEP, BELOW, ABOVE, TRIED, DESCENT, LENGTH, FOUND, CAP = range(13)


class Machine(NamedTuple):
    """x with its gradient, the trial point with its slope (to be filled), and the memory."""

    x: np.ndarray
    gradient: np.ndarray
    trial: np.ndarray
    slope: np.ndarray
    direction: np.ndarray
    steps: np.ndarray
    yields: np.ndarray
    curvature: np.ndarray
    coefficient: np.ndarray
    number: np.ndarray


@compiled
def patience_for(size):
    """The patience that suits a number of parameters."""
    return min(PATIENCE + size // PER_PARAMETERS, MOST_PATIENCE)


@compiled
def begin(x, longest):
    """A machine that will first ask for the objective at x; `longest` caps the length of a step."""
    size = x.shape[0]
    number = np.zeros(13)
    number[CAP] = longest
    here, trial = vector(size), vector(size)
    here[:] = x
    trial[:] = x
    return Machine(
        here,
        vector(size),
        trial,
        vector(size),
        vector(size),
        np.empty((HISTORY, size)),
        np.empty((HISTORY, size)),
        np.empty(HISTORY),
        np.empty(HISTORY),
        number,
    )


@compiled
def advance(machine, loss, gtol, ftol, patience, limit):
    """Take in the objective at `trial` (its gradient is in `slope`); True if it is wanted again.

    It stops at a gradient of length gtol, when `patience` steps in a row gain less than ftol of
    the loss each, or at `limit` evaluations. The best point is then x, its loss number[LOSS].
    """
    number = machine.number
    number[USED] += 1.0
    if number[USED] == 1.0:
        number[LOSS] = loss
        machine.gradient[:] = machine.slope
        number[NORM] = math.sqrt(_dot(machine.gradient, machine.gradient))
        return _next_line(machine, gtol, limit)

    step = number[STEP]
    done = False
    if not loss <= number[LOSS] + ARMIJO * step * number[DESCENT]:
        number[ABOVE] = step
    else:
        number[FOUND] = 1.0
        number[BELOW] = step
        rising = _dot(machine.direction, machine.slope) >= WOLFE * number[DESCENT]
        done = rising or 2.0 * step * number[LENGTH] > number[CAP]
    if not done:
        number[TRIED] += 1.0
        step = 0.5 * (number[BELOW] + number[ABOVE]) if number[ABOVE] < math.inf else 2.0 * step
        if (
            number[TRIED] < TRIALS
            and step * number[LENGTH] >= SHORTEST
            and number[USED] < limit
        ):  # fmt: skip
            _try(machine, step)
            return True

    if number[FOUND] == 0.0 or not loss <= number[LOSS]:
        if number[COUNT] == 0.0:
            return False
        number[COUNT] = 0.0  # the curvature was misleading: once more from the gradient
        number[IDLE] += 1.0
    else:
        _accept(machine, loss, ftol)
    return number[IDLE] < patience and _next_line(machine, gtol, limit)


@compiled
def _accept(machine, loss, ftol):
    """Move to the trial point and remember the pair."""
    number = machine.number
    r = int(number[COUNT]) % HISTORY
    bend = 0.0
    square = 0.0
    for k in range(machine.x.shape[0]):
        s = machine.trial[k] - machine.x[k]
        y = machine.slope[k] - machine.gradient[k]
        machine.steps[r, k] = s
        machine.yields[r, k] = y
        bend += s * y
        square += y * y
        machine.x[k] = machine.trial[k]
        machine.gradient[k] = machine.slope[k]
    if bend > 1e-10 * square:
        machine.curvature[r] = 1.0 / bend
        number[COUNT] += 1.0
    idle = number[LOSS] - loss <= ftol * abs(loss)
    number[IDLE] = number[IDLE] + 1.0 if idle else 0.0
    number[LOSS] = loss
    number[NORM] = math.sqrt(_dot(machine.gradient, machine.gradient))


@compiled
def _next_line(machine, gtol, limit):
    """Set out on a new line, unless there is nothing to gain."""
    number = machine.number
    if not number[NORM] > gtol or number[USED] >= limit:
        return False
    _direction(machine)
    descent = _dot(machine.direction, machine.gradient)
    if not descent < 0.0:
        number[COUNT] = 0.0
        for k in range(machine.x.shape[0]):
            machine.direction[k] = -machine.gradient[k]
        descent = -number[NORM] * number[NORM]
    number[DESCENT] = descent
    number[LENGTH] = math.sqrt(_dot(machine.direction, machine.direction))
    number[BELOW] = 0.0
    number[ABOVE] = math.inf
    number[TRIED] = 0.0
    number[FOUND] = 0.0
    step = 1.0 if number[COUNT] else min(1.0, number[CAP] / number[NORM])
    _try(machine, min(step, number[CAP] / number[LENGTH]))
    return True


@compiled
def _try(machine, step):
    machine.number[STEP] = step
    for k in range(machine.x.shape[0]):
        machine.trial[k] = machine.x[k] + step * machine.direction[k]


@compiled
def _dot(x, y):
    total = 0.0
    for k in range(x.shape[0]):
        total += x[k] * y[k]
    return total


@compiled
def _direction(machine):
    """The two-loop recursion: minus the approximate inverse Hessian times the gradient."""
    direction = machine.direction
    coefficient = machine.coefficient
    size = direction.shape[0]
    count = int(machine.number[COUNT])
    kept = min(count, HISTORY)
    for k in range(size):
        direction[k] = -machine.gradient[k]
    for back in range(kept):
        r = (count - 1 - back) % HISTORY
        coefficient[r] = machine.curvature[r] * _dot(machine.steps[r], direction)
        for k in range(size):
            direction[k] -= coefficient[r] * machine.yields[r, k]
    if kept:
        r = (count - 1) % HISTORY
        scale = 1.0 / (machine.curvature[r] * _dot(machine.yields[r], machine.yields[r]))
        for k in range(size):
            direction[k] *= scale
    for back in range(kept):
        r = (count - kept + back) % HISTORY
        shift = coefficient[r] - machine.curvature[r] * _dot(machine.yields[r], direction)
        for k in range(size):
            direction[k] += shift * machine.steps[r, k]
