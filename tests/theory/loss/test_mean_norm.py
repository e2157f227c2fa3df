"""The mean input norm against closed forms and against sampled inputs."""

from math import log, sqrt

import numpy as np
import pytest

from theory import AnticorrelatedSet, CorrelatedSet, FeatureDistribution, mean_norm


def test_one_feature_has_half_its_density():
    density = np.array([[1.0], [0.3], [1e-6]])
    np.testing.assert_allclose(
        mean_norm(FeatureDistribution(1, density)), density[:, 0] / 2, rtol=1e-9
    )


def test_a_point_of_the_unit_square_is_at_the_known_mean_distance():
    expected = (sqrt(2) + log(1 + sqrt(2))) / 3
    assert mean_norm(FeatureDistribution(2, 1.0)) == pytest.approx(expected, rel=1e-10)
    two = FeatureDistribution(2, 0.1, groups=(CorrelatedSet((0, 1)),))
    assert mean_norm(two) == pytest.approx(0.1 * expected, rel=1e-10)
    either = FeatureDistribution(2, 0.1, groups=(AnticorrelatedSet((0, 1)),))
    assert mean_norm(either) == pytest.approx(0.05, rel=1e-10)
    both = 0.01 * expected + 2 * 0.09 * 0.5
    assert mean_norm(FeatureDistribution(2, 0.1)) == pytest.approx(both, rel=1e-10)


def test_mean_norm_is_that_of_random_inputs():
    rng = np.random.default_rng(0)
    density = np.linspace(0.05, 0.9, 12)
    x = rng.random((200_000, 12)) * (rng.random((200_000, 12)) < density)
    norms = np.linalg.norm(x, axis=1)
    error = 4 * norms.std() / sqrt(len(norms))
    assert mean_norm(FeatureDistribution(12, density)) == pytest.approx(norms.mean(), abs=error)
