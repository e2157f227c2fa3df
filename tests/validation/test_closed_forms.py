"""Formulas worked out by others, or by hand from the paper's integrals, against the exact loss."""

import numpy as np
import pytest

from theory import FeatureDistribution, expected_loss


def _mcgrath(W1, W2, p, importance):
    """The loss of n = 2, m = 1 without biases and I = (1, importance).

    T. McGrath's comment in "Toy Models of Superposition", section 4: inputs that are zero are
    delta functions, and ∫ ReLU(f) = ∫ f over f > 0; the polynomials were derived from that.
    """
    a, d, c = W1**2, W2**2, W1 * W2
    one = ((1 - a) ** 2 + importance * (1 - d) ** 2 + (1 + importance) * max(c, 0) ** 2) / 3
    if c >= 0:
        both = (1 - a) ** 2 / 3 + c**2 / 3 - (1 - a) * c / 2
        both += importance * ((1 - d) ** 2 / 3 + c**2 / 3 - (1 - d) * c / 2)
    elif abs(W1) >= abs(W2):
        both = _opposite(abs(W1), abs(W2), importance)
    else:
        both = importance * _opposite(abs(W2), abs(W1), 1 / importance)
    return p * (1 - p) * one + p**2 * both


def _opposite(u, w, importance):
    first = 1 / 3 + u**4 / 3 - u**3 * w / 2 + u**2 * w**2 / 3 - 2 * u**2 / 3
    first += -u * w**3 / 12 + u * w / 2 - w**3 / (12 * u)
    return first + importance * (1 / 3 + w**5 / (12 * u) - w**3 / (4 * u))


@pytest.mark.parametrize("seed", range(40))
def test_two_features_without_bias_cost_what_mcgrath_integrated(seed):
    rng = np.random.default_rng(seed)
    W = rng.uniform(-1.3, 1.3, 2)
    p, importance = rng.uniform(0.01, 1), rng.uniform(0.1, 10)
    features = FeatureDistribution(2, p, [1.0, importance])
    assert expected_loss(W[:, None], [0.0, 0.0], features) == pytest.approx(
        _mcgrath(*W, p, importance), rel=1e-9
    )


@pytest.mark.parametrize(("p", "importance"), [(0.9, 0.8), (0.5, 1.0), (0.1, 3.0)])
def test_confused_feature_costs_p_times_four_minus_three_p(p, importance):
    W = np.full((2, 1), np.sqrt(0.5))
    loss = expected_loss(W, [0.0, 0.0], FeatureDistribution(2, p, [1.0, importance]))
    assert loss == pytest.approx(p * (4 - 3 * p) * (1 + importance) / 24, rel=1e-12)


@pytest.mark.parametrize("p", [0.05, 0.4, 0.8])
def test_best_digon_without_bias_has_its_closed_form(p):
    squared_norm = (8 - 5 * p) / (2 * (4 - 3 * p))

    def loss(a):
        W = np.sqrt(a) * np.array([[1.0], [-1.0]])
        return expected_loss(W, [0.0, 0.0], FeatureDistribution(2, p)) / 2

    best = loss(squared_norm)
    assert best == pytest.approx(p**2 * (32 - 25 * p) / (48 * (4 - 3 * p)), rel=1e-12)
    assert best < min(loss(squared_norm - 1e-3), loss(squared_norm + 1e-3))


def _one_sparse_loss(W, b, importance):
    """L₁ of the paper, section 3, its integrals in closed form."""
    G = W @ W.T
    total = 0.0
    for i in range(len(b)):
        total += importance[i] * _own(G[i, i], b[i])
        total += sum(importance[j] * _other(G[j, i], b[j]) for j in range(len(b)) if j != i)
    return total


def _own(a, b):
    """∫₀¹ (x − ReLU(a x + b))² dx for a > 0."""
    if b >= 0:
        return (1 - a) ** 2 / 3 - (1 - a) * b + b**2
    kink = -b / a
    if kink >= 1:
        return 1 / 3
    return kink**3 / 3 + (((1 - a) - b) ** 3 - ((1 - a) * kink - b) ** 3) / (3 * (1 - a))


def _other(c, b):
    """∫₀¹ ReLU(c x + b)² dx."""
    if c > 0:
        return c**2 / 3 + c * b + b**2 if b >= 0 else max(0, c + b) ** 3 / (3 * c)
    if b <= 0:
        return 0.0
    return c**2 / 3 + c * b + b**2 if b + c >= 0 else b**3 / (3 * abs(c))


@pytest.mark.parametrize("seed", range(10))
def test_loss_is_a_polynomial_in_density_whose_first_terms_are_the_papers(seed):
    # L(p) = Σ_k (1−p)^(n−k) p^k L_k with L_0 = Σ I ReLU(b)² and L_1 as in section 3
    rng = np.random.default_rng(seed)
    n = 4
    W, b, importance = rng.standard_normal((n, 2)), rng.uniform(-0.5, 0.5, n), rng.uniform(0, 2, n)
    densities = np.array([0.1, 0.3, 0.5, 0.7, 0.9, 1.0])
    losses = expected_loss(W, b, FeatureDistribution(n, densities[:, None], importance), rtol=1e-12)
    order = np.arange(n + 1)
    mixture = (1 - densities[:, None]) ** (n - order) * densities[:, None] ** order
    strata = np.linalg.solve(mixture[:-1], losses[:-1])
    assert mixture[-1] @ strata == pytest.approx(losses[-1], rel=1e-8)
    assert strata[0] == pytest.approx(
        (importance * np.maximum(b, 0) ** 2).sum(), rel=1e-7, abs=1e-9
    )
    assert strata[1] == pytest.approx(_one_sparse_loss(W, b, importance), rel=1e-7)
