"""Noisy, rotated and shuffled shapes, and relaxed random ones."""

from __future__ import annotations

import matplotlib
import numpy as np
import pytest
from scipy.optimize import minimize

from geometry import Template

matplotlib.use("Agg")


def _laid_out(vertices, n_hidden, noise, rng):
    """Vertices in random orientation and order, displaced by `noise` root mean square."""
    k, d = vertices.shape
    frame = np.linalg.qr(rng.normal(size=(n_hidden, n_hidden)))[0][:d]
    W = vertices @ frame + noise / np.sqrt(n_hidden) * rng.normal(size=(k, n_hidden))
    return W[rng.permutation(k)]


def _tegum_product(parts, noise, rng, *, tilt=0.0):
    """Shapes in orthogonal subspaces, shuffled; with tilt, neighbours lean by that cosine."""
    m = sum(vertices.shape[1] for vertices in parts)
    frame = np.linalg.qr(rng.normal(size=(m, m)))[0]
    rows, label, start, previous = [], [], 0, None
    for index, vertices in enumerate(parts):
        axes = frame[start : start + vertices.shape[1]].copy()
        start += vertices.shape[1]
        if tilt and index % 2:
            axes[0] = tilt * previous[0] + np.sqrt(1 - tilt**2) * axes[0]
        previous = axes
        rows.append(vertices @ axes)
        label += [index] * len(vertices)
    W = np.vstack(rows)
    W = W + noise / np.sqrt(m) * rng.normal(size=W.shape)
    order = rng.permutation(len(W))
    return W[order], np.array(label)[order]


def _relaxed(n, d, rng):
    """n points on the sphere in R^d at a local minimum of the sum of inverse squared distances."""
    upper = np.triu_indices(n, 1)

    def energy(flat):
        points = flat.reshape(n, d)
        norms = np.linalg.norm(points, axis=1, keepdims=True)
        U = points / norms
        squared = 2 - 2 * U @ U.T
        np.fill_diagonal(squared, 1)
        force = 2 / squared**2
        np.fill_diagonal(force, 0)
        gradient = -(force.sum(axis=1)[:, None] * U - force @ U)
        gradient -= (gradient * U).sum(axis=1, keepdims=True) * U
        return (1 / squared[upper]).sum(), (gradient / norms).ravel()

    found = minimize(energy, rng.normal(size=n * d), jac=True, method="L-BFGS-B")
    points = found.x.reshape(n, d)
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def _drawn(shape: Template, rng):
    """The vertices of a template, of a family at random parameters from its middle half."""
    span = {p.name: (p.high - p.low) / 4 for p in shape.parameters}
    return shape.at(
        **{
            p.name: rng.uniform(p.low + span[p.name], p.high - span[p.name])
            for p in shape.parameters
        }
    )


@pytest.fixture
def rng():
    return np.random.default_rng(20220914)


@pytest.fixture(scope="session")
def laid_out():
    return _laid_out


@pytest.fixture(scope="session")
def tegum_product():
    return _tegum_product


@pytest.fixture(scope="session")
def relaxed():
    return _relaxed


@pytest.fixture(scope="session")
def drawn():
    return _drawn
