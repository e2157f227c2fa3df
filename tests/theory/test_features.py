from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theory import AnticorrelatedSet, CorrelatedSet, FeatureDistribution


@pytest.mark.parametrize("p", [1.0, 0.4, 0.01])
def test_mean_and_variance_are_those_of_samples(p):
    rng = np.random.default_rng(0)
    x = np.where(rng.random(1_000_000) < p, rng.random(1_000_000), 0)
    features = FeatureDistribution(1, p)
    error = 4 * x.std() / 1000
    assert features.mean[0] == pytest.approx(x.mean(), abs=error)
    assert features.variance[0] == pytest.approx(x.var(), abs=error)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.floats(1e-9, 1))
def test_variance_is_positive_and_at_most_a_ninth(p):
    # v = p/3 − p²/4 is greatest at p = 2/3
    assert 0 < FeatureDistribution(1, p).variance[0] <= 1 / 9 + 1e-16


def test_density_and_importance_broadcast_to_instances_and_features():
    features = FeatureDistribution(3, [[0.1], [0.2]], [1.0, 2.0, 3.0])
    assert features.instances == (2,)
    assert features.density.tolist() == [[0.1] * 3, [0.2] * 3]
    assert features.importance.tolist() == [[1.0, 2.0, 3.0]] * 2
    assert FeatureDistribution(3, 0.1).instances == ()


def test_an_instance_is_the_distribution_of_one_model():
    features = FeatureDistribution(3, [[0.1], [0.2]], [1.0, 2.0, 3.0])
    assert features[1] == FeatureDistribution(3, 0.2, [1.0, 2.0, 3.0])
    assert features[1] != features[0]
    with pytest.raises(ValueError, match="expected a distribution with instances"):
        features[1][0]


def test_a_distribution_cannot_be_changed_even_through_what_it_was_made_of():
    density = np.array([0.1, 0.2])
    features = FeatureDistribution(2, density)
    density[0] = 0.9
    assert features.density[0] == 0.1
    with pytest.raises(ValueError, match="read-only"):
        features.density[0] = 0.9
    with pytest.raises(FrozenInstanceError):
        features.n_features = 3


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((0, 0.1), "expected n_features to be a whole number ≥ 1, got 0"),
        ((2.0, 0.1), "expected n_features to be a whole number ≥ 1, got 2.0"),
        ((True, 0.1), "expected n_features to be a whole number ≥ 1, got True"),
        (("2", 0.1), "expected n_features to be a whole number"),
        ((2, 0.0), r"expected every density 1 − S in \(0, 1\], got 0"),
        ((2, [0.5, 1.5]), r"in \(0, 1\], got 1.5"),
        ((2, -0.1), r"in \(0, 1\], got -0.1"),
        ((2, np.nan), "expected finite density, got 1 NaN or infinite"),
        ((2, "dense"), "expected density to be an array of real numbers or one"),
        ((2, True), "expected density to be an array of real numbers or one"),
        ((2, None), "expected density to be an array of real numbers or one"),
        ((2, 0.1, -1.0), "expected every importance to be ≥ 0, got -1"),
        ((2, 0.1, np.inf), "expected finite importance, got 1 NaN or infinite"),
        ((2, [0.1, 0.2, 0.3]), r"broadcast to \(\.\.\., 2\), got shapes \(3,\)"),
        ((2, [[0.1, 0.1], [0.2, 0.2]], [[1.0], [1.0], [1.0]]), r"broadcast to \(\.\.\., 2\)"),
        ((2, 0.1, 1.0, "gaussian"), "expected amplitude 'uniform' or 'exponential'"),
        ((2, 0.1, 1.0, "uniform", ((0, 1),)), "every group to be a CorrelatedSet or"),
        ((2, 0.1, 1.0, "uniform", CorrelatedSet((0, 1))), "groups to be a tuple of sets, got Corr"),
        ((2, 0.1, 1.0, "uniform", (CorrelatedSet((0, 2)),)), "features 0 … 1, got 2 in"),
        ((2, 0.1, 1.0, "exponential", None), "expected groups to be a tuple of sets, got None"),
        (
            (3, 0.1, 1.0, "uniform", (CorrelatedSet((0, 2)), AnticorrelatedSet((2, 1)))),
            "disjoint groups, got feature 2 in two",
        ),
        (
            (2, [[0.5, 0.5], [0.1, 0.2]], 1.0, "uniform", (AnticorrelatedSet((0, 1)),)),
            r"one density for all members of AnticorrelatedSet\(features=\(0, 1\)\), got \[0.1",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(arguments, expected):
    with pytest.raises(ValueError, match=expected) as caught:
        FeatureDistribution(*arguments)
    assert "\n" not in str(caught.value)


def _samples(features, count, rng):
    """x (count, n_features) as the definition of the sets says; density (n_features,)."""
    shape = (count, features.n_features)
    active = rng.random(shape) < features.density
    for group in features.groups:
        members = list(group.features)
        on = rng.random(count) < features.density[members[0]]
        if isinstance(group, CorrelatedSet):
            active[:, members] = on[:, None]
        else:
            chosen = rng.integers(len(members), size=count)
            active[:, members] = on[:, None] & (chosen[:, None] == np.arange(len(members)))
    return np.where(active, rng.random(shape), 0)


@pytest.mark.parametrize("p", [1.0, 0.4, 0.02])
def test_moments_of_sets_are_those_of_samples(p):
    groups = (CorrelatedSet((0, 4)), AnticorrelatedSet((1, 2, 5)))
    features = FeatureDistribution(6, p, groups=groups)
    count = 400_000
    x = _samples(features, count, np.random.default_rng(1))
    assert (x > 0).mean(axis=0) == pytest.approx(features.active, abs=4 / np.sqrt(count))
    assert x.mean(axis=0) == pytest.approx(features.mean, abs=4 * x.std() / np.sqrt(count))
    products = (x - features.mean)[:, :, None] * (x - features.mean)[:, None]
    error = 4 * products.std(axis=0) / np.sqrt(count)
    assert (abs(products.mean(axis=0) - features.covariance) <= error).all()
    assert np.diag(features.covariance) == pytest.approx(features.variance)


def test_instances_and_equality_carry_the_sets():
    sets = (CorrelatedSet((0, 1)),)
    features = FeatureDistribution(3, [[0.1], [0.2]], groups=sets)
    assert features[1] == FeatureDistribution(3, 0.2, groups=sets)
    assert features[1] != FeatureDistribution(3, 0.2)
    assert features.covariance.shape == (2, 3, 3)


@pytest.mark.parametrize("kind", [CorrelatedSet, AnticorrelatedSet])
@pytest.mark.parametrize("members", [(), (1,), (1, 1), (0, -1), (0, 1.0), (0, True), 3, ("0", "1")])
def test_a_set_is_two_or_more_distinct_indices(kind, members):
    with pytest.raises(ValueError, match=f"expected {kind.__name__} of two or more distinct"):
        kind(members)


def test_a_set_has_no_order():
    assert CorrelatedSet((2, np.int64(0))) == CorrelatedSet([0, 2]) != AnticorrelatedSet((0, 2))
