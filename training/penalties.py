"""The exact loss of the ReLU output model with L1 or under attacks, compiled, and its descent."""

import math

import numpy as np

from theory.loss.fourier_series import workspace
from theory.loss.kernels import compiled, vector
from theory.loss.mean_magnitude import magnitude_workspace, mean_magnitude
from theory.loss.model_loss import model_loss
from training.lbfgs import LOSS, USED, advance, begin, patience_for

SMALLEST = 1e-150


@compiled
def attacked_loss(W, b, density, importance, attack, effort, scratch, buffers, dW, db):
    """The mean over features i of the loss on x + ε G_i / ‖G_i‖, G = W Wᵀ, and its gradient.

    The target is x itself, so the attack only shifts the bias: to b + ε G G_i / ‖G_i‖. A feature
    without length has no attack. W, dW (n, m); b, db, density, importance (n,).
    """
    n = W.shape[0]
    to_G, of_loss, one_W, one_b = buffers
    G = W @ W.T
    dW[:, :] = 0.0
    db[:] = 0.0
    to_G[:, :] = 0.0
    total = 0.0
    for i in range(n):
        norm = math.sqrt((G[i] * G[i]).sum())
        direction = G[i] / max(norm, SMALLEST)
        shifted = b + attack * (G @ direction)
        total += model_loss(
            W, shifted, density, importance, None, effort, scratch, of_loss, one_W, one_b
        )
        dW += one_W
        db += one_b
        if norm <= SMALLEST:
            continue
        to_direction = G @ one_b
        along = (direction * to_direction).sum()
        for j in range(n):
            to_G[i, j] += attack * (to_direction[j] - along * direction[j]) / norm
            for k in range(n):
                to_G[j, k] += attack * one_b[j] * direction[k]
    dW += (to_G + to_G.T) @ W
    dW /= n
    db /= n
    return total / n


@compiled
def penalised_loss(W, b, density, importance, l1, attack, effort, scratch, buffers, dW, db):
    """The loss, under attacks if attack > 0, plus λ Σ_k E |h_k|, and its gradient."""
    fast, slow, slope = scratch
    n, m = W.shape
    if attack > 0.0:
        total = attacked_loss(W, b, density, importance, attack, effort, fast, buffers, dW, db)
    else:
        total = model_loss(W, b, density, importance, None, effort, fast, buffers[1], dW, db)
    if l1 > 0.0:
        for k in range(m):
            total += l1 * mean_magnitude(W[:, k].copy(), density, slow, slope)
            for j in range(n):
                dW[j, k] += l1 * slope[j]
    return total


@compiled
def penalty_workspace(n, m):
    """(scratch, buffers) for `penalised_loss`."""
    scratch = (workspace(n), magnitude_workspace(n), np.empty(n))
    buffers = (np.empty((n, n)), np.empty((n, n)), np.empty((n, m)), np.empty(n))
    return scratch, buffers


@compiled
def minimise_penalised(
    W, b, density, importance, l1, attack, effort, longest, gtol, ftol, limit
):  # fmt: skip
    """Descend from (W, b), in place; returns (objective, evaluations used).

    `longest` caps the length of a step per feature; the other limits are those of
    `training.lbfgs.advance`.
    """
    n, m = W.shape
    weights = n * m
    x = vector(weights + n)
    x[:weights] = W.reshape(weights)
    x[weights:] = b
    scratch, buffers = penalty_workspace(n, m)
    machine = begin(x, longest * math.sqrt(n))
    trial_W = machine.trial[:weights].reshape(n, m)
    trial_b = machine.trial[weights:]
    dW = machine.slope[:weights].reshape(n, m)
    db = machine.slope[weights:]
    going = True
    while going:
        loss = penalised_loss(
            trial_W, trial_b, density, importance, l1, attack, effort, scratch, buffers, dW, db
        )
        going = advance(machine, loss, gtol, ftol, patience_for(machine.x.size), limit)
    W[:, :] = machine.x[:weights].reshape(n, m)
    b[:] = machine.x[weights:]
    return machine.number[LOSS], int(machine.number[USED])
