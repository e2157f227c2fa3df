"""The expected loss of a whole model, compiled: its rows and the chain rule to W."""

import math

import numpy as np
from numba import njit, types
from numba.extending import overload

from theory.fourier_series import COMPILE, workspace
from theory.row_loss import SEARCH, row_loss
from theory.set_loss import set_row_loss
from theory.set_series import SetWorkspace, set_workspace

LARGEST_FOLD = 512


def model_workspace(n, sets):
    """Scratch for the rows of n features, by `theory.set_loss.set_arrays` (compiled code only)."""
    raise NotImplementedError


def _row(i, g, b, density, effort, scratch, dg) -> tuple[float, float]:
    """The row of independent features or of sets, by the kind of scratch."""
    raise NotImplementedError


# Chosen by type when compiled, and inlined: neither kind of row pays for the other.
@overload(model_workspace, inline="always")
def _(n, sets):
    if isinstance(sets, types.NoneType | types.Omitted):
        return lambda n, sets: workspace(n)
    return lambda n, sets: set_workspace(n, sets)


@overload(_row, inline="always")
def _(i, g, b, density, effort, scratch, dg):
    if getattr(scratch, "instance_class", None) is SetWorkspace:
        return lambda i, g, b, density, effort, scratch, dg: set_row_loss(
            i, g, b, density, effort, scratch, dg
        )
    return lambda i, g, b, density, effort, scratch, dg: row_loss(
        i, g, b, density, effort, scratch, dg
    )


@njit(**COMPILE)
def _overlaps(W, i, g):
    n, m = W.shape
    for j in range(n):
        x = 0.0
        for h in range(m):
            x += W[i, h] * W[j, h]
        g[j] = x


@njit(**COMPILE)
def _gradient_of_weights(W, dG, dW):
    """dL/dW = (dG + dGᵀ) W, because G = W Wᵀ."""
    n, m = W.shape
    for i in range(n):
        for h in range(m):
            dW[i, h] = 0.0
        for j in range(n):
            x = dG[i, j] + dG[j, i]
            for h in range(m):
                dW[i, h] += x * W[j, h]


@njit(**COMPILE)
def model_loss(W, b, density, importance, effort, scratch, dG, dW, db):
    """Σ_i I_i E (x_i − x'_i)² with its gradient, at one effort for every row (for optimisers).

    W, dW (n, m); b, db, density, importance (n,); scratch is a model_workspace, dG (n, n) too.
    """
    n = W.shape[0]
    g = np.empty(n)
    total = 0.0
    for i in range(n):
        _overlaps(W, i, g)
        value, to_b = _row(i, g, b[i], density, effort, scratch, dG[i])
        total += importance[i] * value
        db[i] = importance[i] * to_b
        for j in range(n):
            dG[i, j] *= importance[i]
    _gradient_of_weights(W, dG, dW)
    return total


@njit(**COMPILE)
def output_losses(W, b, density, effort, sets=None):
    """E (x_i − x'_i)² of every output, without its importance."""
    n = W.shape[0]
    scratch = model_workspace(n, sets)
    g = np.empty(n)
    slope = np.empty(n)
    rows = np.empty(n)
    for i in range(n):
        _overlaps(W, i, g)
        rows[i], _ = _row(i, g, b[i], density, effort, scratch, slope)
    return rows


@njit(**COMPILE)
def converged_loss(W, b, density, importance, rtol, rows, dW, db, sets=None):
    """The same with the terms of every row doubled until its value stands still.

    Each doubling also widens the range, so that both truncations are tested. A row is done when
    it moves twice in a row (once can be luck) by less than rtol times its share of the loss.
    Fills rows (n,) with the weighted losses of the outputs; returns (loss, error estimate).
    """
    n = W.shape[0]
    scratch = model_workspace(n, sets)
    g = np.empty(n)
    dG = np.empty((n, n))
    total = 0.0
    for i in range(n):
        _overlaps(W, i, g)
        value, _ = _row(i, g, b[i], density, SEARCH, scratch, dG[i])
        rows[i] = value
        total += importance[i] * value
    error = 0.0
    for i in range(n):
        _overlaps(W, i, g)
        fold, reach, _ = SEARCH
        move = 0.0
        still = 0
        while fold < LARGEST_FOLD and still < 2:
            fold *= 2
            reach += 2.0
            value, to_b = _row(i, g, b[i], density, (fold, reach, 1e-15), scratch, dG[i])
            move = abs(value - rows[i])
            rows[i] = value
            quiet = importance[i] * move <= rtol * max(importance[i] * value, total / n)
            still = still + 1 if quiet else 0
            if math.isnan(value):
                break
        error += importance[i] * move
        rows[i] *= importance[i]
        db[i] = importance[i] * to_b
        for j in range(n):
            dG[i, j] *= importance[i]
    _gradient_of_weights(W, dG, dW)
    return rows.sum(), error
