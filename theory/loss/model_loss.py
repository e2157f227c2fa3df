"""The expected loss of a whole model, compiled: its rows and the chain rule to W."""

import math

import numpy as np
from numba.extending import overload

from theory.features import FeatureDistribution
from theory.loss.exponential_loss import CONTOUR, Contour, contour_workspace, exponential_row_loss
from theory.loss.fourier_series import workspace
from theory.loss.kernels import compiled, vector
from theory.loss.partner_grid import PartnerGrid, grid_for
from theory.loss.row_loss import SEARCH, row_loss
from theory.loss.set_loss import set_arrays, set_row_loss
from theory.loss.set_series import Sets, set_workspace

LARGEST_FOLD = 512
LEAST_TERM = 1e-7  # of the tolerance, for a term that ends a sum


# How features depart from independent ones of uniform amplitude: sets, exponential amplitudes.
Kind = Sets | Contour | None
# What the kernels go by: that, one density for a crowd, or nothing.
Structure = Kind | PartnerGrid


def kind_of(features: FeatureDistribution) -> Kind:
    """What the kernels have to know of the features beyond their densities."""
    return CONTOUR if features.amplitude == "exponential" else set_arrays(features)


def structure_of(density: np.ndarray, kind: Kind = None) -> Structure:
    """What the kernels go by for one instance of features of a kind."""
    return grid_for(density) if kind is None else kind


def model_workspace(n, structure):
    """Scratch for the rows of n features (compiled code only)."""
    raise NotImplementedError


def _row(i, g, b, density, structure, effort, scratch, dg) -> tuple[float, float]:
    """The row of independent features, of sets or of exponential amplitudes."""
    raise NotImplementedError


def _is(kind, structure) -> bool:
    return getattr(structure, "instance_class", None) is kind


# Chosen by type when compiled, and inlined: no kind of row pays for the others.
@overload(model_workspace, inline="always")
def _(n, structure):
    if _is(Sets, structure):
        return lambda n, structure: set_workspace(n, structure)
    if _is(Contour, structure):
        return lambda n, structure: contour_workspace(n, structure)
    return lambda n, structure: workspace(n)


@overload(_row, inline="always")
def _(i, g, b, density, structure, effort, scratch, dg):
    if _is(Sets, structure):
        return lambda i, g, b, density, structure, effort, scratch, dg: set_row_loss(
            i, g, b, density, effort, scratch, dg
        )
    if _is(Contour, structure):
        return lambda i, g, b, density, structure, effort, scratch, dg: exponential_row_loss(
            i, g, b, density, effort, scratch, dg
        )
    return lambda i, g, b, density, structure, effort, scratch, dg: row_loss(
        i, g, b, density, structure, effort, scratch, dg
    )


@compiled
def _overlaps(columns, i, g):
    """Row i of W Wᵀ, from the columns of W (m, n): the long axis is the inner one."""
    m, n = columns.shape
    for j in range(n):
        g[j] = 0.0
    whole = m - m % 4
    for h in range(0, whole, 4):
        u, v, x, y = columns[h, i], columns[h + 1, i], columns[h + 2, i], columns[h + 3, i]
        for j in range(n):
            g[j] += (u * columns[h, j] + v * columns[h + 1, j]) + (
                x * columns[h + 2, j] + y * columns[h + 3, j]
            )
    for h in range(whole, m):
        x = columns[h, i]
        for j in range(n):
            g[j] += x * columns[h, j]


@compiled
def _gradient_of_weights(columns, dG, dW):
    """dL/dW = (dG + dGᵀ) W, because G = W Wᵀ; dG becomes the sum."""
    m, n = columns.shape
    for i in range(n):
        for j in range(i + 1):
            x = dG[i, j] + dG[j, i]
            dG[i, j] = x
            dG[j, i] = x
    for i in range(n):
        for h in range(m):
            x = 0.0
            for j in range(n):
                x += dG[i, j] * columns[h, j]
            dW[i, h] = x


@compiled
def model_loss(W, b, density, importance, structure, effort, scratch, dG, dW, db):
    """Σ_i I_i E (x_i − x'_i)² with its gradient, at one effort for every row (for optimisers).

    W, dW (n, m); b, db, density, importance (n,); scratch is a model_workspace, dG (n, n)
    too.
    """
    n = W.shape[0]
    columns = W.T.copy()
    g = vector(n)
    total = 0.0
    for i in range(n):
        _overlaps(columns, i, g)
        value, to_b = _row(i, g, b[i], density, structure, effort, scratch, dG[i])
        total += importance[i] * value
        db[i] = importance[i] * to_b
        for j in range(n):
            dG[i, j] *= importance[i]
    _gradient_of_weights(columns, dG, dW)
    return total


@compiled
def output_losses(W, b, density, structure, effort):
    """E (x_i − x'_i)² of every output, without its importance."""
    n = W.shape[0]
    scratch = model_workspace(n, structure)
    g = vector(n)
    columns = W.T.copy()
    slope = vector(n)
    rows = vector(n)
    for i in range(n):
        _overlaps(columns, i, g)
        rows[i], _ = _row(i, g, b[i], density, structure, effort, scratch, slope)
    return rows


@compiled
def converged_loss(W, b, density, importance, structure, rtol, rows, dW, db):
    """The same with the terms of every row doubled until its value stands still.

    Each doubling also widens the range, so that both truncations are tested. A row is done when
    it moves twice in a row (once can be luck) by less than rtol times its share of the loss.
    Fills rows (n,) with the weighted losses of the outputs; returns (loss, error estimate).
    """
    n = W.shape[0]
    scratch = model_workspace(n, structure)
    g = vector(n)
    dG = np.empty((n, n))
    columns = W.T.copy()
    total = 0.0
    for i in range(n):
        _overlaps(columns, i, g)
        value, _ = _row(i, g, b[i], density, structure, SEARCH, scratch, dG[i])
        rows[i] = value
        total += importance[i] * value
    error = 0.0
    for i in range(n):
        _overlaps(columns, i, g)
        fold, reach, _ = SEARCH
        move = 0.0
        still = 0
        while fold < LARGEST_FOLD and still < 2:
            fold *= 2
            reach += 2.0
            effort = (fold, reach, LEAST_TERM * rtol)
            value, to_b = _row(i, g, b[i], density, structure, effort, scratch, dG[i])
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
    _gradient_of_weights(columns, dG, dW)
    return rows.sum(), error
