"""Sampled inputs against the moments and frequencies of their distribution."""

from itertools import combinations

import numpy as np
import pytest

from theory import AnticorrelatedSet, CorrelatedSet, FeatureDistribution
from training.data import sample

SIZE = 40_000


def _near(values, expected, errors=4.5):
    """Means over the inputs (last axis) against what is expected, in standard errors."""
    spread = values.std(axis=-1) / np.sqrt(values.shape[-1])
    assert (np.abs(values.mean(axis=-1) - expected) <= errors * spread + 1e-7).all()


@pytest.mark.parametrize("density", [1.0, 0.3, 0.01])
def test_features_are_active_with_their_density_and_uniform_then(density):
    x = sample(FeatureDistribution(5, density), SIZE, seed=1).double().numpy()
    assert x.shape == (5, SIZE)
    assert x.min() >= 0
    assert x.max() <= 1
    _near(x > 0, density)
    for power in (1, 2, 3):
        _near(x[x > 0] ** power, 1 / (power + 1))


def test_exponential_features_have_the_moments_of_their_law():
    features = FeatureDistribution(3, [1.0, 0.3, 0.02], amplitude="exponential")
    x = sample(features, SIZE, seed=6).double().numpy()
    _near(x > 0, features.density)
    for power, moment in ((1, 1), (2, 2), (3, 6)):
        _near(x**power, moment * features.density)
    for i, j in combinations(range(3), 2):
        _near(x[i] * x[j], features.density[i] * features.density[j])


def test_every_feature_has_a_density_of_its_own_and_is_independent():
    density = np.array([1.0, 0.5, 0.05])
    x = sample(FeatureDistribution(3, density), SIZE, seed=2).double().numpy()
    _near(x > 0, density)
    for i, j in combinations(range(3), 2):
        _near((x[i] > 0) & (x[j] > 0), density[i] * density[j])
        _near(x[i] * x[j], density[i] * density[j] / 4)


def test_signed_inputs_have_either_sign():
    x = sample(FeatureDistribution(4, 0.2), SIZE, seed=3, signed=True).double().numpy()
    _near(x > 0, 0.1)
    _near(x < 0, 0.1)
    _near(np.abs(x), 0.1)


def test_a_correlated_set_is_active_as_one_with_independent_values():
    features = FeatureDistribution(5, 0.3, groups=(CorrelatedSet((1, 3)),))
    x = sample(features, SIZE, seed=4).double().numpy()
    assert np.array_equal(x[1] > 0, x[3] > 0)
    _near(x > 0, 0.3)
    _near(x[1] * x[3], 0.3 / 4)
    _near(x[0] * x[1], 0.09 / 4)


def test_an_anticorrelated_set_has_one_active_member_at_most():
    features = FeatureDistribution(
        5, [[0.9], [0.2]], groups=(AnticorrelatedSet((0, 2, 4)), CorrelatedSet((1, 3)))
    )
    x = sample(features, SIZE, seed=5).double().numpy()
    assert ((x[:, [0, 2, 4]] > 0).sum(axis=1) <= 1).all()
    _near(x > 0, features.active)
    _near(x, features.mean)
    _near(x**2, features.variance + features.mean**2)
    _near((x[:, [0, 2, 4]] > 0).any(axis=1), [0.9, 0.2])
    _near(x[:, 0] * x[:, 1], np.array([0.9, 0.2]) ** 2 / 12)
