import numpy as np
import pytest

from theory import FeatureDistribution, linear_loss, linear_optimum


@pytest.mark.parametrize("seed", range(8))
def test_loss_is_within_four_standard_errors_of_monte_carlo(seed):
    rng = np.random.default_rng(seed)
    n, m, samples = int(rng.integers(2, 12)), int(rng.integers(1, 5)), 100_000
    W, b = 0.7 * rng.standard_normal((n, m)), 0.3 * rng.standard_normal(n)
    features = FeatureDistribution(n, rng.uniform(0.01, 1, n), rng.uniform(0, 2, n))
    x = np.where(rng.random((samples, n)) < features.density, rng.random((samples, n)), 0)
    sampled = ((x - x @ W @ W.T - b) ** 2) @ features.importance
    error = sampled.std() / np.sqrt(samples)
    assert abs(sampled.mean() - linear_loss(W, b, features)) <= 4 * error


@pytest.mark.parametrize("p", [1.0, 0.3, 0.01])
def test_with_the_best_bias_the_loss_is_the_papers_of_gaussian_features_times_the_variance(p):
    # footnote 10: Σ I_i (1 − ‖W_i‖²)² + Σ_{i≠j} I_j (W_j · W_i)² is what normal features cost
    rng = np.random.default_rng(0)
    W, importance = 0.7 * rng.standard_normal((5, 2)), rng.uniform(0.1, 2, 5)
    gram = W @ W.T
    own = importance @ (1 - np.diag(gram)) ** 2
    papers = own + (importance[:, None] * (gram - np.diag(np.diag(gram))) ** 2).sum()
    features = FeatureDistribution(5, p, importance)
    b = features.mean - gram @ features.mean
    assert linear_loss(W, b, features) == pytest.approx(papers * (p / 3 - p**2 / 4), rel=1e-12)
    x = rng.standard_normal((100_000, 5))
    sampled = ((x - x @ gram) ** 2) @ importance
    assert abs(sampled.mean() - papers) <= 4 * sampled.std() / np.sqrt(len(x))


@pytest.mark.parametrize("seed", range(8))
def test_optimum_reaches_the_bound_of_eckart_and_young(seed):
    # rank(W Wᵀ) ≤ m: no linear model costs less than the smallest n − m of the I v
    rng = np.random.default_rng(seed)
    n, m = 9, int(rng.integers(1, 9))
    features = FeatureDistribution(n, rng.uniform(0.01, 1, n), rng.uniform(0, 2, n))
    bound = np.sort(features.importance * features.variance)[: n - m].sum()
    W, b = linear_optimum(features, m)
    assert linear_loss(W, b, features) == pytest.approx(bound, rel=1e-12)


@pytest.mark.parametrize("seed", range(8))
def test_no_weights_cost_less_than_the_optimum(seed):
    rng = np.random.default_rng(seed)
    features = FeatureDistribution(6, rng.uniform(0.01, 1, 6), rng.uniform(0.1, 2, 6))
    W, b = linear_optimum(features, 2)
    least = linear_loss(W, b, features)
    for scale in (1e-3, 1e-2, 0.1, 1.0):
        moved = W + scale * rng.standard_normal((200, 6, 2))
        shifted = b + scale * rng.standard_normal((200, 6))
        assert (linear_loss(moved, shifted, features) >= least).all()
        assert (linear_loss(moved, b, features) >= least).all()


def test_gradient_vanishes_at_the_optimum():
    features = FeatureDistribution(5, [0.1, 0.3, 0.5, 0.7, 1.0], [1.0, 2.0, 0.5, 1.5, 0.1])
    W, b = linear_optimum(features, 2)
    for index in np.ndindex(W.shape):
        move = np.zeros_like(W)
        move[index] = 1e-5
        ahead, behind = linear_loss(W + move, b, features), linear_loss(W - move, b, features)
        assert ahead - behind == pytest.approx(0, abs=1e-13)
    for i in range(5):
        move = np.zeros_like(b)
        move[i] = 1e-5
        ahead, behind = linear_loss(W, b + move, features), linear_loss(W, b - move, features)
        assert ahead - behind == pytest.approx(0, abs=1e-13)


def test_rotating_hidden_space_leaves_the_loss():
    rng = np.random.default_rng(3)
    W, b, features = (
        rng.standard_normal((6, 3)),
        rng.standard_normal(6),
        FeatureDistribution(6, 0.3),
    )
    Q = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    assert linear_loss(W @ Q, b, features) == pytest.approx(linear_loss(W, b, features), rel=1e-12)


def test_instances_broadcast():
    features = FeatureDistribution(2, [[0.1], [0.5], [1.0]])
    losses = linear_loss(np.zeros((2, 1)), features.mean, features)
    np.testing.assert_allclose(losses, features.variance.sum(axis=1), rtol=1e-14)


def test_as_many_dimensions_as_features_cost_nothing():
    features = FeatureDistribution(3, 0.4, [1.0, 3.0, 2.0])
    for m in (3, 5):
        W, b = linear_optimum(features, m)
        assert W.shape == (3, m)
        assert linear_loss(W, b, features) == 0


def test_a_batch_of_distributions_has_no_single_optimum():
    with pytest.raises(ValueError, match=r"expected one distribution, got instances \(2,\)"):
        linear_optimum(FeatureDistribution(3, [[0.1], [0.2]]), 1)


def test_weights_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"expected W of shape \(\.\.\., 3, n_hidden\)"):
        linear_loss(np.ones((2, 1)), np.zeros(3), FeatureDistribution(3, 0.1))
