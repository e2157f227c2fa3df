"""The absolute value model's known solutions, and the exact loss of one with two features."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize

from geometry.arguments import real, real_array, shown
from theory.features import Array, FeatureDistribution, checked_features

LEAST = 1e-12  # density: the descent has no digits left below
# w, W_out and b of `three_neurons` towards density 0, rounded: where descents start
SPARSE_OPTIMUM = (0.5, 1.3, 0.2, 1.2, 0.0, 1.0, 0.4, -0.2, 0.0)


def absolute_value_losses(density: ArrayLike) -> Mapping[str, Array]:
    """Losses of a feature of importance 1 by how many neurons it has, for y = |x|.

        none               p/3 − p²/4           b = p/2
        one of slope 1     p/6 − p²/16          b = p/4: half of the values are known
        one                p/6 − p²/(16 − 6p)   slope (8 − 6p)/(8 − 3p), b = 2p/(8 − 3p)
        two                0                    ReLU(x) + ReLU(−x)

    x is 0 with probability 1 − p, else uniform on [−1, 1]. density broadcasts; raises ValueError
    outside (0, 1].

    >>> {name: round(float(loss), 4) for name, loss in absolute_value_losses(1.0).items()}
    {'none': 0.0833, 'one of slope 1': 0.1042, 'one': 0.0667, 'two': 0.0}

    Reference: Elhage et al. 2022, section 10 (the model); the losses are derived.
    """
    p = real_array("density", density)
    if not ((p > 0) & (p <= 1)).all():
        raise ValueError("expected every density 1 − S in (0, 1]")
    return {
        "none": p / 3 - p**2 / 4,
        "one of slope 1": p / 6 - p**2 / 16,
        "one": p / 6 - p**2 / (16 - 6 * p),
        "two": np.zeros_like(p),
    }


def absolute_value_loss(
    W_in: ArrayLike, W_out: ArrayLike, b: ArrayLike, features: FeatureDistribution
) -> float:
    """The exact loss of y' = ReLU(W_out ReLU(W_inᵀ x) + b) on y = |x|, of one or two features.

        L = Σ_i I_i E (|x_i| − y'_i)²

    x_i is 0 with probability 1 − p_i, else uniform on [−1, 1]. With one feature active an output
    is linear on either side of 0 but for its own kink; with two, on triangles between the origin
    and the edge of the square, cut along the axes, the diagonals and where neurons turn on.

    W_in, W_out (n, n_neurons), b (n,), n ≤ 2. Raises ValueError for other shapes, more features,
    and for features in sets, in instances or with amplitudes other than uniform.

    >>> features = FeatureDistribution(1, density=0.3)
    >>> absolute_value_loss([[1.0, -1.0]], [[1.0, 1.0]], [0.0], features)  # a pair of neurons
    0.0

    Reference: the definition of the loss, Elhage et al. 2022, section 10.
    """
    read, write, bias = _arrays(W_in, W_out, b, features)
    n = features.n_features
    p = features.density

    def errors(corners: Array) -> Array:
        """Of every output (n, s), over simplices with the origin and `corners` (s, k, n)."""
        origin = np.zeros((len(corners), 1, n))
        x = np.concatenate([origin, corners], axis=1)
        z = np.maximum(x @ read, 0) @ write.T + bias
        return _rectified_error(np.abs(x).transpose(2, 0, 1), z.transpose(2, 0, 1))

    idle = np.prod(1 - p)
    loss = idle * np.maximum(bias, 0) ** 2
    for j in range(n):
        alone = p[j] * np.prod(1 - np.delete(p, j))
        ends = np.eye(n)[j] * np.array([[1.0], [-1.0]])
        loss += alone * errors(ends[:, None]).mean(axis=1)
    if n == 2:
        points = _edge(read)
        corners = np.stack([points, np.roll(points, -1, axis=0)], axis=1)
        area = np.abs(np.linalg.det(corners)) / 2
        loss += p[0] * p[1] * (errors(corners) @ area) / 4
    return float(features.importance @ loss)


@dataclass(frozen=True)
class ThreeNeurons:
    """Two features on three neurons: W_in, W_out (2, 3), b (2,) and the exact loss."""

    W_in: Array
    W_out: Array
    b: Array
    loss: float


def three_neurons(density: float) -> ThreeNeurons:
    """The best of two equal features on three neurons: asymmetric superposition, when sparse.

        W_inᵀ x = (x_1, x_2, −x_1 − w x_2),   0 ≤ w ≤ 1

    Each feature has a neuron for its positive half, and both share the third. At w = 0 that is a
    pair and one alone, p/6 − p²/(16 − 6p) in all. Below a density of about .35 the optimum has
    w > 0: the third neuron serves mostly the first feature and something of the second, and a
    negative bias of the first output makes the interference from the second free up to a size.

    Found by descent on `absolute_value_loss` from there; free descents from random weights find
    nothing better. Raises ValueError for a density outside (0, 1].

    >>> found = three_neurons(0.1)
    >>> found.loss < float(absolute_value_losses(0.1)["one"])
    True

    Reference: Elhage et al. 2022, section 10 (asymmetric superposition); computed.
    """
    density = real("density", density)
    if 0 < density < LEAST:
        raise ValueError(f"expected a density of at least {LEAST:g}, got {density}; take a denser")
    features = FeatureDistribution(2, density)

    def loss(y: Array) -> float:
        return absolute_value_loss(*_three(y), features) / density

    y = minimize(loss, SPARSE_OPTIMUM, method="BFGS", options={"gtol": 1e-8}).x
    W_in, W_out, b = _three(y)
    return ThreeNeurons(W_in, W_out, b, absolute_value_loss(W_in, W_out, b, features))


def _three(y: Array) -> tuple[Array, Array, Array]:
    """W_in, W_out and b from w, the rows of W_out and the biases."""
    return np.array([[1.0, 0.0, -1.0], [0.0, 1.0, -y[0]]]), y[1:7].reshape(2, 3), y[7:]


def _arrays(
    W_in: ArrayLike, W_out: ArrayLike, b: ArrayLike, features: FeatureDistribution
) -> tuple[Array, Array, Array]:
    n = checked_features(features).n_features
    if n > 2 or features.instances or features.groups or features.amplitude != "uniform":
        raise ValueError(
            "expected one or two independent uniform features without instances, got "
            f"{shown(features)}; training.stratified_loss takes more"
        )
    read, write = real_array("W_in", W_in), real_array("W_out", W_out)
    if read.ndim != 2 or len(read) != n or write.shape != read.shape:
        raise ValueError(
            f"expected W_in and W_out of shape ({n}, n_neurons), got {read.shape} and {write.shape}"
        )
    bias = real_array("b", b)
    if bias.shape != (n,):
        raise ValueError(f"expected b of shape ({n},), got {bias.shape}")
    return read, write, bias


def _edge(read: Array) -> Array:
    """Points (s, 2) on the edge of the square, in order, where it or the model has a corner."""
    neurons = np.arctan2(read[0], -read[1])
    angles = np.concatenate([np.arange(8) * np.pi / 4, neurons, neurons + np.pi]) % (2 * np.pi)
    rays = np.stack([np.cos(np.sort(angles)), np.sin(np.sort(angles))], axis=1)
    return rays / np.abs(rays).max(axis=1, keepdims=True)


def _rectified_error(target: Array, z: Array) -> Array:
    """The mean of (target − ReLU(z))² over simplices with the given values at their k vertices.

    target, z (..., k), k ≤ 3. Where z changes its sign, one vertex alone has the one sign: a
    smaller simplex at that vertex is taken out of the whole.
    """
    order = np.argsort(-z, axis=-1)
    target, z = (np.take_along_axis(each, order, axis=-1) for each in (target, z))
    positive = (z > 0).sum(axis=-1)
    off, on = _mean_square(target), _mean_square(target - z)
    share, cut_target, cut_z = _corner(target, z)
    one = off + share * (_mean_square(cut_target - cut_z) - _mean_square(cut_target))
    share, cut_target, cut_z = _corner(target[..., ::-1], z[..., ::-1])
    rest = on - share * (_mean_square(cut_target - cut_z) - _mean_square(cut_target))
    return np.select([positive == 0, positive == z.shape[-1], positive == 1], [off, on, one], rest)


def _corner(target: Array, z: Array) -> tuple[Array, Array, Array]:
    """The simplex that z = 0 cuts off at the first vertex: its share, and the values there."""
    gap = z[..., :1] - z
    cut = np.divide(z[..., :1], gap, out=np.ones_like(z), where=gap != 0)
    ends = [each[..., :1] + cut * (each - each[..., :1]) for each in (target, z)]
    return np.prod(cut[..., 1:], axis=-1), ends[0], ends[1]


def _mean_square(values: Array) -> Array:
    """Over a simplex, of what is linear with these values at its k vertices."""
    k = values.shape[-1]
    return ((values**2).sum(axis=-1) + values.sum(axis=-1) ** 2) / (k * (k + 1))
