"""Descent of one ReLU output model on its exact expected loss, compiled whole."""

import math

import numpy as np

from theory.features import Array
from theory.loss.kernels import compiled, vector
from theory.loss.model_loss import Kind, model_loss, model_workspace, structure_of
from training.lbfgs import LOSS, NORM, USED, advance, begin, patience_for

Effort = tuple[int, float, float]


def minimise(
    W: Array,
    b: Array,
    density: Array,
    importance: Array,
    effort: Effort,
    longest: float,
    gtol: float,
    ftol: float,
    limit: int,
    kind: Kind = None,
    patience: int | None = None,
) -> tuple[float, int, float]:
    """Descend from (W, b), in place; returns (loss, evaluations used, gradient norm).

    `longest` caps the length of a step per feature: long first steps throw features away. The
    other limits are those of `training.lbfgs.advance`; kind by `theory.loss.model_loss.kind_of`.
    """
    structure = structure_of(density, kind)
    if patience is None:
        patience = patience_for(W.size + b.size)
    return _minimise(
        W, b, density, importance, structure, effort, longest, gtol, ftol, patience, limit
    )


@compiled
def _minimise(W, b, density, importance, structure, effort, longest, gtol, ftol, patience, limit):
    n, m = W.shape
    weights = n * m
    x = vector(weights + n)
    x[:weights] = W.reshape(weights)
    x[weights:] = b
    scratch = model_workspace(n, structure)
    dG = np.empty((n, n))
    machine = begin(x, longest * math.sqrt(n))
    trial_W = machine.trial[:weights].reshape(n, m)
    trial_b = machine.trial[weights:]
    dW = machine.slope[:weights].reshape(n, m)
    db = machine.slope[weights:]
    going = True
    while going:
        loss = model_loss(
            trial_W, trial_b, density, importance, structure, effort, scratch, dG, dW, db
        )
        going = advance(machine, loss, gtol, ftol, patience, limit)
    W[:, :] = machine.x[:weights].reshape(n, m)
    b[:] = machine.x[weights:]
    return machine.number[LOSS], int(machine.number[USED]), machine.number[NORM]
