"""Two features in one dimension with other activations."""

import numpy as np
import pytest

from tegum.studies.activations import ACTIVATIONS, activations, two_feature_loss
from theory import FeatureDistribution, expected_loss


def test_relu_costs_the_exact_loss():
    rng = np.random.default_rng(0)
    for _ in range(5):
        W, b, p = rng.normal(size=2), 0.2 * rng.normal(size=2), rng.uniform(0.05, 1)
        exact = expected_loss(W[:, None], b, FeatureDistribution(2, p, [1.0, 0.4]))
        found = two_feature_loss(W, b, ACTIVATIONS["ReLU"], p, 0.4)
        assert found == pytest.approx(float(exact), rel=2e-3)


def test_other_activations_move_the_phases():
    study = activations(densities=(0.02, 0.3), relative_importances=(0.12, 0.9))
    phases = dict(zip(study.names, study.phase.tolist(), strict=True))
    assert phases["ReLU"] == phases["leaky ReLU"] == [[2, 2], [0, 2]]
    assert phases["square"][0] == [0, 2]  # not even sparse unimportant features share
    assert phases["identity"] == [[0, 0], [0, 0]]
    assert study.shares("identity").tolist() == [1, 0, 0, 0]
    assert study.changed("identity") == 0.75


def test_linear_optimum_represents_the_more_important_feature():
    study = activations(["identity"], densities=(0.3,), relative_importances=(0.5, 2.0))
    p = 0.3
    least = (p / 3 - p**2 / 4) * np.array([0.5, 1.0])
    assert study.loss[0, 0] == pytest.approx(least, rel=1e-6)
    assert study.phase[0, 0].tolist() == [0, 1]
