"""Attacks against closed forms, sampled inputs and each other."""

import numpy as np
import pytest

from geometry import dimensionality, template
from theory import (
    CorrelatedSet,
    FeatureDistribution,
    attack_bound,
    attacked_loss,
    expected_loss,
    feature_attacks,
    mean_norm,
    output_gain,
    vulnerability,
    worst_attack,
)

DIGON = np.array([[1.0], [-1.0]])


def _random_model(n, m, seed=0):
    rng = np.random.default_rng(seed)
    return 0.7 * rng.standard_normal((n, m)), 0.2 * rng.standard_normal(n)


def _inputs(features, size, seed):
    rng = np.random.default_rng(seed)
    on = rng.random((size, features.n_features)) < features.density
    return np.where(on, rng.random(on.shape), 0.0)


def _sampled(W, b, features, attacks, size=400_000):
    """Squared errors of the inputs under attacks (n,) or (size, n)."""
    x = _inputs(features, size, seed=1)
    output = np.maximum((x + attacks) @ W @ W.T + b, 0.0)
    return (features.importance * (x - output) ** 2).sum(axis=1)


def test_gain_is_the_squared_norm_over_the_root_of_the_dimensionality():
    W, _ = _random_model(7, 3)
    expected = (W**2).sum(axis=1) / np.sqrt(dimensionality(W))
    np.testing.assert_allclose(output_gain(W), expected, rtol=1e-12)


def test_no_direction_moves_an_output_more_than_its_candidate():
    W, _ = _random_model(6, 3)
    G = W @ W.T
    own = np.einsum("ij,ij->i", feature_attacks(W, 1.0), G)
    np.testing.assert_allclose(own, output_gain(W), rtol=1e-12)
    unit = np.random.default_rng(1).standard_normal((1000, 6))
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    assert ((unit @ G).max(axis=0) < own).all()


@pytest.mark.parametrize("groups", [(), (CorrelatedSet((0, 1, 2)),)])
def test_attacked_loss_is_the_mean_over_inputs_that_are_shifted(groups):
    W, b = _random_model(6, 3)
    features = FeatureDistribution(6, 0.3, 0.8 ** np.arange(6), groups=groups)
    attack = feature_attacks(W, 0.4)[1]
    if groups:  # together on, values independent
        x = _inputs(features, 400_000, seed=2)
        rng = np.random.default_rng(3)
        x[:, :3] = np.where(rng.random((len(x), 1)) < 0.3, rng.random((len(x), 3)), 0.0)
        output = np.maximum((x + attack) @ W @ W.T + b, 0.0)
        squares = (features.importance * (x - output) ** 2).sum(axis=1)
    else:
        squares = _sampled(W, b, features, attack)
    error = squares.std() / np.sqrt(len(squares))
    assert attacked_loss(W, b, features, attack) == pytest.approx(squares.mean(), abs=4 * error)
    assert attacked_loss(W, b, features, 0 * attack) == pytest.approx(expected_loss(W, b, features))


@pytest.mark.parametrize("size", [0.05, 0.3])
def test_attack_on_a_digon_has_a_closed_form(size):
    # p → 0, the input 0 alone: the attack (λ, −λ)/√2 moves the outputs to √2 λ and below 0
    features = FeatureDistribution(2, 1e-7)
    attack = feature_attacks(DIGON, size)[0]
    assert attacked_loss(DIGON, [0.0, 0.0], features, attack) == pytest.approx(
        2 * size**2, rel=1e-5
    )


def test_bound_holds_for_attacks_chosen_input_by_input():
    W, b = _random_model(6, 3)
    features = FeatureDistribution(6, 0.3, 0.8 ** np.arange(6))
    bound = attack_bound(W, b, features, 0.4)
    top = np.linalg.svd(np.sqrt(features.importance)[:, None] * (W @ W.T))[2][0]
    per_input = np.maximum(
        _sampled(W, b, features, 0.4 * top), _sampled(W, b, features, -0.4 * top)
    )
    assert expected_loss(W, b, features) < per_input.mean() < bound


def test_bound_is_reached_where_every_output_is_on():
    # a large bias: the model is linear, and its error grows along the first singular vector
    W = np.array([[1.0, 0.0], [0.0, 1.0]])
    features = FeatureDistribution(2, 1.0)
    b = np.array([3.0, 0.0])
    found = worst_attack(W, b, features, 0.5, starts=4)
    assert found.loss == pytest.approx(attack_bound(W, b, features, 0.5), rel=1e-6)
    np.testing.assert_allclose(found.attack, [0.5, 0.0], atol=1e-3)


def test_worst_attack_beats_the_candidates_and_a_scan_of_directions():
    W, b = _random_model(5, 2, seed=4)
    features = FeatureDistribution(5, 0.2, 0.8 ** np.arange(5))
    found = worst_attack(W, b, features, 0.3, starts=8)
    assert np.linalg.norm(found.attack) <= 0.3 * (1 + 1e-12)
    assert found.loss == pytest.approx(attacked_loss(W, b, features, found.attack), rel=1e-6)
    candidates = np.asarray(attacked_loss(W, b, features, feature_attacks(W, 0.3)))
    assert found.loss >= candidates.max() * (1 - 1e-9)
    angle = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    q = np.linalg.qr(W)[0]  # what is orthogonal to the columns of W is not seen
    scan = 0.3 * np.stack([np.cos(angle), np.sin(angle)], axis=1) @ q.T
    losses = np.asarray(attacked_loss(W, b, features, scan))
    assert losses.max() * (1 - 1e-6) <= found.loss <= attack_bound(W, b, features, 0.3)
    assert found.loss <= losses.max() * (1 + 1e-3)
    assert 1 <= found.reached_by <= found.starts == 8


def test_nothing_can_be_done_to_a_model_that_represents_nothing():
    features = FeatureDistribution(3, 0.2)
    W, b = np.zeros((3, 2)), features.mean
    found = worst_attack(W, b, features, 0.5, starts=4)
    assert found.loss == pytest.approx(features.variance.sum())
    assert not found.attack.any()
    assert vulnerability(W, b, features).ratio == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("p", [1.0, 0.1])
def test_ratio_of_a_model_without_superposition_is_one(p):
    W = np.eye(6)[:, :3]
    features = FeatureDistribution(6, p, 0.9 ** np.arange(6))
    found = vulnerability(W, np.where(np.arange(6) < 3, 0.0, features.mean), features)
    assert found.feature == 0
    assert found.ratio == pytest.approx(1.0, abs=1e-6)
    assert found.norm == pytest.approx(0.1 * float(mean_norm(features)))


@pytest.mark.parametrize(
    ("name", "expected"), [("digon", 2.0), ("pentagon", 2.5 * (1 + 2 * np.cos(0.4 * np.pi) ** 2))]
)
def test_long_attack_costs_the_features_per_dimension_and_what_spills_on_neighbours(name, expected):
    # sparse inputs, no biases: the attack moves feature 0 and every output it points towards
    W = template(name).vertices
    n = len(W)
    found = vulnerability(W, np.zeros(n), FeatureDistribution(n, 1e-4), relative_norm=1e4)
    assert found.ratio == pytest.approx(expected, rel=0.01)


def test_vulnerability_is_that_of_the_worst_candidate():
    W, b = _random_model(5, 2)
    features = FeatureDistribution(5, 0.3)
    found = vulnerability(W, b, features)
    losses = np.asarray(attacked_loss(W, b, features, feature_attacks(W, found.norm)))
    assert found.feature == np.argmax(losses)
    rise = losses.max() - expected_loss(W, b, features)
    assert found.ratio == pytest.approx(rise / found.norm**2, rel=1e-5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda W, b, f: vulnerability(W, b, f, relative_norm=0.0), "norm of the attack"),
        (lambda W, b, f: vulnerability(W, b, FeatureDistribution(2, [[0.1]])), "index one"),
        (lambda W, b, f: vulnerability(W, b, FeatureDistribution(2, 0.1, 0.0)), "importance"),
        (lambda W, b, f: vulnerability(np.stack([W, W]), b, f), "one by one"),
        (lambda W, b, f: worst_attack(W, b, f, np.nan), "norm of the attack"),
        (lambda W, b, f: worst_attack(W, b, f, 0.1, starts=1), "starts to be a whole number ≥ 2"),
        (lambda W, b, f: output_gain([1.0, 2.0]), r"n_features, n_hidden\), got \(2,\)"),
    ],
)
def test_bad_arguments_are_refused_in_one_line(call, message):
    with pytest.raises(ValueError, match=message) as caught:
        call(DIGON, np.zeros(2), FeatureDistribution(2, 0.1))
    assert "\n" not in str(caught.value)
