"""Whether a solution is a local minimum: the Hessian of the exact loss."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from geometry.arguments import real, whole
from theory.features import Array, FeatureDistribution
from theory.loss.fourier_series import workspace
from theory.loss.model_loss import structure_of
from theory.loss.row_loss import row_loss
from theory.shapes.ideal import ideal

_EFFORT = (8, 10.0, 1e-15)  # of the gradients that are differenced
_STEP = 1e-4  # of a weight or bias: the error of a difference is about its square
_ZERO = 1e-6  # of the largest eigenvalue: what differences make of none
MOST_DEAD = 1000  # features beside the shape, which all behave alike
_STATIONARY = 1e-6  # of what is at stake, per unit of weight


@dataclass(frozen=True, eq=False)
class Stability:
    """The curvature of the exact loss at an ideal solution, over all weights and biases.

    Attributes
    ----------
    name, density : the shape and 1 − S
    eigenvalues : of the Hessian, ascending, without the d(d − 1)/2 zeros of rotations
    modes : (number of eigenvalues, k d + k), their eigenvectors: W by rows, then b
    slope : the norm of the gradient, relative to the variance of the features: more than rounding
        where symmetry leaves the vertices freedoms that the template does not have
    rotation : the largest curvature along a rotation: none, but for the error of differences
    """

    name: str
    density: float
    eigenvalues: Array
    modes: Array
    slope: float
    rotation: float

    @property
    def lowest(self) -> float:
        """The least curvature: negative where the shape is a saddle."""
        return float(self.eigenvalues[0])

    @property
    def flat(self) -> int:
        """How many directions have no curvature, rotations not counted."""
        return int((np.abs(self.eigenvalues) <= _ZERO * self.eigenvalues[-1]).sum())

    @property
    def is_minimum(self) -> bool:
        """Whether no free model close by costs less, to second order."""
        stationary = self.slope <= _STATIONARY
        return stationary and self.lowest > -_ZERO * float(self.eigenvalues[-1])


def stability(name: str, density: float, *, dead: int = 0) -> Stability:
    """Whether an ideal solution is a local minimum among all models of its size.

        δ²L = Σ_i δ(g_i, b_i)ᵀ H_i δ(g_i, b_i) + Σ_ij ∂L/∂G_ij δ²G_ij,   G = W Wᵀ, g_i its row i

    with `dead` features beside it that are not represented: the shape may be stable alone, and not
    when a further feature can join it. H_i is the Hessian of output i alone. Eigenvalues are right
    to about 1e-7 of the largest. Meant for shapes of up to a hundred vertices; cubic in k d.

    >>> pentagon = stability("pentagon", 0.05)
    >>> pentagon.is_minimum, len(pentagon.eigenvalues)
    (True, 14)
    >>> stability("pentagon", 0.5).is_minimum
    False

    Raises ValueError as `ideal`.
    """
    dead = whole("dead", dead, 0, MOST_DEAD)
    density = real("density", density)
    solution = ideal(name, density)
    W, b = solution.W, solution.b
    W = np.concatenate([W, np.zeros((dead, W.shape[1]))])
    b = np.concatenate([b, np.full(dead, density / 2)])
    features = FeatureDistribution(len(b), density)
    _, gradient, matrix = second_order(W, b, features)
    rotations = _rotations(W)
    largest = float(np.abs(matrix).sum(axis=1).max())  # no eigenvalue is larger
    along = rotations.T @ matrix @ rotations
    values, vectors = np.linalg.eigh(matrix + 2 * largest * (rotations @ rotations.T))
    kept = len(values) - rotations.shape[1]
    return Stability(
        name=solution.name,
        density=density,
        eigenvalues=values[:kept],
        modes=vectors[:, :kept].T,
        slope=float(np.linalg.norm(gradient) / features.variance.sum()),
        rotation=float(np.abs(along).max(initial=0.0)),
    )


def stable_densities(
    name: str, *, sparsest: float = 0.01, points: int = 48
) -> tuple[tuple[float, float], ...]:
    """The ranges of density in which an ideal solution is a local minimum, its limits to 1e-5.

    A scan of so many densities from `sparsest` to 1, even in their logarithm, and then bisection.
    Ranges narrower than the steps of the scan are not seen.

    >>> [(round(low, 3), round(high, 3)) for low, high in stable_densities("pentagon", points=12)]
    [(0.01, 0.303), (0.579, 0.691)]
    """
    sparsest, points = real("sparsest", sparsest), whole("points", points, 2)
    if not 0 < sparsest < 1:
        raise ValueError(f"expected a sparsest density between 0 and 1, got {sparsest}")
    densities = np.geomspace(sparsest, 1.0, points)
    stable = [stability(name, p).is_minimum for p in densities]
    edges = [
        _edge(name, float(densities[k]), float(densities[k + 1]), stable[k])
        for k in range(points - 1)
        if stable[k] != stable[k + 1]
    ]
    edges = [sparsest] * stable[0] + edges + [1.0] * stable[-1]
    return tuple(zip(edges[::2], edges[1::2], strict=True))


def _edge(name: str, low: float, high: float, stable: bool) -> float:
    """Where between two densities stability, that of the lower one, ends."""
    while high - low > 1e-6:
        middle = (low + high) / 2
        if stability(name, middle).is_minimum == stable:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def second_order(W: Array, b: Array, features: FeatureDistribution) -> tuple[float, Array, Array]:
    """The exact loss, its gradient and its Hessian over (W by rows, b).

    W (n, m), b (n,), independent uniform features; the gradient has n m + n entries. Every output
    depends on its row of W Wᵀ and its bias alone: its Hessian in these is had from central
    differences of its exact gradient, and the chain rule does the rest.
    """
    n, m = W.shape
    importance = features.importance
    loss, slopes, own = _outputs(W @ W.T, b, features)
    slopes, own = importance[:, None] * slopes, importance[:, None, None] * own
    A, c, e = own[:, :n, :n], own[:, :n, n], own[:, n, n]
    dG = slopes[:, :n]

    # rows of W enter the outputs twice: W_k in g_k as a whole, and in g_i as one entry
    AW = A @ W  # (i, j, h): over the second index of A_i
    whole = np.einsum("kjh,jg->khg", AW, W)
    mixed = np.einsum("klh,kg->khlg", AW, W)  # (k, h) in g_k, (l, g) in entry l of it
    H = np.einsum("ikl,ih,ig->khlg", A, W, W, optimize=True) + mixed + mixed.transpose(2, 3, 0, 1)
    H[np.arange(n), :, np.arange(n)] += whole
    both = dG + dG.T
    for h in range(m):
        H[:, h, :, h] += both
    cross = np.einsum("ik,ih->khi", c, W)
    cross[np.arange(n), :, np.arange(n)] += c @ W
    cross = cross.reshape(n * m, n)
    matrix = np.block([[H.reshape(n * m, n * m), cross], [cross.T, np.diag(e)]])
    gradient = np.concatenate([(both @ W).ravel(), slopes[:, n]])
    return float(importance @ loss), gradient, (matrix + matrix.T) / 2


def _outputs(G: Array, b: Array, features: FeatureDistribution) -> tuple[Array, Array, Array]:
    """Of every output its loss, its gradient (n + 1) and Hessian (n + 1, n + 1) in (g, b)."""
    n = len(b)
    density = np.array(features.density)
    structure, scratch, slope = structure_of(density), workspace(n), np.empty(n)
    losses, slopes, own = np.empty(n), np.empty((n, n + 1)), np.empty((n, n + 1, n + 1))

    def gradient(i: int, y: Array) -> tuple[float, Array]:
        loss, to_b = row_loss(i, y[:n], y[n], density, structure, _EFFORT, scratch, slope)
        return loss, np.append(slope, to_b)

    for i in range(n):
        y = np.append(G[i], b[i])
        losses[i], slopes[i] = gradient(i, y)
        for j in range(n + 1):
            step = np.zeros(n + 1)
            step[j] = _STEP
            own[i, j] = (gradient(i, y + step)[1] - gradient(i, y - step)[1]) / (2 * _STEP)
    return losses, slopes, (own + own.transpose(0, 2, 1)) / 2


def _rotations(W: Array) -> Array:
    """An orthonormal basis of the directions in which rotations of hidden space move W; b stays."""
    n, m = W.shape
    moves = np.zeros((n * m + n, m * (m - 1) // 2))
    for q, (g, h) in enumerate(combinations(range(m), 2)):
        turn = np.zeros((m, m))
        turn[g, h], turn[h, g] = 1.0, -1.0
        moves[: n * m, q] = (W @ turn).ravel()
    return np.linalg.qr(moves)[0]
