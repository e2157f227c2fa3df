import numpy as np
import pytest

from theory import (
    AnticorrelatedSet,
    CorrelatedSet,
    FeatureDistribution,
    compare,
    expected_loss,
    expected_loss_and_gradient,
    linear_loss,
    linear_optimum,
    rational_loss,
)

# sets among the first features of a random order: kinds and sizes
PATTERNS = [
    [(CorrelatedSet, 2)],
    [(AnticorrelatedSet, 2)],
    [(CorrelatedSet, 3)],
    [(AnticorrelatedSet, 3)],
    [(CorrelatedSet, 2), (AnticorrelatedSet, 2)],
    [(CorrelatedSet, 2), (CorrelatedSet, 2)],
    [(AnticorrelatedSet, 2), (AnticorrelatedSet, 2)],
]


def _distribution(rng, n, pattern):
    """Sets of a pattern, mixed densities and importances."""
    order = rng.permutation(n).tolist()
    density = 10 ** rng.uniform(-2.5, 0, n)
    groups = []
    for kind, size in pattern:
        members, order = order[:size], order[size:]
        density[members] = density[members[0]]
        groups.append(kind(members))
    return FeatureDistribution(n, density, 10 ** rng.uniform(-1, 1, n), groups=groups)


def _samples(features, count, rng):
    """x (count, n_features) as the definition of the sets says."""
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


@pytest.mark.parametrize("case", range(4))
def test_loss_of_sets_is_within_four_standard_errors_of_monte_carlo(case):
    rng = np.random.default_rng([23, case])
    n, m = 6 + 4 * case, 2 + case
    pattern = [(CorrelatedSet, 2 + case), (AnticorrelatedSet, 5 - case), (AnticorrelatedSet, 2)]
    features = _distribution(rng, n + 3, pattern)
    W = 10 ** rng.uniform(-1, 0) * rng.standard_normal((n + 3, m))
    b = 0.2 * rng.standard_normal(n + 3)
    x = _samples(features, 300_000, rng)
    sampled = ((x - np.maximum(x @ W @ W.T + b, 0)) ** 2) @ features.importance
    deviation = sampled.std() / np.sqrt(len(sampled))
    assert abs(sampled.mean() - expected_loss(W, b, features)) <= 4 * deviation


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("seed", range(4))
def test_loss_of_sets_is_the_oracles(pattern, seed):
    rng = np.random.default_rng([29, seed, len(pattern), pattern[0][1]])
    n = int(rng.integers(4, 6))
    features = _distribution(rng, n, pattern)
    W, b = rng.standard_normal((n, 2)), 0.3 * rng.standard_normal(n)
    if seed == 3:  # overlaps of zero, and vertices on the kinks
        W, b = rng.choice([-1.0, 0.0, 0.5, 1.0], (n, 2)), np.zeros(n)
    assert expected_loss(W, b, features) == pytest.approx(
        float(rational_loss(W, b, features)), rel=1e-8
    )


@pytest.mark.parametrize("kind", [CorrelatedSet, AnticorrelatedSet])
@pytest.mark.parametrize("tiny", [0.0, 1e-1, 1e-3, 1e-5, 1e-9])
def test_loss_of_sets_is_the_oracles_where_the_vertex_of_a_digon_lies_on_the_kink(kind, tiny):
    # digons across two sets, 1 − 1 = 0 at b = 0, blurred by overlaps that are orders smaller
    blur = np.array([[0.0, 1, 0.7], [0.4, 0, 1], [-0.6, 0.2, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]])
    W = np.vstack([np.eye(3), -np.eye(3)]) + tiny * blur
    features = FeatureDistribution(6, 0.1, groups=[kind((0, 1, 2)), kind((3, 4, 5))])
    assert expected_loss(W, np.zeros(6), features) == pytest.approx(
        float(rational_loss(W, np.zeros(6), features)), rel=1e-8
    )


@pytest.mark.parametrize("density", [1.0, 0.2, 1e-3])
def test_certain_and_rare_sets_cost_what_the_oracle_says(density):
    W, b = np.random.default_rng(2).standard_normal((5, 2)), np.full(5, -0.1)
    groups = [CorrelatedSet((0, 1)), AnticorrelatedSet((2, 3, 4))]
    features = FeatureDistribution(5, density, groups=groups)
    assert expected_loss(W, b, features) == pytest.approx(
        float(rational_loss(W, b, features)), rel=1e-9
    )


@pytest.mark.parametrize("pattern", PATTERNS)
def test_gradient_of_sets_is_that_of_central_differences(pattern):
    rng = np.random.default_rng([31, len(pattern), pattern[0][1]])
    features = _distribution(rng, 6, pattern)
    W, b = rng.standard_normal((6, 2)) / 2, 0.2 * rng.standard_normal(6)
    _, dW, db = expected_loss_and_gradient(W, b, features, rtol=1e-12)
    for _ in range(3):
        U, c = rng.standard_normal(W.shape), rng.standard_normal(b.shape)

        def along(t, U=U, c=c):
            return expected_loss(W + t * U, b + t * c, features, rtol=1e-12)

        h = 1e-4
        slope = (8 * (along(h) - along(-h)) - (along(2 * h) - along(-2 * h))) / (12 * h)
        assert np.sum(dW * U) + db @ c == pytest.approx(slope, rel=1e-6, abs=1e-7)


def test_gradient_to_a_row_of_zeros_in_a_set_is_the_oracles():
    # the overlaps of feature 2 are exactly 0, and its set is active with its partner
    features = FeatureDistribution(4, 0.3, groups=[CorrelatedSet((0, 2)), CorrelatedSet((1, 3))])
    W, b = np.array([[1.0, 0.2], [-0.9, 0.1], [0.0, 0.0], [0.3, 0.8]]), np.full(4, -0.05)
    _, dW, _ = expected_loss_and_gradient(W, b, features)
    for h in range(2):
        above, below = W.copy(), W.copy()
        above[2, h], below[2, h] = 1e-6, -1e-6
        slope = float(rational_loss(above, b, features) - rational_loss(below, b, features)) / 2e-6
        assert dW[2, h] == pytest.approx(slope, rel=1e-5)


def test_sets_of_which_one_weighs_nothing_act_through_their_mean():
    # two more features, which the others do not see, change neither loss nor gradient
    W, b = np.array([[1.0, 0.3], [-0.8, 0.2]]), np.array([0.05, -0.1])
    alone = expected_loss_and_gradient(W, b, FeatureDistribution(2, 0.3))
    features = FeatureDistribution(4, 0.3, groups=[CorrelatedSet((2, 3))])
    unseen = np.vstack([W, np.zeros((2, 2))])
    rows = expected_loss(unseen, np.append(b, [0, 0]), features, per_feature=True)
    _, dW, _ = expected_loss_and_gradient(unseen, np.append(b, [0, 0]), features)
    assert rows[:2].sum() == pytest.approx(alone[0], rel=1e-12)
    assert dW[:2] == pytest.approx(alone[1], rel=1e-9)
    assert rows[2:] == pytest.approx([0.1, 0.1], rel=1e-12)  # E x² = p/3


@pytest.mark.parametrize("density", [1.0, 0.3, 0.01])
def test_two_anticorrelated_pairs_fit_in_two_dimensions_at_no_cost(density):
    # paper 6.3 (b): antipodal within a set, sets orthogonal
    features = FeatureDistribution(
        4, density, groups=[AnticorrelatedSet((0, 1)), AnticorrelatedSet((2, 3))]
    )
    W = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    assert rational_loss(W, np.zeros(4), features) == 0
    assert expected_loss(W, np.zeros(4), features) == pytest.approx(0, abs=1e-20)


def test_instances_of_sets_are_computed_one_by_one():
    groups = [CorrelatedSet((0, 2)), AnticorrelatedSet((1, 3))]
    features = FeatureDistribution(4, [[0.1], [0.6]], groups=groups)
    W, b = np.random.default_rng(5).standard_normal((4, 2)), np.zeros(4)
    both = expected_loss(W, b, features)
    assert both.tolist() == [expected_loss(W, b, features[k]) for k in range(2)]


def test_linear_loss_of_sets_is_within_four_standard_errors_of_monte_carlo():
    rng = np.random.default_rng(37)
    features = _distribution(rng, 7, [(CorrelatedSet, 3), (AnticorrelatedSet, 2)])
    W, b = rng.standard_normal((7, 2)) / 2, 0.1 * rng.standard_normal(7)
    x = _samples(features, 200_000, rng)
    sampled = ((x - x @ W @ W.T - b) ** 2) @ features.importance
    error = 4 * sampled.std() / np.sqrt(len(sampled))
    assert linear_loss(W, b, features) == pytest.approx(sampled.mean(), abs=error)


def test_linear_optimum_of_a_correlated_pair_is_its_sum():
    # eigenvalues 7p/12 − p²/2 and p/12 of the pair, against p/3 − p²/4 of a feature alone
    p = 0.3
    features = FeatureDistribution(3, p, groups=[CorrelatedSet((0, 1))])
    W, b = linear_optimum(features, 1)
    assert abs(W[:, 0]) == pytest.approx([0.5**0.5, 0.5**0.5, 0])
    assert linear_loss(W, b, features) == pytest.approx(p / 12 + p / 3 - p**2 / 4)
    with pytest.raises(ValueError, match="expected one importance for all members of Corr"):
        linear_optimum(FeatureDistribution(3, p, [1, 0.5, 1], groups=[CorrelatedSet((0, 1))]), 1)


def test_a_prediction_needs_independent_features_in_the_component():
    W, b = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]]), np.zeros(4)
    across = [CorrelatedSet((0, 1)), CorrelatedSet((2, 3))]  # digons hold one of each
    within = [CorrelatedSet((0, 2)), CorrelatedSet((1, 3))]
    independent = compare(W, b, FeatureDistribution(4, 0.1))
    apart = compare(W, b, FeatureDistribution(4, 0.1, groups=across))
    assert apart.predicted == independent.predicted
    assert apart.loss == pytest.approx(independent.loss)
    assert apart.dedicated_digon is None
    together = compare(W, b, FeatureDistribution(4, 0.1, groups=within))
    assert together.predicted is None and together.ratio is None
    assert together.loss == pytest.approx(2 * 2 * 0.1 / 6)  # E min(x, y)² = 1/6
