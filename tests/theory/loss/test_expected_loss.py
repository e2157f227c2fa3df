import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from theory import (
    FeatureDistribution,
    expected_loss,
    expected_loss_and_gradient,
    linear_loss,
    rational_loss,
)


def _random_model(rng, n, m, scale):
    """A random model and distribution with mixed densities and importances."""
    W = scale * rng.standard_normal((n, m))
    b = 0.3 * scale * rng.standard_normal(n)
    features = FeatureDistribution(n, rng.uniform(0.003, 1, n), 10 ** rng.uniform(-1, 1, n))
    return W, b, features


def _sampled_losses(W, b, features, samples, rng):
    """The loss on each of the sampled inputs, straight from the definition."""
    shape = (samples, features.n_features)
    x = np.where(rng.random(shape) < features.density, rng.random(shape), 0)
    out = np.maximum(x @ W @ W.T + b, 0)
    return ((x - out) ** 2) @ features.importance


def _cases(count, seed, sizes, hidden):
    rng = np.random.default_rng(seed)
    return [
        (int(rng.integers(*sizes)), int(rng.integers(*hidden)), 10 ** rng.uniform(-1.5, 0), k)
        for k in range(count)
    ]


@pytest.mark.parametrize(("n", "m", "scale", "case"), _cases(30, 3, (2, 41), (1, 9)))
def test_loss_is_within_four_standard_errors_of_monte_carlo(n, m, scale, case):
    rng = np.random.default_rng([11, case])
    W, b, features = _random_model(rng, n, m, scale)
    sampled = _sampled_losses(W, b, features, 1_500_000 // n, rng)
    deviation = sampled.std() / np.sqrt(len(sampled))
    assert abs(sampled.mean() - expected_loss(W, b, features)) <= 4 * deviation


@pytest.mark.parametrize("seed", range(40))
def test_loss_is_the_oracles_in_general_position(seed):
    rng = np.random.default_rng([5, seed])
    n, m = int(rng.integers(2, 6)), int(rng.integers(1, 4))
    W, b, _ = _random_model(rng, n, m, 10 ** rng.uniform(-2, 0.3))
    density = rng.uniform(0.003, 1, n)
    density[: seed % 3] = 1
    features = FeatureDistribution(n, density, 10 ** rng.uniform(-1, 1, n))
    assert expected_loss(W, b, features) == pytest.approx(
        float(rational_loss(W, b, features)), rel=1e-9
    )


@pytest.mark.parametrize("density", [1.0, 0.9, 0.3, 0.03, 0.003])
@pytest.mark.parametrize("tiny", [1e-1, 1e-2, 1e-3, 1e-4, 1e-5])
def test_loss_is_the_oracles_where_the_vertex_of_a_digon_lies_on_the_kink(density, tiny):
    # 1 − 1 = 0 at b = 0, blurred by further weights that are orders of magnitude smaller
    W = np.array([[1.0], [-1.0], [tiny], [-0.6 * tiny], [0.3 * tiny]])
    features = FeatureDistribution(5, density)
    assert expected_loss(W, np.zeros(5), features) == pytest.approx(
        float(rational_loss(W, np.zeros(5), features)), rel=1e-9
    )


@pytest.mark.parametrize("scale", [1e-4, 1e-3, 1e-2, 1e-1])
def test_loss_is_the_oracles_at_a_small_start(scale):
    W = scale * np.random.default_rng(0).standard_normal((5, 2))
    features = FeatureDistribution(5, 0.5)
    assert expected_loss(W, np.zeros(5), features) == pytest.approx(
        float(rational_loss(W, np.zeros(5), features)), rel=1e-6
    )


@pytest.mark.parametrize(
    ("n", "m", "density"), [(2, 1, 0.5), (5, 2, 0.1), (12, 3, 0.3), (12, 4, 1.0), (60, 10, 0.05)]
)
def test_gradient_is_that_of_central_differences(n, m, density):
    rng = np.random.default_rng([n, 1])
    W = rng.standard_normal((n, m)) / np.sqrt(m)
    b = 0.2 * rng.standard_normal(n)
    features = FeatureDistribution(n, density, rng.uniform(0.5, 1.5, n))
    _, dW, db = expected_loss_and_gradient(W, b, features, rtol=1e-12)
    assert min(abs(dW).max(), abs(db).max()) > 1e-3
    step = 1e-4
    checked = [(i, h) for i in range(n) for h in range(m)]
    for i, h in rng.permutation(checked)[:8]:
        move = np.zeros_like(W)
        move[i, h] = step
        slope = _central(lambda t: expected_loss(W + t * move, b, features, rtol=1e-12), 1)  # noqa: B023
        assert dW[i, h] == pytest.approx(slope / step, abs=1e-6 * abs(dW).max())
    for i in rng.permutation(n)[:3]:
        move = np.zeros_like(b)
        move[i] = step
        slope = _central(lambda t: expected_loss(W, b + t * move, features, rtol=1e-12), 1)  # noqa: B023
        assert db[i] == pytest.approx(slope / step, abs=1e-6 * abs(db).max())


def _central(f, h):
    """Fourth-order central difference: its error is far below that of the gradient."""
    return (8 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12 * h)


def test_gradient_of_a_small_row_beside_a_digon_is_the_oracles():
    features, small, step = FeatureDistribution(3, 0.5), 1e-4, 1e-7
    _, dW, _ = expected_loss_and_gradient([[1.0], [-1.0], [small]], np.zeros(3), features)
    above, below = (
        rational_loss([[1.0], [-1.0], [small + move]], np.zeros(3), features)
        for move in (step, -step)
    )
    assert dW[2, 0] == pytest.approx(float(above - below) / (2 * step), rel=1e-5)


def test_instances_give_the_same_bits_alone_and_in_a_batch():
    rng = np.random.default_rng(1)
    W, b = rng.standard_normal((50, 6, 2)), 0.2 * rng.standard_normal((50, 6))
    features = FeatureDistribution(6, rng.uniform(0.01, 1, (50, 1)))
    together = expected_loss_and_gradient(W, b, features)
    for k in (0, 17, 49):
        alone = expected_loss_and_gradient(W[k], b[k], features[k])
        for batch, one in zip(together, alone, strict=True):
            assert np.array_equal(batch[k], one)


def test_instances_of_weights_biases_and_features_broadcast():
    rng = np.random.default_rng(2)
    W, b = rng.standard_normal((2, 1, 3, 2)), rng.standard_normal((4, 3))
    features = FeatureDistribution(3, [[0.1], [0.2], [0.5], [1.0]])
    loss, dW, db = expected_loss_and_gradient(W, b, features)
    assert loss.shape == (2, 4)
    assert dW.shape == (2, 4, 3, 2)
    assert db.shape == (2, 4, 3)
    assert loss[1, 2] == expected_loss(W[1, 0], b[2], features[2])


@pytest.mark.parametrize("seed", range(6))
def test_permuting_features_leaves_the_loss(seed):
    rng = np.random.default_rng(seed)
    W, b, features = _random_model(rng, 9, 3, 0.7)
    order = rng.permutation(9)
    permuted = FeatureDistribution(9, features.density[order], features.importance[order])
    rows = expected_loss(W, b, features, per_feature=True)
    np.testing.assert_allclose(
        expected_loss(W[order], b[order], permuted, per_feature=True),
        rows[order],
        rtol=0,
        atol=1e-10 * rows.sum(),
    )


@pytest.mark.parametrize("seed", range(6))
def test_rotating_hidden_space_leaves_the_loss_and_turns_the_gradient(seed):
    rng = np.random.default_rng(seed)
    W, b, features = _random_model(rng, 9, 3, 0.7)
    Q = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    loss, dW, db = expected_loss_and_gradient(W, b, features)
    turned_loss, turned_dW, turned_db = expected_loss_and_gradient(W @ Q, b, features)
    assert turned_loss == pytest.approx(loss, rel=1e-10)
    np.testing.assert_allclose(turned_dW, dW @ Q, rtol=0, atol=1e-9 * abs(dW).max())
    np.testing.assert_allclose(turned_db, db, rtol=0, atol=1e-9 * abs(db).max())


@pytest.mark.parametrize("factor", [1e-6, 0.7, 1e6])
def test_loss_and_gradient_scale_with_importance(factor):
    W, b, features = _random_model(np.random.default_rng(4), 6, 2, 0.7)
    scaled = FeatureDistribution(6, features.density, factor * features.importance)
    for before, after in zip(
        expected_loss_and_gradient(W, b, features),
        expected_loss_and_gradient(W, b, scaled),
        strict=True,
    ):
        np.testing.assert_allclose(after, factor * np.asarray(before), rtol=1e-9)


def test_output_without_importance_costs_nothing_and_still_interferes():
    W, b = [[1.0], [0.8]], [0.0, 0.0]
    rows = expected_loss(W, b, FeatureDistribution(2, 0.3, [1.0, 0.0]), per_feature=True)
    both = expected_loss(W, b, FeatureDistribution(2, 0.3), per_feature=True)
    assert rows[1] == 0
    assert rows[0] == pytest.approx(both[0], rel=1e-9)


@pytest.mark.parametrize("density", [1.0, 0.4, 0.01])
def test_ignored_feature_adds_its_importance_times_variance_and_nothing_else(density):
    W, b, features = _random_model(np.random.default_rng(8), 5, 2, 0.7)
    wider = FeatureDistribution(
        6, np.append(features.density, density), np.append(features.importance, 3.0)
    )
    rows = expected_loss(W, b, features, per_feature=True)
    with_it = expected_loss(
        np.vstack([W, np.zeros(2)]), np.append(b, density / 2), wider, per_feature=True
    )
    np.testing.assert_allclose(with_it[:5], rows, rtol=0, atol=1e-12 * rows.sum())
    assert with_it[5] == pytest.approx(3 * (density / 3 - density**2 / 4), rel=1e-12)


def test_losses_of_the_outputs_sum_to_the_loss():
    W, b, features = _random_model(np.random.default_rng(9), 30, 5, 0.5)
    rows = expected_loss(W, b, features, per_feature=True)
    assert rows.shape == (30,)
    assert rows.sum() == pytest.approx(expected_loss(W, b, features), rel=1e-14)


@pytest.mark.parametrize("density", [1.0, 0.6, 0.1, 0.001])
def test_digon_costs_a_sixth_of_the_squared_density_per_feature(density):
    rows = expected_loss(
        [[1.0], [-1.0]], [0.0, 0.0], FeatureDistribution(2, density), per_feature=True
    )
    np.testing.assert_allclose(rows, density**2 / 6, rtol=1e-12)


@pytest.mark.parametrize("density", [1.0, 0.6, 0.1, 0.001])
def test_dedicated_features_cost_nothing(density):
    features = FeatureDistribution(3, density)
    assert expected_loss(np.eye(3), np.zeros(3), features) == pytest.approx(0, abs=1e-15)


models = st.integers(1, 4).flatmap(
    lambda n: st.tuples(
        arrays(np.float64, (n, 2), elements=st.sampled_from([-1.5, -1, -0.5, -0.01, 0, 0.7, 1, 2])),
        arrays(np.float64, n, elements=st.floats(-1, 1).map(lambda x: round(x, 2))),
        arrays(np.float64, n, elements=st.sampled_from([0.001, 0.05, 0.3, 0.9, 1.0])),
        arrays(np.float64, n, elements=st.sampled_from([0.0, 0.01, 1.0, 30.0])),
    )
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(models)
def test_loss_is_the_oracles_on_lattices_of_weights(model):
    W, b, density, importance = model
    features = FeatureDistribution(len(b), density, importance)
    exact = float(rational_loss(W, b, features))
    variance = float((importance * features.variance).sum())
    assert expected_loss(W, b, features) == pytest.approx(exact, rel=1e-8, abs=1e-12 * variance)


@pytest.mark.parametrize("density", [1.0, 0.2])
def test_loss_is_the_linear_models_where_no_output_can_be_negative(density):
    rng = np.random.default_rng(12)
    W, b = rng.uniform(0, 1, (5, 2)), rng.uniform(0, 1, 5)
    features = FeatureDistribution(5, density, rng.uniform(0, 2, 5))
    assert expected_loss(W, b, features) == pytest.approx(linear_loss(W, b, features), rel=1e-13)


def test_tighter_tolerance_moves_the_loss_by_less_than_the_looser_one():
    W, b, features = _random_model(np.random.default_rng(13), 40, 6, 0.4)
    loose = expected_loss(W, b, features, rtol=1e-6)
    assert expected_loss(W, b, features, rtol=1e-12) == pytest.approx(loose, rel=1e-6)


@pytest.mark.parametrize(
    ("W", "b", "expected"),
    [
        ([[1.0, 0.0]], [0.0, 0.0], r"expected W of shape \(\.\.\., 2, n_hidden\).*\(1, 2\)"),
        ([1.0, 0.0], [0.0, 0.0], r"expected W of shape .* got \(2,\)"),
        ([[1.0], [0.0]], [0.0], r"expected b of shape \(\.\.\., 2\), got \(1,\)"),
        ([[1.0], [0.0]], 0.0, r"expected b of shape \(\.\.\., 2\), got \(\)"),
        ([[np.nan], [0.0]], [0.0, 0.0], "expected finite W, got 1 NaN or infinite of 2 entries"),
        ([[1.0], [0.0]], [np.inf, np.nan], "expected finite b, got 2 NaN"),
        ([["a"], ["b"]], [0.0, 0.0], "expected W to be an array of real numbers"),
        ([[1j], [0]], [0.0, 0.0], "expected W to be an array of real numbers"),
        ([[1.0], [0.0, 1.0]], [0.0, 0.0], "expected W to be an array of real numbers"),
        (np.ones((3, 2, 1)), np.ones((2, 2)), "expected instances that broadcast"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(W, b, expected):
    with pytest.raises(ValueError, match=expected) as caught:
        expected_loss(W, b, FeatureDistribution(2, 0.5))
    assert "\n" not in str(caught.value)
