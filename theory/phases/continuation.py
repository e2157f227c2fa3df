"""Local minima of the exact loss, followed while the features change: where two tie, and one ends.

A *branch* is a stationary point as a function of a parameter t of the features, such as a density.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize, root_scalar

from theory.features import Array, FeatureDistribution
from theory.loss.expected_loss import expected_loss, expected_loss_and_gradient, model_arrays

FeaturesAt = Callable[[float], FeatureDistribution]
Loss = Callable[[Array, Array, FeatureDistribution], float]

RTOL = 1e-12  # of the loss, for a gradient that Newton's method can use to the end
ROUGH = 1e-10  # for the second derivatives
# The displacement over which gradients are differenced: the engine lets overlaps below 1e-6 act
# through their means alone, and the step must not be mistaken for one.
PROBE = 1e-4
NEWTON_STEPS = 30
LONGEST = 0.1  # a Newton step beyond this has left its branch
STILL = 1e-9  # a step this short ends the iteration
STALLED = 1e-5  # and so does this, where rounding keeps steps from shrinking
SMALLEST_ARC = 1e-4


@dataclass(frozen=True, eq=False)
class Stationary:
    """A stationary point: `curvatures` are the eigenvalues of the Hessian, ascending.

    Rotations of hidden space, along which the loss does not change, are left out of them.
    """

    W: Array
    b: Array
    loss: float
    curvatures: Array

    @property
    def is_minimum(self) -> bool:
        return bool(self.curvatures[0] > 0)


@dataclass(frozen=True, eq=False)
class Crossing:
    """Where two branches have equal losses, and their states there.

    `slopes` are dL/dt of either: the least loss has a kink, the transition is of first order, where
    they differ.
    """

    at: float
    states: tuple[Stationary, Stationary]
    slopes: tuple[float, float]


@dataclass(frozen=True, eq=False)
class BranchEnd:
    """Where a minimum stops being one: by a `fold` it meets a saddle and both disappear.

    Otherwise it goes on as a saddle itself. `direction` is the displacement of (W, b), flattened,
    that has lost its curvature.
    """

    at: float
    state: Stationary
    fold: bool
    direction: Array


def local_minimum(W: ArrayLike, b: ArrayLike, features: FeatureDistribution) -> Stationary:
    """The local minimum of the exact loss below given weights, to rounding.

        ∇L(W, b) = 0,   ∇²L > 0 but for rotations

    A quasi-Newton descent ended by Newton's method on differenced gradients: the loss of small
    models is then right to about 1e-13 and the weights to 1e-9. W (n, m) and b (n,), one model. A
    symmetry of the start is kept as far as rounding allows, so a saddle may be returned: its first
    curvature is negative. Raises ValueError as `expected_loss`, and for more than one model.

    >>> digon = local_minimum([[0.9], [-0.8]], [0.0, 0.0], FeatureDistribution(2, density=0.1))
    >>> round(digon.loss, 8), digon.is_minimum
    (0.00331948, True)
    """
    W, b = _one_model(W, b, features)
    shape, unit = W.shape, 1 / (float((features.importance * features.variance).sum()) or 1.0)

    def scaled(x: Array) -> tuple[float, Array]:
        V, c = _split(x, shape)
        loss, dW, db = expected_loss_and_gradient(V, c, features, rtol=1e-10)
        return float(loss) * unit, np.concatenate([dW.ravel(), db]) * unit

    start = np.concatenate([W.ravel(), b])
    found = minimize(scaled, start, jac=True, method="L-BFGS-B",
                     options={"ftol": 1e-15, "gtol": 1e-8, "maxiter": 2000})  # fmt: skip
    return stationary(*_split(found.x, shape), features) or _at(found.x, shape, features)


def stationary(W: Array, b: Array, features: FeatureDistribution) -> Stationary | None:
    """The stationary point next to given weights, by Newton's method; None if it runs away.

    >>> features = FeatureDistribution(2, density=0.1)
    >>> stationary(np.array([[1.0], [-1.0]]), np.zeros(2), features).W.round(3).ravel()
    array([ 1.006, -1.006])
    """
    W, b = _one_model(W, b, features)
    x, shape = np.concatenate([W.ravel(), b]), W.shape
    before = np.inf
    for _ in range(NEWTON_STEPS):
        gradient, hessian = _derivatives(x, shape, features)
        step = -np.linalg.lstsq(
            np.vstack([hessian, _rotations(x, shape)]),
            np.concatenate([gradient, np.zeros(len(_rotations(x, shape)))]),
            rcond=1e-10,
        )[0]
        length = float(np.linalg.norm(step))
        if length > LONGEST:
            return None
        if length < STILL or (length < STALLED and length > 0.5 * before):
            return _at(x + step, shape, features)
        x, before = x + step, length
    return None


def _one_model(W: ArrayLike, b: ArrayLike, features: FeatureDistribution) -> tuple[Array, Array]:
    weights, bias, _, _ = model_arrays(W, b, features)
    if weights.ndim != 2:
        raise ValueError(f"expected one model, W of shape (n, m), got {weights.shape}")
    return weights, bias


def slope(state: Stationary, features_at: FeaturesAt, at: float, step: float = 1e-4) -> float:
    """dL/dt along a branch: the weights may stand still, as the loss is stationary in them.

    >>> digon = local_minimum([[1.0], [-1.0]], [0.0, 0.0], FeatureDistribution(2, 0.1))
    >>> round(slope(digon, lambda p: FeatureDistribution(2, p), 0.1), 6)  # about 2p/3
    0.066211
    """
    step *= abs(at)
    high, low = (
        float(expected_loss(state.W, state.b, features_at(at + side * step), rtol=RTOL))
        for side in (1, -1)
    )
    return (high - low) / (2 * step)


def crossing(
    first: Stationary,
    second: Stationary,
    features_at: FeaturesAt,
    low: float,
    high: float,
    *,
    loss: Loss = lambda W, b, features: float(expected_loss(W, b, features, rtol=RTOL)),
) -> Crossing:
    """The parameter in [low, high] at which two branches have the same loss.

        L_1(t) = L_2(t),   L_k(t) = L(W_k(t), b_k(t); features_at(t))

    first and second are states near the crossing, settled anew at every t that is tried. `loss` is
    the engine that compares: as the states are stationary, any exact engine decides to its full
    accuracy. Raises ValueError if the sign of the difference does not change over the interval, or
    a branch ends inside.
    """
    middle = (low + high) / 2
    settled = []
    for name, state in (("first", first), ("second", second)):
        there = stationary(state.W, state.b, features_at(middle))
        if there is None:
            raise ValueError(
                f"expected a state near {middle:.6g} as {name}, found none; give a closer one"
            )
        settled.append(there)

    def at(t: float) -> tuple[Stationary, Stationary]:
        # always from the middle: near the end of a branch Newton's method may leave it
        one, two = (followed(state, features_at, middle, t) for state in settled)
        return one, two

    def difference(t: float) -> float:
        features = features_at(t)
        one, two = at(t)
        return loss(one.W, one.b, features) - loss(two.W, two.b, features)

    ends = difference(low), difference(high)
    if not ends[0] * ends[1] < 0:
        raise ValueError(
            f"expected the losses to cross between {low:.6g} and {high:.6g}, got differences "
            f"{ends[0]:.3g} and {ends[1]:.3g}; widen the interval"
        )
    t = float(root_scalar(difference, bracket=(low, high), xtol=1e-13, rtol=1e-13).root)
    states = at(t)
    slopes = slope(states[0], features_at, t), slope(states[1], features_at, t)
    return Crossing(t, states, slopes)


def followed(
    state: Stationary, features_at: FeaturesAt, start: float, stop: float, *, halvings: int = 12
) -> Stationary:
    """The state at `stop` of the branch that a state at `start` belongs to.

    In one step of Newton's method if that stays on the branch, else by halves. Raises ValueError
    if the branch ends before.
    """
    there = stationary(state.W, state.b, features_at(stop))
    if there is not None:
        return there
    if not halvings:
        raise ValueError(f"expected the branch to reach {stop:.6g}, it ends near {start:.6g}")
    middle = (start + stop) / 2
    half = followed(state, features_at, start, middle, halvings=halvings - 1)
    return followed(half, features_at, middle, stop, halvings=halvings - 1)


def branch_end(
    state: Stationary, features_at: FeaturesAt, start: float, stop: float, *, step: float = 0.02
) -> BranchEnd | None:
    """Where, on the way from start to stop, a minimum loses its stability; None if it does not.

    The branch is followed by arclength in (W, b, t), so that it can be followed around a fold;
    where the least curvature changes sign is found by bisection. `step` is the length of an arc.
    """
    shape = state.W.shape
    y = np.concatenate([state.W.ravel(), state.b, [start]])
    tangent = _tangent(y, shape, features_at, np.append(np.zeros(len(y) - 1), stop - start))
    while (stop - y[-1]) * (stop - start) > 0:
        arc = step
        after = _along(y, tangent, arc, shape, features_at)
        while after is None and arc > SMALLEST_ARC:
            arc /= 2
            after = _along(y, tangent, arc, shape, features_at)
        if after is None:
            raise ArithmeticError(f"expected the branch to go on at {y[-1]:.6g}; take another step")
        if _least(after, shape, features_at) <= 0:
            return _end(y, tangent, arc, shape, features_at)
        y, tangent = after, _tangent(after, shape, features_at, tangent)
    return None


def _end(y: Array, tangent: Array, arc: float, shape: tuple, features_at: FeaturesAt) -> BranchEnd:
    def least(length: float) -> float:
        point = _along(y, tangent, length, shape, features_at)
        assert point is not None
        return _least(point, shape, features_at)

    length = float(root_scalar(least, bracket=(0.0, arc), xtol=1e-9, rtol=1e-9).root)
    point = _along(y, tangent, length, shape, features_at)
    assert point is not None
    features = features_at(point[-1])
    _, hessian = _derivatives(point[:-1], shape, features)
    values, vectors = _modes(hessian, _rotations(point[:-1], shape))
    direction = vectors[:, np.argmin(values)]
    onwards = _tangent(point, shape, features_at, tangent)
    fold = bool(abs(onwards[:-1] @ direction) > 0.5 * np.linalg.norm(onwards[:-1]))
    return BranchEnd(float(point[-1]), _at(point[:-1], shape, features), fold, direction)


def _along(
    y: Array, tangent: Array, arc: float, shape: tuple, features_at: FeaturesAt
) -> Array | None:
    """The point of the branch whose displacement from y has length `arc` along the tangent."""
    z, before = y + arc * tangent, np.inf
    for _ in range(NEWTON_STEPS):
        gradient, matrix = _bordered(z, shape, features_at)
        rows = np.vstack([matrix, tangent])
        residual = np.append(gradient, tangent @ (z - y) - arc)
        change = -np.linalg.lstsq(rows, residual, rcond=1e-10)[0]
        length = float(np.linalg.norm(change))
        if length > max(LONGEST, 2 * arc):
            return None
        z = z + change
        if length < STILL or (length < STALLED and length > 0.5 * before):
            return z
        before = length
    return None


def _tangent(y: Array, shape: tuple, features_at: FeaturesAt, forward: Array) -> Array:
    """The unit direction of the branch, on the side of `forward`."""
    _, matrix = _bordered(y, shape, features_at)
    direction = np.linalg.svd(matrix)[2][-1]
    return direction * np.sign(direction @ forward)


def _bordered(y: Array, shape: tuple, features_at: FeaturesAt) -> tuple[Array, Array]:
    """The gradient, and its derivative by (W, b, t); zero along rotations by further rows."""
    x, t = y[:-1], float(y[-1])
    gradient, hessian = _derivatives(x, shape, features_at(t))
    dt = PROBE * abs(t)
    change = (
        _gradient(x, shape, features_at(t + dt)) - _gradient(x, shape, features_at(t - dt))
    ) / (2 * dt)
    rotations = _rotations(x, shape)
    still = np.zeros((len(rotations), 1))
    matrix = np.block([[hessian, change[:, None]], [rotations, still]])
    return np.append(gradient, np.zeros(len(rotations))), matrix


def _least(y: Array, shape: tuple, features_at: FeaturesAt) -> float:
    _, hessian = _derivatives(y[:-1], shape, features_at(float(y[-1])))
    return float(_modes(hessian, _rotations(y[:-1], shape))[0].min())


def _at(x: Array, shape: tuple, features: FeatureDistribution) -> Stationary:
    W, b = _split(x, shape)
    _, hessian = _derivatives(x, shape, features)
    loss = float(expected_loss(W, b, features, rtol=RTOL))
    return Stationary(W, b, loss, np.sort(_modes(hessian, _rotations(x, shape))[0]))


def _modes(hessian: Array, rotations: Array) -> tuple[Array, Array]:
    """Eigenvalues and eigenvectors of the Hessian across the rotations."""
    rest = np.linalg.svd(rotations)[2][np.linalg.matrix_rank(rotations) :] if len(rotations) else (
        np.eye(len(hessian))
    )  # fmt: skip
    values, vectors = np.linalg.eigh(rest @ hessian @ rest.T)
    return values, rest.T @ vectors


def _rotations(x: Array, shape: tuple) -> Array:
    """Displacements (m(m−1)/2, nm + n) that a rotation of hidden space begins with."""
    n, m = shape
    W = x[: n * m].reshape(shape)
    rows = []
    for a in range(m):
        for c in range(a + 1, m):
            turned = np.zeros_like(W)
            turned[:, a], turned[:, c] = -W[:, c], W[:, a]
            rows.append(np.append(turned.ravel(), np.zeros(n)))
    return np.array(rows).reshape(len(rows), len(x))


def _derivatives(x: Array, shape: tuple, features: FeatureDistribution) -> tuple[Array, Array]:
    columns = []
    for k in range(len(x)):
        side = np.zeros_like(x)
        side[k] = PROBE
        high, low = (_gradient(x + s * side, shape, features, ROUGH) for s in (1, -1))
        columns.append((high - low) / (2 * PROBE))
    hessian = np.array(columns)
    return _gradient(x, shape, features), (hessian + hessian.T) / 2


def _gradient(x: Array, shape: tuple, features: FeatureDistribution, rtol: float = RTOL) -> Array:
    _, dW, db = expected_loss_and_gradient(*_split(x, shape), features, rtol=rtol)
    return np.concatenate([dW.ravel(), db])


def _split(x: Array, shape: tuple) -> tuple[Array, Array]:
    count = shape[0] * shape[1]
    return x[:count].reshape(shape), x[count:]
