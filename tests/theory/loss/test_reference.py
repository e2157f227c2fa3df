import math
from fractions import Fraction

import numpy as np
import pytest

from theory import (
    FeatureDistribution,
    exact_reference_loss,
    expected_loss,
    linear_loss,
    rational_loss,
)


def _first_output(weights, bias, density):
    """A model whose first output has just these overlaps, and the other outputs no importance."""
    weights = np.array(weights, float)
    n = len(weights)
    W = weights[:, None] / weights[0]
    W[0] = 1
    features = FeatureDistribution(n, density, [1.0] + [0.0] * (n - 1))
    return W * math.sqrt(weights[0]), np.full(n, float(bias)), features


def _assert_exact(W, b, features, rel=1e-12):
    exact = rational_loss(W, b, features)
    found = exact_reference_loss(W, b, features)
    assert abs(Fraction(found) - exact) <= Fraction(rel) * exact


@pytest.mark.parametrize("seed", range(60))
def test_ill_scaled_outputs_cost_what_exact_fractions_say(seed):
    rng = np.random.default_rng([21, seed])
    n = int(rng.integers(2, 6))
    span = (0, 2, 8)[seed % 3]
    weights = rng.standard_normal(n) * 10 ** -rng.uniform(0, span, n)
    weights[0] = 4.0 ** rng.integers(-2, 2)
    bias = 0.0 if seed % 4 == 0 else rng.standard_normal() * 10 ** -rng.uniform(0, 4)
    density = 10 ** rng.uniform(-2.5, 0, n)
    density[: seed % 5] = 1
    _assert_exact(*_first_output(weights, bias, density))


@pytest.mark.parametrize("density", [1.0, 0.3, 0.03, 0.003])
@pytest.mark.parametrize("tiny", [1e-2, 1e-4, 1e-6, 1e-8])
def test_a_digon_with_its_vertex_on_the_kink_and_tiny_partners_is_exact(density, tiny):
    _assert_exact(*_first_output([1, -1, tiny, -0.6 * tiny, 0.3 * tiny], 0, density))


@pytest.mark.parametrize("bias", [0.0, 0.3, -0.2])
@pytest.mark.parametrize("tiny", [1e-15, 1e-17, 1e-100])
def test_partners_below_rounding_are_harmless(tiny, bias):
    _assert_exact(*_first_output([1, -0.7, tiny, -tiny, 0.3 * tiny], bias, 0.1))
    _assert_exact(*_first_output([1, tiny, -tiny], bias, 0.1))


@pytest.mark.parametrize("seed", range(12))
def test_models_in_general_position_cost_what_exact_fractions_say(seed):
    rng = np.random.default_rng([22, seed])
    n, m = int(rng.integers(2, 6)), int(rng.integers(1, 4))
    density = rng.uniform(0.003, 1, n)
    density[: seed % 3] = 1
    features = FeatureDistribution(n, density, 10 ** rng.uniform(-1, 1, n))
    _assert_exact(rng.standard_normal((n, m)), 0.3 * rng.standard_normal(n), features)


@pytest.mark.parametrize(("n", "density"), [(20, 0.3), (20, 1.0), (40, 0.05), (60, 0.3)])
def test_many_partners_on_a_lattice_are_exact(n, density):
    rng = np.random.default_rng(n)
    weights = np.append(1.0, rng.choice([-0.5, -0.25, 0.25, 0.5], n - 1))
    exact = _lattice_output(weights.tolist(), Fraction(-1, 8), Fraction(density))
    found = exact_reference_loss(*_first_output(weights, -0.125, density))
    assert abs(Fraction(found) - exact) <= Fraction(1e-12) * exact


def _lattice_output(weights, bias, p):
    """The loss of one output with own weight 1, by truncated powers of z, in whole numbers."""
    unit = 2**60  # p and p/w are whole multiples of its inverse
    q, p = unit - int(p * unit), int(p * unit)
    terms = {(bias, 0): 1}
    for w in map(Fraction, weights[1:]):
        terms = _times(
            terms, {(Fraction(0), 0): q, (w, 1): int(p / w), (Fraction(0), 1): -int(p / w)}
        )
    one, zero = Fraction(1), Fraction(0)
    square = _times(terms, {(zero, 0): q, (one, 1): p, (zero, 1): -p})
    cross = _times(terms, {(one, 1): p, (one, 2): -p, (zero, 2): p})
    total = _positive(square, 2) - 2 * _positive(cross, 1)
    return Fraction(p, 3 * unit) + total / unit ** len(weights)


def _times(left, right):
    product = {}
    for (s, j), x in left.items():
        for (t, k), y in right.items():
            product[s + t, j + k] = product.get((s + t, j + k), 0) + x * y
    return product


def _positive(terms, a):
    return sum(
        c * s ** (k + a) * math.factorial(a) / math.factorial(k + a)
        for (s, k), c in terms.items()
        if s > 0
    )


@pytest.mark.parametrize(("n", "m", "density"), [(100, 20, 1.0), (100, 20, 0.1), (60, 10, 0.01)])
def test_larger_models_cost_what_the_fast_engine_says(n, m, density):
    rng = np.random.default_rng([n, m])
    W = rng.standard_normal((n, m))
    W /= np.linalg.norm(W, axis=1, keepdims=True)
    W[n // 2 :] *= 0.003  # features that were not learned
    features = FeatureDistribution(n, density, [1.0] * 6 + [0.0] * (n - 7) + [1.0])
    b = np.full(n, -0.1)
    assert exact_reference_loss(W, b, features, rtol=1e-10) == pytest.approx(
        expected_loss(W, b, features, rtol=1e-10), rel=1e-8
    )


def test_a_looser_tolerance_is_kept():
    rng = np.random.default_rng(7)
    W, b = rng.standard_normal((30, 6)) / 3, np.full(30, -0.05)
    features = FeatureDistribution(30, 0.2, [1.0] * 3 + [0.0] * 27)
    exact = exact_reference_loss(W, b, features)
    for rtol in (1e-4, 1e-7, 1e-10):
        assert exact_reference_loss(W, b, features, rtol=rtol) == pytest.approx(exact, rel=rtol)


def test_digits_that_cannot_be_had_are_refused_in_one_line():
    rng = np.random.default_rng(8)
    features = FeatureDistribution(8, 0.3)
    with pytest.raises(ArithmeticError, match=r"output 0 to 1e-18, reached .*rtol") as caught:
        exact_reference_loss(rng.standard_normal((8, 3)), np.zeros(8), features, rtol=1e-18)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("density", [1.0, 0.2])
def test_outputs_that_are_always_active_cost_what_the_linear_model_does(density):
    rng = np.random.default_rng(12)
    W, b = rng.uniform(0, 1, (12, 3)), rng.uniform(0, 1, 12)
    features = FeatureDistribution(12, density, rng.uniform(0, 2, 12))
    assert exact_reference_loss(W, b, features) == pytest.approx(
        linear_loss(W, b, features), rel=1e-12
    )


def test_outputs_and_instances_broadcast_as_in_the_fast_engine():
    rng = np.random.default_rng(2)
    W, b = rng.standard_normal((2, 1, 3, 2)), rng.standard_normal((4, 3))
    features = FeatureDistribution(3, [[0.1], [0.2], [0.5], [1.0]], [1.0, 0.0, 2.0])
    rows = exact_reference_loss(W, b, features, per_feature=True)
    assert rows.shape == (2, 4, 3)
    assert (rows[..., 1] == 0).all()
    loss = exact_reference_loss(W, b, features)
    np.testing.assert_array_equal(loss, rows.sum(axis=-1))
    assert loss[1, 2] == exact_reference_loss(W[1, 0], b[2], features[2])
    np.testing.assert_allclose(loss, expected_loss(W, b, features), rtol=1e-7)


def test_what_does_not_fit_is_refused_in_one_line():
    features = FeatureDistribution(2, 0.5)
    with pytest.raises(ValueError, match=r"expected b of shape \(\.\.\., 2\), got \(1,\)"):
        exact_reference_loss(np.eye(2), [0.0], features)
    with pytest.raises(ValueError, match="finite number"):
        exact_reference_loss(1e200 * np.eye(2), [0.0, 0.0], features)
    with pytest.raises(ValueError, match="expected rtol"):
        exact_reference_loss(np.eye(2), [0.0, 0.0], features, rtol=0.0)
    object.__setattr__(features, "groups", ((0, 1),))
    with pytest.raises(ValueError, match="expected independent features") as caught:
        exact_reference_loss(np.eye(2), [0.0, 0.0], features)
    assert "\n" not in str(caught.value)
