"""Points on a sphere that repel each other, at their least energy as far as it is found."""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import NDArray

Array = NDArray[np.float64]


def energy(points: Array, exponent: float) -> float:
    r"""The Riesz energy of points, summed over pairs.

    .. math:: E = \sum_{i<j} |x_i - x_j|^{-s}

    Parameters
    ----------
    points : (n, d), unit norm
    exponent : s; 1 in three dimensions is Thomson's problem, d − 2 the harmonic energy

    >>> round(energy(np.array([[1.0, 0.0, 0.0], [-1.0, 0.0, 0.0]]), 1.0), 12)
    0.5
    """
    upper = np.triu_indices(len(points), 1)
    return float((_squared(points)[upper] ** (-exponent / 2)).sum())


def gradient(points: Array, exponent: float) -> Array:
    """The gradient of the energy along the sphere, of the points' own precision; shape (n, d)."""
    pull = exponent * _squared(points) ** (-exponent / 2 - 1)
    np.fill_diagonal(pull, 0)
    force = pull @ points - pull.sum(axis=1)[:, None] * points
    return force - (force * points).sum(axis=1, keepdims=True) * points


def least_energy(n: int, d: int, exponent: float, *, starts: int, seed: int) -> Array:
    """The lowest of the minima that descents from random points end in; shape (n, d)."""
    rng = np.random.default_rng([seed, n, d])
    ends = (_descended(rng.normal(size=(n, d)), exponent) for _ in range(starts))
    return settled(min(ends, key=lambda points: energy(points, exponent)), exponent)


def settled(points: Array, exponent: float) -> Array:
    """A stationary point next to points near it, by Newton's method to full precision."""
    n, d = points.shape
    at = points.astype(np.longdouble)
    for _ in range(8):
        at /= np.sqrt((at**2).sum(axis=1, keepdims=True))
        frames = [np.linalg.svd(x[None, :])[2][1:] for x in at.astype(np.float64)]
        tangent = np.zeros((n * (d - 1), n * d))
        for i, frame in enumerate(frames):
            tangent[i * (d - 1) : (i + 1) * (d - 1), i * d : (i + 1) * d] = frame
        slope = gradient(at, exponent).astype(np.float64).ravel()
        hessian = tangent @ _hessian(at.astype(np.float64), exponent) @ tangent.T
        # rotations cost nothing: the smallest step that stops the slope
        step = np.linalg.lstsq(hessian, -tangent @ slope, rcond=1e-9)[0]
        at += (tangent.T @ step).reshape(n, d)
    return (at / np.sqrt((at**2).sum(axis=1, keepdims=True))).astype(np.float64)


def _squared(points: Array) -> Array:
    """Squared distances with ones on the diagonal."""
    squared = 2 - 2 * points @ points.T
    np.fill_diagonal(squared, 1)
    return squared


def _descended(start: Array, exponent: float) -> Array:
    shape = start.shape
    upper = np.triu_indices(len(start), 1)

    def value(flat: Array) -> tuple[float, Array]:
        points = flat.reshape(shape)
        norms = np.linalg.norm(points, axis=1, keepdims=True)
        points = points / norms
        total = (_squared(points)[upper] ** (-exponent / 2)).sum()
        return total, (gradient(points, exponent) / norms).ravel()

    options = {"ftol": 1e-15, "gtol": 1e-9, "maxiter": 5000, "maxcor": 20}
    flat = scipy.optimize.minimize(
        value, start.ravel(), jac=True, method="L-BFGS-B", options=options
    ).x
    points = flat.reshape(shape)
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def _hessian(points: Array, exponent: float) -> Array:
    """The Riemannian Hessian before it is laid into the tangent spaces; shape (nd, nd)."""
    n, d = points.shape
    squared = _squared(points)
    first = exponent * squared ** (-exponent / 2 - 1)
    second = exponent * (exponent + 2) * squared ** (-exponent / 2 - 2)
    np.fill_diagonal(first, 0)
    np.fill_diagonal(second, 0)
    apart = points[:, None] - points[None, :]
    blocks = second[..., None, None] * apart[..., :, None] * apart[..., None, :]
    blocks -= first[..., None, None] * np.eye(d)
    hessian = np.zeros((n, d, n, d))
    i = np.arange(n)
    hessian[i, :, i, :] = blocks.sum(axis=1)
    hessian -= blocks.transpose(0, 2, 1, 3)
    # the sphere curves: the normal force pulls a step back
    radial = -(first * (apart * points[:, None]).sum(axis=2)).sum(axis=1)
    hessian[i, :, i, :] -= radial[:, None, None] * np.eye(d)
    return hessian.reshape(n * d, n * d)
