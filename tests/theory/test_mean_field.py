"""The mean field against sampled codes, quadrature and its own limits."""

import numpy as np
import pytest
from scipy.integrate import quad

from theory import (
    FeatureDistribution,
    expected_loss,
    gaussian_error,
    mean_field,
    random_code,
    random_code_loss,
)


def _losses(W, bias, p):
    """Exact losses of the features, with biases that take off the mean interference."""
    G = W @ W.T
    b = bias - (G.sum(axis=1) - np.diag(G)) * p / 2
    features = FeatureDistribution(len(W), p)
    return np.asarray(expected_loss(W, b, features, per_feature=True, rtol=1e-6))


def _directions(n, m, seed):
    W = np.random.default_rng(seed).standard_normal((n, m))
    return W / np.linalg.norm(W, axis=1, keepdims=True)


def _tight_frame(n, m, seed):
    """Unit vectors with W ᵀ W = n/m, by alternating projections (Tropp et al. 2005)."""
    W = _directions(n, m, seed)
    for _ in range(300):
        left, _, right = np.linalg.svd(W, full_matrices=False)
        W = left @ right
        W /= np.linalg.norm(W, axis=1, keepdims=True)
    return W


@pytest.mark.parametrize(
    ("n", "m", "p", "scale", "bias"),
    [(60, 30, 0.3, 1.0, 0.05), (100, 12, 0.1, 1.05, -0.2), (90, 20, 0.01, 1.2, -0.4),
     (10, 3, 0.5, 0.9, 0.2), (6, 2, 0.9, 0.8, 0.2)],
)  # fmt: skip
def test_random_code_loss_is_the_mean_over_sampled_codes(n, m, p, scale, bias):
    means = [_losses(scale * _directions(n, m, seed), bias, p).mean() for seed in range(1200 // n)]
    error = np.std(means, ddof=1) / np.sqrt(len(means))
    assert error < 0.02 * np.mean(means)
    assert random_code_loss(n, m, p, scale, bias) == pytest.approx(np.mean(means), abs=4 * error)


@pytest.mark.parametrize(("p", "bias"), [(0.3, 0.0), (0.7, 0.2), (0.1, -0.2)])
def test_two_random_features_are_the_integral_over_their_angle(p, bias):
    # in three dimensions the overlap of two directions is uniform
    def at(c):
        return _losses(np.array([[1.0, 0.0], [c, np.sqrt(1 - c * c)]]), bias, p)[0]

    integral = quad(at, -1, 1, points=[0.0], epsrel=1e-6)[0] / 2
    assert random_code_loss(2, 3, p, 1.0, bias) == pytest.approx(integral, rel=2e-4)


def test_three_random_features_in_the_plane_are_the_integral_over_their_angles():
    p, scale, bias, steps = 0.5, 0.9, 0.1, 30
    angles = (np.arange(steps) + 0.5) * 2 * np.pi / steps
    first, second = np.meshgrid(angles, angles)
    polar = np.stack([np.zeros_like(first), first, second], axis=-1)
    W = scale * np.stack([np.cos(polar), np.sin(polar)], axis=-1)
    losses = [_losses(one, bias, p)[0] for one in W.reshape(-1, 3, 2)]
    assert random_code_loss(3, 2, p, scale, bias) == pytest.approx(np.mean(losses), rel=1e-5)


@pytest.mark.parametrize("p", [0.5, 0.2])
def test_mean_field_is_the_loss_of_tight_frames_that_spread_their_overlaps(p):
    limit = mean_field(p)
    m = 50
    n = round(limit.features_per_dimension * m)
    W = limit.scale * _tight_frame(n, m, seed=0)
    assert _losses(W, limit.bias, p).mean() == pytest.approx(limit.loss_per_feature, rel=0.01)


@pytest.mark.parametrize("p", [0.9, 0.3, 0.05, 0.005])
def test_no_other_scale_bias_or_number_of_features_is_better(p):
    limit = mean_field(p)
    variance = p / 3 - p**2 / 4
    rng = np.random.default_rng(0)
    normal = rng.standard_normal(1_000_000)
    x = np.where(rng.random(normal.size) < p, rng.random(normal.size), 0.0)

    def gain(alpha, own, bias):
        spread = own * np.sqrt((alpha - 1) * variance)
        squares = (x - np.maximum(own * x + bias + spread * normal, 0)) ** 2
        gain = alpha * (1 - squares / variance)
        return gain.mean(), gain.std() / np.sqrt(gain.size)

    best = (limit.features_per_dimension, limit.scale**2, limit.bias)
    sampled, error = gain(*best)
    assert limit.gain_per_dimension == pytest.approx(sampled, abs=4 * error)
    for step in np.vstack([0.2 * np.eye(3), -0.2 * np.eye(3)]):
        alpha, own, bias = best
        other = (1 + (alpha - 1) * np.exp(step[0]), own * np.exp(step[1]), bias + step[2])
        assert gain(*other)[0] < sampled


def test_mean_field_gains_more_than_a_dedicated_feature_and_ever_more_as_features_grow_sparse():
    densities = [0.99, 0.7, 0.4, 0.1, 0.03, 0.01, 0.001]
    gains = [mean_field(p).gain_per_dimension for p in densities]
    dimensions = [mean_field(p).dimensions_per_feature for p in densities]
    assert gains[0] > 1
    assert (np.diff(gains) > 0).all() and (np.diff(dimensions) < 0).all()


def test_gaussian_error_falls_as_more_are_active_at_once():
    errors = [abs(gaussian_error(5 * m, m, 0.05, 1.0, -0.3)) for m in (10, 30, 100, 300, 3000)]
    assert (np.diff(errors) < 0).all()
    assert errors[0] > 0.1 and errors[-1] < 0.001


def test_mean_field_refuses_sizes_at_which_interference_is_not_gaussian():
    assert mean_field(0.2, 30) == mean_field(0.2)
    with pytest.raises(ValueError, match=r"off by at most 2% of the loss, got -\d+") as caught:
        mean_field(0.02, 30)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("p", "n"), [(0.2, 400), (0.02, 150)])
def test_random_code_is_at_most_as_good_as_a_tight_frame_and_keeps_to_its_features(p, n):
    code = random_code(p, n, 30)
    assert code.features_per_dimension <= n / 30 * (1 + 1e-12)
    loss = random_code_loss(30 * code.features_per_dimension, 30, p, code.scale, code.bias)
    assert code.loss_per_feature == pytest.approx(loss, rel=1e-9)
    assert 0.9 < code.gain_per_dimension < mean_field(p).gain_per_dimension


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mean_field(0.0), r"density 1 − S in \(0, 1\), got 0"),
        (lambda: mean_field(1.0), r"density 1 − S in \(0, 1\), got 1"),
        (lambda: random_code(0.1, 1, 30), "n_features to be a whole number ≥ 2, got 1"),
        (lambda: random_code_loss(1, 30, 0.1, 1.0, 0.0), r"n_features > 1 and ≤ 1e\+09, got 1"),
        (lambda: random_code_loss(10, 1, 0.1, 1.0, 0.0), "n_hidden to be a whole number ≥ 2"),
    ],
)
def test_bad_arguments_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
