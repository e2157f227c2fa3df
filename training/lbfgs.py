"""Limited-memory BFGS on the exact expected loss of one model, compiled whole.

A small model converges in about 50 evaluations of 10 µs each, so nothing of the loop may run in
Python. Every model runs until its own convergence, with arithmetic that depends on nothing but
itself: its result is the same alone, in a batch and on any number of threads.
"""

import math

import numpy as np
from numba import njit

from theory.fourier_series import COMPILE, workspace
from theory.model_loss import model_loss

HISTORY = 12
ARMIJO = 1e-4
WOLFE = 0.9
PATIENCE = 3  # steps in a row that gain next to nothing, and more for every so many parameters
PER_PARAMETERS = 50


@njit(**COMPILE)
def _dot(x, y):
    total = 0.0
    for k in range(x.shape[0]):
        total += x[k] * y[k]
    return total


@njit(**COMPILE)
def _direction(gradient, count, steps, yields, curvature, coefficient, direction):
    """The two-loop recursion: minus the approximate inverse Hessian times the gradient."""
    size = gradient.shape[0]
    kept = min(count, HISTORY)
    for k in range(size):
        direction[k] = -gradient[k]
    for back in range(kept):
        r = (count - 1 - back) % HISTORY
        coefficient[r] = curvature[r] * _dot(steps[r], direction)
        for k in range(size):
            direction[k] -= coefficient[r] * yields[r, k]
    if kept:
        r = (count - 1) % HISTORY
        scale = 1.0 / (curvature[r] * _dot(yields[r], yields[r]))
        for k in range(size):
            direction[k] *= scale
    for back in range(kept):
        r = (count - kept + back) % HISTORY
        shift = coefficient[r] - curvature[r] * _dot(yields[r], direction)
        for k in range(size):
            direction[k] += shift * steps[r, k]


@njit(**COMPILE)
def minimise(W, b, density, importance, effort, longest, gtol, ftol, evaluations):
    """Descend from (W, b), in place; returns (loss, evaluations used, gradient norm).

    `longest` caps the length of a step per feature: long first steps throw features away. It
    stops at a gradient of length gtol, when step after step gains less than ftol of the loss
    (the larger the model, the longer its plateaus), or at the given number of evaluations.
    """
    n, m = W.shape
    size = n * m + n
    scratch = workspace(n)
    dG = np.empty((n, n))
    x = np.empty(size)
    x[: n * m] = W.reshape(n * m)
    x[n * m :] = b
    gradient = np.empty(size)
    trial = np.empty(size)
    slope = np.empty(size)
    direction = np.empty(size)
    steps = np.empty((HISTORY, size))
    yields = np.empty((HISTORY, size))
    curvature = np.empty(HISTORY)
    coefficient = np.empty(HISTORY)
    cap = longest * math.sqrt(n)
    patience = PATIENCE + size // PER_PARAMETERS

    loss = model_loss(
        x[: n * m].reshape(n, m), x[n * m :], density, importance, effort, scratch, dG,
        gradient[: n * m].reshape(n, m), gradient[n * m :],
    )  # fmt: skip
    used = 1
    count = 0
    idle = 0
    norm = math.sqrt(_dot(gradient, gradient))
    while norm > gtol and idle < patience and used < evaluations:
        _direction(gradient, count, steps, yields, curvature, coefficient, direction)
        descent = _dot(direction, gradient)
        if not descent < 0.0:
            count = 0
            for k in range(size):
                direction[k] = -gradient[k]
            descent = -norm * norm
        length = math.sqrt(_dot(direction, direction))
        step = 1.0 if count else min(1.0, cap / norm)
        step = min(step, cap / length)

        # bisection for a step of sufficient decrease and not too steep a slope
        below = 0.0
        above = math.inf
        found = False
        new_loss = loss
        for _ in range(30):
            for k in range(size):
                trial[k] = x[k] + step * direction[k]
            new_loss = model_loss(
                trial[: n * m].reshape(n, m), trial[n * m :], density, importance, effort, scratch,
                dG, slope[: n * m].reshape(n, m), slope[n * m :],
            )  # fmt: skip
            used += 1
            if not new_loss <= loss + ARMIJO * step * descent:
                above = step
            elif _dot(direction, slope) < WOLFE * descent and 2.0 * step * length <= cap:
                found = True
                below = step
            else:
                found = True
                break
            step = 0.5 * (below + above) if above < math.inf else 2.0 * step
            if step * length < 1e-14 or used >= evaluations:
                break
        if not found or not new_loss <= loss:
            if count == 0:
                break
            count = 0  # the curvature was misleading: once more from the gradient
            idle += 1
            continue

        r = count % HISTORY
        bend = 0.0
        square = 0.0
        for k in range(size):
            s = trial[k] - x[k]
            y = slope[k] - gradient[k]
            steps[r, k] = s
            yields[r, k] = y
            bend += s * y
            square += y * y
        if bend > 1e-10 * square:
            curvature[r] = 1.0 / bend
            count += 1
        idle = idle + 1 if loss - new_loss <= ftol * abs(new_loss) else 0
        loss = new_loss
        for k in range(size):
            x[k] = trial[k]
            gradient[k] = slope[k]
        norm = math.sqrt(_dot(gradient, gradient))

    W[:, :] = x[: n * m].reshape(n, m)
    b[:] = x[n * m :]
    return loss, used, norm
