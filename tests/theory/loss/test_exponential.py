"""Exponential amplitudes against partial fractions of many digits, quadrature and Monte Carlo."""

from itertools import product

import mpmath
import numpy as np
import pytest
from numpy.typing import ArrayLike
from scipy.integrate import quad

from theory import (
    CorrelatedSet,
    FeatureDistribution,
    compare,
    exact_reference_loss,
    expected_loss,
    expected_loss_and_gradient,
    linear_loss,
    linear_optimum,
    mean_norm,
    rational_loss,
)
from theory.loss.exponential_loss import CONTOUR, contour_workspace, exponential_row_loss
from theory.loss.model_loss import output_losses
from theory.loss.row_loss import FINE, SEARCH

DIGITS = 150
APART = mpmath.mpf(10) ** -25  # equal rates are moved apart by this, relative


def _exponential(n, density, importance: ArrayLike = 1.0):
    return FeatureDistribution(n, density, importance, "exponential")


def _positive_part(weights, b, power):
    """E (b + Σ g_j x_j)₊^power for independent Exp(1), by partial fractions of the transform."""
    g = []
    for weight in weights:
        x = mpmath.mpf(weight)
        while any(x == other for other in g):
            x *= 1 + APART
        if x:
            g.append(x)
    if b > 0:  # the whole moment less that of the negative part
        mean, square = mpmath.fsum(g), mpmath.fsum(x * x for x in g)
        whole = b + mean if power == 1 else square + (b + mean) ** 2
        return whole - (-1) ** power * _tail([-x for x in g], -b, power)
    return _tail(g, b, power)


def _tail(g, b, power):
    total = mpmath.mpf(0)
    for k, x in enumerate(g):
        if x > 0:
            share = mpmath.fprod(x / (x - y) for j, y in enumerate(g) if j != k)
            total += share * mpmath.factorial(power) * x**power * mpmath.exp(b / x)
    return total


def _output(i, g, b, p):
    """The loss of one output as a sum over which features are active.

    x_i e^{-x_i} is the density of a sum of two Exp(1), so that x_i ReLU(z) has the mean of
    ReLU(z + a x), x another Exp(1).
    """
    loss = 2 * p[i]
    for on in product((False, True), repeat=len(g)):
        chance = mpmath.fprod(q if x else 1 - q for q, x in zip(p, on, strict=True))
        if chance:
            active = [x for x, y in zip(g, on, strict=True) if y]
            loss += chance * _positive_part(active, b, 2)
            if on[i]:
                loss -= 2 * chance * _positive_part([*active, g[i]], b, 1)
    return loss


def _many_digits(values):
    return [mpmath.mpf(x) for x in np.asarray(values).tolist()]


def _oracle(W, b, features):
    with mpmath.workdps(DIGITS):
        rows = [_many_digits(row) for row in W]
        overlaps = [[mpmath.fdot(row, other) for other in rows] for row in rows]
        bias, p, importance = map(_many_digits, (b, features.density, features.importance))
        losses = [_output(i, g, bias[i], p) for i, g in enumerate(overlaps)]
        return float(mpmath.fdot(importance, losses))


def _sampled(W, b, features, samples, rng):
    shape = (samples, features.n_features)
    x = np.where(rng.random(shape) < features.density, rng.exponential(size=shape), 0)
    out = np.maximum(x @ W @ W.T + b, 0)
    return ((x - out) ** 2) @ features.importance


def _mean(function, kink):
    """E f(x) over x ~ Exp(1), by quadrature that knows of one kink."""
    at = [min(max(kink, 0), 60)]
    return quad(lambda x: function(x) * np.exp(-x), 0, 60, points=at, epsabs=1e-10, limit=200)[0]


@pytest.mark.parametrize("bias", [-0.2, 0.0, 0.15])
def test_loss_and_oracle_are_what_quadrature_makes_of_the_definition(bias):
    W, b, p = np.array([[0.9], [-0.7]]), np.array([bias, 0.1]), (0.4, 0.8)
    expected = 0.0
    for i in range(2):
        a, g, c, q, r = W[i, 0] ** 2, W[0, 0] * W[1, 0], b[i], p[i], p[1 - i]

        def loss(x, y, a=a, g=g, c=c):
            return (x - max(a * x + g * y + c, 0)) ** 2

        def over_partner(x, a=a, g=g, c=c, loss=loss):
            return _mean(lambda y: loss(x, y), -(a * x + c) / g)

        expected += (1 - q) * (1 - r) * loss(0, 0)
        expected += q * (1 - r) * _mean(lambda x, loss=loss: loss(x, 0), -c / a)
        expected += (1 - q) * r * over_partner(0)
        expected += q * r * _mean(over_partner, -c / a)
    features = _exponential(2, p)
    assert _oracle(W, b, features) == pytest.approx(expected, rel=1e-9)
    assert expected_loss(W, b, features) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("seed", range(24))
def test_loss_is_the_oracles_in_general_position(seed):
    rng = np.random.default_rng([5, seed])
    n, m = int(rng.integers(1, 5)), int(rng.integers(1, 4))
    W = 10 ** rng.uniform(-2, 0.3) * rng.standard_normal((n, m))
    b = 0.3 * np.abs(W).max() * rng.standard_normal(n)
    density = 10 ** rng.uniform(-3, 0, n)
    density[: seed % 3] = 1
    features = _exponential(n, density, 10 ** rng.uniform(-1, 1, n))
    assert expected_loss(W, b, features) == pytest.approx(_oracle(W, b, features), rel=1e-11)


@pytest.mark.parametrize("own", [-0.8, -1e-7, 0.0, 1e-9, 1e-4])
@pytest.mark.parametrize("bias", [0.0, -0.2, 0.2])
def test_an_output_may_have_any_own_weight(own, bias):
    g, density = np.array([own, 0.4, -0.3]), np.array([0.3, 1.0, 0.1])
    slope, scratch = np.empty(3), contour_workspace(3, CONTOUR)
    loss, to_b = exponential_row_loss(0, g, bias, density, FINE, scratch, slope)
    with mpmath.workdps(DIGITS):
        g, p, b = _many_digits(g), _many_digits(density), mpmath.mpf(bias)
        h = mpmath.mpf(10) ** -40
        assert loss == pytest.approx(float(_output(0, g, b, p)), rel=1e-10)
        ahead = _output(0, g, b + (h if bias > 0 else 0), p)
        back = _output(0, g, b - (0 if bias > 0 else h), p)
        assert to_b == pytest.approx(float((ahead - back) / h), rel=1e-8)
        for j in range(3):
            turned = [x + h * (j == k) for k, x in enumerate(g)]
            expected = (_output(0, turned, b, p) - _output(0, g, b, p)) / h
            assert slope[j] == pytest.approx(float(expected), rel=1e-8, abs=1e-12)


@pytest.mark.parametrize("density", [1.0, 0.3, 0.001])
@pytest.mark.parametrize(
    "W",
    [
        [[1.0], [-1.0], [0.0], [0.0]],  # a digon, whose kink lies on its vertex, and zero rows
        [[1.0], [1.0], [-1.0], [-1.0]],  # equal weights
        [[1.0], [1.0 + 1e-9], [-1.0], [0.5]],  # nearly equal
        [[1.0], [-1.0], [1e-3], [-6e-4]],  # a kink blurred by small weights
        [[1.0], [-1.0], [1e-5], [-6e-6]],
        [[1e-4], [2e-4], [-1e-4], [3e-4]],  # a small start
        [[3.0], [30.0], [-0.1], [0.01]],
    ],
)
@pytest.mark.parametrize("bias", [0.0, -0.05, 0.05])
def test_loss_is_the_oracles_where_weights_coincide_or_vanish(W, density, bias):
    W, b = np.array(W), np.full(4, bias)
    features = _exponential(4, density)
    assert expected_loss(W, b, features) == pytest.approx(_oracle(W, b, features), rel=2e-10)


def test_a_digon_costs_its_density_squared():
    # x₁ − ReLU(x₁ − x₂) = min (x₁, x₂), of mean square 1/2
    for density in (1.0, 0.1, 1e-3, 1e-6):
        loss = expected_loss([[1.0], [-1.0]], [0.0, 0.0], _exponential(2, density))
        assert loss == pytest.approx(density**2, rel=1e-9)


def test_an_output_that_is_always_active_costs_what_a_linear_one_does():
    rng = np.random.default_rng(0)
    W, b = rng.uniform(0, 1, (6, 3)), rng.uniform(0, 1, 6)
    features = _exponential(6, rng.uniform(0.1, 1, 6), rng.uniform(0, 1, 6))
    assert expected_loss(W, b, features) == pytest.approx(linear_loss(W, b, features), rel=1e-14)


@pytest.mark.parametrize("density", [1.0, 0.8])
@pytest.mark.parametrize("n", [60, 200])
@pytest.mark.parametrize("bias", [-0.1, 0.1])
def test_outputs_that_are_nearly_always_active_cost_what_linear_ones_do(n, density, bias):
    # z is 5 standard deviations above 0 or more: few terms must be as right as many
    W, b = np.full((n, 1), (8 / n) ** 0.5), np.full(n, bias)
    W[0] *= -1e-4  # one weight of the other sign, and a pole on the other side
    features = _exponential(n, density)
    residual = np.eye(n) - W @ W.T
    expected = residual**2 @ features.variance + (residual @ features.mean - b) ** 2
    found = output_losses(W, b, features.density.copy(), CONTOUR, SEARCH)
    assert found[1:] == pytest.approx(expected[1:], rel=1e-6)
    all_terms = np.asarray(expected_loss(W, b, features, per_feature=True))
    assert all_terms[1:] == pytest.approx(expected[1:])


def test_an_output_that_is_never_active_costs_its_second_moment():
    features = _exponential(3, 0.2)
    loss = expected_loss(np.zeros((3, 2)), -np.ones(3), features, per_feature=True)
    assert loss == pytest.approx(np.full(3, 0.4), rel=1e-15)


@pytest.mark.parametrize(
    ("n", "m", "density"), [(20, 5, 0.3), (20, 5, 0.05), (20, 5, 1.0), (60, 8, 1.0)]
)
def test_loss_is_within_four_standard_errors_of_monte_carlo(n, m, density):
    rng = np.random.default_rng([n, int(100 * density)])
    W = rng.standard_normal((n, m))
    W /= np.linalg.norm(W, axis=1, keepdims=True)
    b = -density * rng.uniform(0, 1, n)
    features = _exponential(n, density * rng.uniform(0.5, 1, n) if density < 1 else 1.0)
    sampled = _sampled(W, b, features, 4_000_000 // n, rng)
    deviation = sampled.std() / np.sqrt(len(sampled))
    assert abs(sampled.mean() - expected_loss(W, b, features)) <= 4 * deviation


@pytest.mark.parametrize("density", [1.0, 0.3, 0.001])
@pytest.mark.parametrize(("n", "m"), [(3, 1), (5, 2), (30, 6)])
def test_gradient_is_that_of_the_loss(n, m, density):
    rng = np.random.default_rng([n, 7])
    W, b = rng.standard_normal((n, m)), 0.3 * rng.standard_normal(n)
    features = _exponential(n, density, rng.uniform(0, 1, n))
    _, dW, db = expected_loss_and_gradient(W, b, features)
    step = 1e-4
    for _ in range(4):
        along_W, along_b = rng.standard_normal((n, m)), rng.standard_normal(n)
        ahead, back = (
            expected_loss(W + t * along_W, b + t * along_b, features, rtol=1e-12)
            for t in (step, -step)
        )
        slope = (dW * along_W).sum() + (db * along_b).sum()
        assert (ahead - back) / (2 * step) == pytest.approx(slope, rel=1e-5, abs=1e-5 * density)


def test_instances_are_what_they_are_alone():
    rng = np.random.default_rng(1)
    W, b = rng.standard_normal((4, 2)), rng.standard_normal(4)
    density = np.array([1.0, 0.1])
    losses = np.asarray(expected_loss(W, b, _exponential(4, density[:, None])))
    alone = [expected_loss(W, b, _exponential(4, p)) for p in density]
    assert losses.tolist() == alone


def test_moments_are_those_of_samples():
    features = _exponential(2, [0.3, 1.0])
    rng = np.random.default_rng(0)
    x = np.where(rng.random((10**6, 2)) < features.density, rng.exponential(size=(10**6, 2)), 0)
    assert x.mean(axis=0) == pytest.approx(features.mean, abs=0.005)
    assert np.cov(x.T) == pytest.approx(features.covariance, abs=0.02)
    assert np.diag(features.covariance) == pytest.approx(features.variance)
    assert np.linalg.norm(x, axis=1).mean() == pytest.approx(float(mean_norm(features)), rel=0.005)
    W, b = linear_optimum(features, 1)
    assert linear_loss(W, b, features) == pytest.approx(0.3 * 1.7)  # the variance of the other


def test_what_is_known_of_uniform_amplitudes_alone_is_refused_in_one_line():
    features = _exponential(2, 0.1)
    W, b = [[1.0], [-1.0]], [0.0, 0.0]
    for refuse in (exact_reference_loss, rational_loss, compare):
        with pytest.raises(ValueError, match=r"expected .*uniform amplitudes") as caught:
            refuse(W, b, features)
        assert "\n" not in str(caught.value)
    with pytest.raises(ValueError, match="expected amplitude 'uniform' for features in sets"):
        FeatureDistribution(2, 0.1, 1.0, "exponential", (CorrelatedSet((0, 1)),))
    with pytest.raises(
        ValueError, match="'uniform' or 'exponential', got 'power'; a power law has"
    ):
        FeatureDistribution(2, 0.1, amplitude="power")


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e160])
def test_what_is_no_number_comes_out_as_none(bad):
    W, b = np.random.default_rng(0).standard_normal((4, 2)), np.full(4, -0.1)
    W[1, 0] = bad
    losses = output_losses(W, b, np.full(4, 0.3), CONTOUR, SEARCH)
    assert not np.isfinite(losses.sum())


def test_weights_whose_loss_is_no_float_are_refused():
    with pytest.raises(ValueError, match="expected weights whose loss is a finite number"):
        expected_loss([[1e200], [-1e200]], [0.0, 0.0], _exponential(2, 0.1))
    tiny = expected_loss([[1e-200], [-1e-200]], [0.0, 0.0], _exponential(2, 0.1))
    assert tiny == pytest.approx(0.4)
