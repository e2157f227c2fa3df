"""L1 and attacks in training, held-out losses, and options that a model has no mathematics for."""

import numpy as np
import pytest

from geometry import dimensionality
from theory import AnticorrelatedSet, FeatureDistribution, expected_loss, mean_norm
from theory.loss.row_loss import FINE
from training import (
    AbsoluteValueModel,
    FitSettings,
    LinearModel,
    ReluHiddenModel,
    ReluOutputModel,
    fit,
)
from training.data import sample
from training.held_out import held_out_loss
from training.penalties import penalised_loss, penalty_workspace

SHORT = {
    "method": "sampled", "restarts": 2, "batch_size": 256, "steps": 1200, "learning_rate": 5e-3,
    "weight_decay": 0.0,
}  # fmt: skip


def _features_per_dimension(run):
    return (run.W**2).sum(axis=(-2, -1)) / run.W.shape[-1]


@pytest.mark.parametrize("model", [ReluOutputModel(4, 2), LinearModel(4, 2)])
def test_held_out_loss_is_the_exact_one_within_its_error(model):
    from theory import linear_loss

    rng = np.random.default_rng(1)
    W, b = rng.normal(size=(2, 3, 4, 2)), 0.1 * rng.normal(size=(2, 3, 4))
    features = FeatureDistribution(4, [[0.5], [0.05]], 0.9 ** np.arange(4))
    loss, error = held_out_loss(model, W, b, features)
    exact = linear_loss if isinstance(model, LinearModel) else expected_loss
    for k in range(2):
        truth = np.asarray(exact(W[k], b[k], features[k]))
        assert (np.abs(loss[k] - truth) <= 4 * error[k]).all()


def test_held_out_l1_is_the_mean_hidden_activation():
    # rows of one sign: |h| is linear in x
    W, b = np.full((1, 1, 3, 2), 0.5), np.zeros((1, 1, 3))
    features = FeatureDistribution(3, [[0.2]])
    plain, _ = held_out_loss(ReluOutputModel(3, 2), W, b, features)
    both, error = held_out_loss(ReluOutputModel(3, 2), W, b, features, l1=2.0)
    assert both - plain == pytest.approx(2.0 * 2 * 3 * 0.5 * 0.1, abs=4 * float(error[0, 0]))


def test_held_out_attack_on_one_feature_is_a_shift_of_its_input():
    # x' = ReLU(x + ε): the loss is E (ε)² wherever the output is on
    W, b = np.ones((1, 1, 1, 1)), np.zeros((1, 1, 1))
    features = FeatureDistribution(1, [[0.4]])
    loss, _ = held_out_loss(ReluOutputModel(1, 1), W, b, features, adversarial=0.5)
    assert loss[0, 0] == pytest.approx((0.5 * float(mean_norm(features)[0])) ** 2, rel=1e-5)


def test_attacks_in_training_drive_superposition_out():
    features = FeatureDistribution(20, 0.1)
    per_dimension = []
    for strength in (0.0, 0.4, 0.8):
        run = fit(ReluOutputModel(20, 6), features, adversarial=strength, **SHORT)
        per_dimension.append(float(_features_per_dimension(run)))
    assert per_dimension[0] > per_dimension[1] > per_dimension[2]


def test_l1_takes_superposition_out():
    features = FeatureDistribution(10, 0.05, 0.75 ** np.arange(10))
    plain = fit(ReluHiddenModel(10, 5), features, **SHORT)
    sparse = fit(ReluHiddenModel(10, 5), features, l1=0.1, **SHORT)
    represented = np.linalg.norm(sparse.W, axis=1) > 0.5
    assert (np.linalg.norm(plain.W, axis=1) > 0.5).sum() > 5
    assert dimensionality(plain.W).min() < 0.5
    assert 3 <= represented.sum() <= 5
    assert dimensionality(sparse.W)[represented].min() > 0.7
    assert sparse.metrics[0]["objective"] > sparse.loss > plain.loss


@pytest.mark.parametrize(
    ("model", "features", "options", "message"),
    [
        (LinearModel(3, 2), {}, {"rao_blackwell": True}, "relu-output for rao_blackwell"),
        (ReluHiddenModel(3, 2), {}, {"exact_strata": True}, "relu-output for exact_strata"),
        (AbsoluteValueModel(3, 2), {}, {"adversarial": 0.1}, "W Wᵀ for adversarial"),
        (ReluOutputModel(3, 2), {"groups": (AnticorrelatedSet((0, 1)),)},
         {"exact_strata": True}, "independent features"),
        (ReluOutputModel(3, 2), {}, {"exact_strata": True, "l1": 0.1}, "without l1"),
        (ReluOutputModel(3, 2), {}, {"rao_blackwell": True, "adversarial": 0.1}, "choose one"),
        (ReluOutputModel(3, 2), {}, {"rao_blackwell": True, "exact_strata": True}, "choose one"),
        (ReluOutputModel(1, 1), {}, {"exact_strata": True}, "two or more"),
    ],
)  # fmt: skip
def test_options_without_mathematics_are_refused_in_one_line(model, features, options, message):
    fed = FeatureDistribution(model.n_features, 0.1, **features)
    with pytest.raises(ValueError, match=message) as caught:
        fit(model, fed, method="sampled", steps=1, **options)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "options",
    [
        {"rao_blackwell": True, "method": "exact"},
        {"record": 3, "method": "exact"},
        {"l1": -1.0},
        {"adversarial": float("nan")},
        {"rao_blackwell": 1},
        {"record": 0},
        {"record": (1.5,)},
        {"record": (11,)},
        {"record": "all"},
    ],
)
def test_settings_that_make_no_sense_are_refused(options):
    with pytest.raises(ValueError, match="expected"):
        FitSettings(**({"method": "sampled", "steps": 10} | options))


@pytest.mark.parametrize(("attack", "l1"), [(0.15, 0.0), (0.15, 0.3), (0.0, 0.3)])
def test_exact_objective_is_the_mean_over_shifted_biases_and_the_magnitudes(attack, l1):
    rng = np.random.default_rng(2)
    n, m = 5, 3
    W, b = 0.6 * rng.normal(size=(n, m)), 0.1 * rng.normal(size=n)
    features = FeatureDistribution(n, np.linspace(0.1, 0.5, n), 0.9 ** np.arange(n))

    def objective(W, b):
        dW, db = np.empty((n, m)), np.empty(n)
        value = penalised_loss(
            W, b, np.array(features.density), np.array(features.importance), l1, attack, FINE,
            *penalty_workspace(n, m), dW, db,
        )  # fmt: skip
        return value, dW, db

    value, dW, db = objective(W, b)
    G = W @ W.T
    shifts = [attack * G @ row / np.linalg.norm(row) for row in G]
    expected = np.mean([expected_loss(W, b + shift, features) for shift in shifts])
    x = sample(features, 400_000, seed=1).double().numpy()
    magnitudes = np.abs(W.T @ x).sum(axis=0)
    error = 4 * l1 * magnitudes.std() / np.sqrt(x.shape[1])
    assert value == pytest.approx(expected + l1 * magnitudes.mean(), rel=1e-6, abs=error)
    step = 1e-5
    for i, k in np.ndindex(n, m):
        shift = step * np.outer(np.eye(n)[i], np.eye(m)[k])
        change = objective(W + shift, b)[0] - objective(W - shift, b)[0]
        assert dW[i, k] == pytest.approx(change / (2 * step), abs=1e-5)
    for i in range(n):
        shift = step * np.eye(n)[i]
        change = objective(W, b + shift)[0] - objective(W, b - shift)[0]
        assert db[i] == pytest.approx(change / (2 * step), abs=1e-5)


@pytest.mark.parametrize("penalty", [{"l1": 0.1}, {"adversarial": 0.5}])
def test_exact_objective_is_the_held_out_one_and_no_higher_than_the_sampled(penalty):
    model, features = ReluOutputModel(6, 3), FeatureDistribution(6, [[0.3], [0.1]])
    exact = fit(model, features, restarts=6, **penalty)
    sampled = fit(model, features, **SHORT, **penalty)
    held, error = held_out_loss(model, exact.W[:, None], exact.b[:, None], features, **penalty)
    for k in range(2):
        objective = exact.metrics[k]["objective"]
        assert objective == pytest.approx(held[k, 0], abs=4.5 * float(error[k, 0]))
        assert objective <= sampled.metrics[k]["objective"] + 4 * error[k, 0]
        assert exact.loss[k] == pytest.approx(expected_loss(exact.W[k], exact.b[k], features[k]))


def test_exact_attacks_drive_superposition_out():
    features = FeatureDistribution(12, 0.2)
    runs = [fit(ReluOutputModel(12, 4), features, restarts=2, adversarial=s) for s in (0, 0.4, 0.8)]
    spent = [float(_features_per_dimension(run)) for run in runs]
    assert spent[0] > spent[1] > spent[2]


@pytest.mark.parametrize(
    ("model", "groups"),
    [(LinearModel(3, 2), ()), (ReluOutputModel(3, 2), (AnticorrelatedSet((0, 1)),))],
)
def test_penalties_without_an_exact_form_are_refused_in_one_line(model, groups):
    features = FeatureDistribution(3, 0.1, groups=groups)
    with pytest.raises(ValueError, match="method='sampled'") as caught:
        fit(model, features, l1=0.1)
    assert "\n" not in str(caught.value)
