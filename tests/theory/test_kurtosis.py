from fractions import Fraction

import numpy as np
import pytest

from theory import AnticorrelatedSet, CorrelatedSet, FeatureDistribution, excess_kurtosis


def _one_feature(p):
    """From the raw moments p/2, p/3, p/4, p/5 in rational arithmetic."""
    p = Fraction(p)
    a, b, c, d = (p / (r + 1) for r in range(1, 5))
    return (d - 4 * a * c + 6 * a**2 * b - 3 * a**4) / (b - a**2) ** 2 - 3


@pytest.mark.parametrize("p", ["1", "1/2", "1/10", "1/100"])
def test_one_feature_has_its_closed_form(p):
    found = excess_kurtosis(np.ones((1, 1)), FeatureDistribution(1, float(Fraction(p))))
    assert found[0] == pytest.approx(float(_one_feature(p)), rel=1e-12)
    p = Fraction(p)
    closed = (Fraction(144, 5) - 120 * p + 144 * p**2 - 54 * p**3) / (p * (4 - 3 * p) ** 2)
    assert _one_feature(p) == closed


def test_dense_feature_is_flatter_than_a_normal_law_and_a_sparse_one_far_from_it():
    found = [excess_kurtosis([[1.0]], FeatureDistribution(1, p))[0] for p in (1, 0.1, 0.01)]
    assert found == pytest.approx([-1.2, 13.3, 175], rel=4e-3)


@pytest.mark.parametrize("k", [2, 5, 40])
def test_k_equal_features_have_one_kth_of_the_kurtosis(k):
    features = FeatureDistribution(k, 0.03)
    signs = np.where(np.arange(k) % 2, 0.7, -0.7)[:, None]
    one = excess_kurtosis([[1.0]], FeatureDistribution(1, 0.03))
    assert excess_kurtosis(signs, features) == pytest.approx(one / k, rel=1e-12)


@pytest.mark.parametrize(
    "features",
    [
        FeatureDistribution(6, [0.05, 0.1, 0.2, 0.4, 0.7, 1.0]),
        FeatureDistribution(6, 0.2, amplitude="exponential"),
        FeatureDistribution(
            6, 0.3, groups=(CorrelatedSet((0, 2, 3)), AnticorrelatedSet((1, 4)))
        ),
    ],
    ids=["independent", "exponential", "sets"],
)  # fmt: skip
def test_kurtosis_is_that_of_samples(features):
    rng = np.random.default_rng(0)
    W = rng.standard_normal((6, 3))
    x = _sampled(features, rng, 400_000)
    h = (x - features.mean) @ W
    blocks = h.reshape(40, -1, 3)
    sampled = (blocks**4).mean(1) / (blocks**2).mean(1) ** 2 - 3
    error = sampled.std(axis=0, ddof=1) / np.sqrt(len(sampled))
    # a ratio of means is biased by the order of one over the block
    bias = 30 / blocks.shape[1] * (np.abs(sampled).mean(0) + 3)
    found = excess_kurtosis(W, features)
    assert (np.abs(sampled.mean(0) - found) <= 4 * error + bias).all()


def _sampled(features, rng, count):
    n = features.n_features
    amplitude = (
        rng.exponential(size=(count, n))
        if features.amplitude == "exponential"
        else rng.random((count, n))
    )
    active = rng.random((count, n)) < features.density
    for group in features.groups:
        members = list(group.features)
        whole = active[:, members[0]]
        if isinstance(group, CorrelatedSet):
            active[:, members] = whole[:, None]
        else:
            chosen = rng.integers(len(members), size=count)
            active[:, members] = whole[:, None] & (chosen[:, None] == np.arange(len(members)))
    return active * amplitude


def test_scale_of_the_weights_does_not_matter_and_instances_broadcast():
    rng = np.random.default_rng(1)
    W = rng.standard_normal((5, 2))
    features = FeatureDistribution(5, [[0.1], [0.5]])
    found = excess_kurtosis(W, features)
    assert found.shape == (2, 2)
    np.testing.assert_allclose(excess_kurtosis(-3 * W, features), found, rtol=1e-12)
    np.testing.assert_allclose(found[1], excess_kurtosis(W, features[1]), rtol=1e-12)


def test_dimension_without_weights_has_no_kurtosis():
    assert np.isnan(excess_kurtosis([[1.0, 0.0]], FeatureDistribution(1, 0.1))).tolist() == [
        False,
        True,
    ]


def test_weights_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"expected W of shape \(\.\.\., 3, n_hidden\)"):
        excess_kurtosis(np.ones((2, 1)), FeatureDistribution(3, 0.1))
