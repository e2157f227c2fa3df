import numpy as np
import pytest
from sympy import Rational

from theory import (
    AnticorrelatedSet,
    FeatureDistribution,
    absolute_value_loss,
    absolute_value_losses,
    three_neurons,
)
from theory.symbolic.absolute_value import at_slope_one, best, least_loss
from theory.symbolic.symbols import p
from training import AbsoluteValueModel, fit, stratified_loss

DENSITIES = (1.0, 0.5, 0.1, 0.001)
ONE = {
    "none": lambda p: (0, p / 2),
    "one of slope 1": lambda p: (1, p / 4),
    "one": lambda p: ((8 - 6 * p) / (8 - 3 * p), 2 * p / (8 - 3 * p)),
}


def random_model(seed):
    rng = np.random.default_rng(seed)
    neurons = int(rng.integers(1, 6))
    features = FeatureDistribution(2, rng.uniform(0.05, 1, 2), rng.uniform(0.2, 2, 2))
    W_in, W_out = rng.standard_normal((2, 2, neurons))
    return W_in, W_out, 0.3 * rng.standard_normal(2), features


@pytest.mark.parametrize("name", ONE)
@pytest.mark.parametrize("density", DENSITIES)
def test_known_solution_costs_its_closed_form(name, density):
    slope, bias = ONE[name](density)
    loss = absolute_value_loss([[1.0]], [[slope]], [bias], FeatureDistribution(1, density))
    assert loss == pytest.approx(float(absolute_value_losses(density)[name]), rel=1e-13)


@pytest.mark.parametrize("density", ["1/8", "3/4", "1"])
def test_losses_of_one_neuron_are_the_least_over_bias_and_slope(density):
    value = float(Rational(density))
    numeric = absolute_value_losses(value)
    derived = {"one of slope 1": at_slope_one(), "one": least_loss()}
    for name, formula in derived.items():
        exact = float(formula.subs(p, Rational(density)))
        assert exact == pytest.approx(float(numeric[name]), rel=1e-13)
    slope_and_bias = [float(each.subs(p, Rational(density))) for each in best()]
    assert slope_and_bias == pytest.approx(ONE["one"](value), rel=1e-13)


@pytest.mark.parametrize("seed", range(12))
def test_loss_of_two_features_is_within_four_standard_errors_of_monte_carlo(seed):
    W_in, W_out, b, features = random_model(seed)
    rng = np.random.default_rng(100 + seed)
    x = np.where(rng.random((100_000, 2)) < features.density, rng.uniform(-1, 1, (100_000, 2)), 0)
    output = np.maximum(np.maximum(x @ W_in, 0) @ W_out.T + b, 0)
    sampled = (np.abs(x) - output) ** 2 @ features.importance
    error = sampled.std() / np.sqrt(len(x))
    assert abs(absolute_value_loss(W_in, W_out, b, features) - sampled.mean()) <= 4 * error


@pytest.mark.parametrize("seed", range(3))
def test_loss_of_two_features_is_the_stratified_one(seed):
    W_in, W_out, b, features = random_model(seed)
    model = AbsoluteValueModel(2, W_in.shape[1])
    sampled, error = stratified_loss(model, W_in, b, features, readout=W_out)
    assert abs(absolute_value_loss(W_in, W_out, b, features) - float(sampled)) <= 5 * float(error)


def test_features_that_do_not_meet_cost_what_they_cost_alone():
    density = np.array([0.3, 0.7])
    alone = [
        absolute_value_loss(
            [[1.0]], [[0.8]], [0.1 * k], FeatureDistribution(1, density[k], 1.0 + k)
        )
        for k in range(2)
    ]
    together = absolute_value_loss(
        np.eye(2), 0.8 * np.eye(2), [0.0, 0.1], FeatureDistribution(2, density, [1.0, 2.0])
    )
    assert together == pytest.approx(sum(alone), rel=1e-13)


@pytest.mark.parametrize("density", [0.3, 0.1, 0.001])
def test_asymmetric_superposition_beats_a_pair_and_one_alone_when_sparse(density):
    found = three_neurons(density)
    assert found.loss < float(absolute_value_losses(density)["one"]) * (1 - 1e-3)
    assert 0.2 < -found.W_in[1, 2] < 0.5


@pytest.mark.parametrize("density", [0.4, 1.0])
def test_a_pair_and_one_alone_is_best_when_dense(density):
    found = three_neurons(density)
    assert found.loss == pytest.approx(float(absolute_value_losses(density)["one"]), rel=1e-10)
    assert found.W_in[1, 2] == pytest.approx(0, abs=1e-5)


def test_free_training_finds_nothing_better_than_asymmetric_superposition():
    run = fit(AbsoluteValueModel(2, 3), FeatureDistribution(2, 0.1), restarts=12, seed=0)
    assert run.readout is not None
    exact = absolute_value_loss(run.W, run.readout, run.b, run.features)
    assert exact >= three_neurons(0.1).loss * (1 - 1e-9)


@pytest.mark.parametrize("scale", [1e-3, 1e-2])
def test_no_small_change_of_any_weights_improves_asymmetric_superposition(scale):
    found, features = three_neurons(0.1), FeatureDistribution(2, 0.1)
    rng = np.random.default_rng(0)
    for _ in range(100):
        moved = [
            each + scale * rng.standard_normal(each.shape)
            for each in (found.W_in, found.W_out, found.b)
        ]
        assert absolute_value_loss(*moved, features) > found.loss


@pytest.mark.parametrize(
    ("features", "W", "b", "expected"),
    [
        (FeatureDistribution(3, 0.1), np.ones((3, 1)), np.zeros(3), "one or two independent"),
        (FeatureDistribution(2, [[0.1]]), np.ones((2, 1)), np.zeros(2), "one or two independent"),
        (
            FeatureDistribution(2, 0.1, groups=(AnticorrelatedSet((0, 1)),)),
            np.ones((2, 1)),
            np.zeros(2),
            "one or two independent",
        ),
        (FeatureDistribution(2, 0.1), np.ones((1, 2)), np.zeros(2), r"of shape \(2, n_neurons\)"),
        (FeatureDistribution(2, 0.1), np.ones((2, 1)), np.zeros(1), r"expected b of shape \(2,\)"),
        (FeatureDistribution(1, 0.1), [[np.nan]], [0.0], "expected finite W_in"),
    ],
)
def test_what_makes_no_sense_is_refused(features, W, b, expected):
    with pytest.raises(ValueError, match=expected):
        absolute_value_loss(W, W, b, features)


@pytest.mark.parametrize("density", [0.0, 1.5, [0.5, -1.0]])
def test_densities_outside_zero_to_one_are_refused(density):
    with pytest.raises(ValueError, match=r"expected every density 1 − S in \(0, 1\]"):
        absolute_value_losses(density)
