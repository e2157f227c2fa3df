"""Attacks on trained models."""

import numpy as np
import pytest

from tegum.studies.adversarial import adversarial, gradient_attack_ratio, per_example_ratio
from theory import FeatureDistribution, attacked_loss, feature_attacks, mean_norm, vulnerability
from training import ReluOutputModel, fit
from training.data import sample


@pytest.fixture(scope="module")
def study():
    return adversarial(
        n_features=100, n_hidden=10, densities=(1.0, 0.56, 0.32, 0.1, 0.03, 0.003), restarts=1
    )


def test_ratio_follows_the_features_per_dimension_while_features_are_spare(study):
    spare = study.spare > 0
    assert spare.tolist() == [True, True, True, True, True, False]
    assert study.rank_correlation(spare) >= 0.95
    assert study.ratio[0] == pytest.approx(1.0, abs=0.02)
    assert study.ratio[4] > 3


def test_short_attacks_are_swallowed_by_the_biases_once_no_features_are_spare(study):
    assert study.features_per_dimension[5] > 10
    assert study.ratio[5] == pytest.approx(1.0, abs=0.02)  # as without superposition


def test_each_example_has_a_worse_attack_of_its_own(study):
    features = study.run.features[3]
    W, b, norm = study.run.W[3], study.run.b[3], study.vulnerabilities[3].norm
    assert per_example_ratio(W, b, features, norm, seed=0) > 2 * study.ratio[3]
    alone = per_example_ratio(
        np.eye(4)[:, :2], np.array([0.0, 0.0, 0.1, 0.1]), FeatureDistribution(4, 0.2), 0.3, seed=0
    )
    assert alone == pytest.approx(1.0, abs=1e-6)


def test_climbing_along_gradients_costs_more_than_the_candidates(study):
    model = study.run.W[4], study.run.b[4], study.run.features[4], study.vulnerabilities[4].norm
    climbed, _ = gradient_attack_ratio(*model, size=1024, seed=0)
    assert climbed > 1.2 * per_example_ratio(*model, size=1024, seed=0)


def test_gradients_vanish_only_where_no_attack_of_that_length_harms(study):
    W, b, norm = study.run.W[5], study.run.b[5], study.vulnerabilities[5].norm
    share = gradient_attack_ratio(W, b, study.run.features[5], norm, seed=0)[1]
    assert share > 0.5
    x = sample(study.run.features[5], 4096, seed=0).double().numpy().T
    reach = norm * np.linalg.norm(W @ W.T, axis=1)  # no attack raises an output by more
    z = x @ W @ W.T + b
    stuck = (z <= 0).all(axis=1)
    assert stuck.mean() == pytest.approx(share, abs=1e-3)
    assert (z[stuck] + reach > 0).any(axis=1).mean() < 0.03


def test_training_under_attacks_minimises_their_mean_loss():
    features = FeatureDistribution(8, 0.2)
    run = fit(ReluOutputModel(8, 3), features, adversarial=0.3, restarts=2)
    norm = 0.3 * float(mean_norm(features))
    losses = attacked_loss(run.W, run.b, features, feature_attacks(run.W, norm))
    assert run.metrics[0]["objective"] == pytest.approx(np.mean(losses), rel=1e-6)
    plain = fit(ReluOutputModel(8, 3), features, restarts=2)
    found = [vulnerability(one.W, one.b, features, 0.3).ratio for one in (run, plain)]
    assert found[0] < found[1]
