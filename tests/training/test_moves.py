import math

import numpy as np
import pytest
from scipy.integrate import quad

from theory import AnticorrelatedSet, CorrelatedSet, FeatureDistribution, expected_loss
from training import ReluOutputModel, fit
from training.moves import _activated, crowded_features, relocated, silenced
from training.problem import problems
from training.search import descend, explore, settle


def uniform(n, p):
    (problem,) = problems(FeatureDistribution(n, p))
    return problem


def polygon(n, norm=1.1):
    angle = 2 * math.pi * np.arange(n) / n
    return norm * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def found_cosines(W):
    V = W / np.linalg.norm(W, axis=1, keepdims=True)
    return (V @ V.T)[np.triu_indices(len(V), 1)]


@pytest.mark.parametrize("g", [-1.3, -0.4, -1e-8, 0.0, 1e-8, 0.3, 1.2])
@pytest.mark.parametrize("b", [-0.8, -0.2, 0.0, 0.5])
def test_activation_of_a_partner_is_the_integral(g, b):
    kink = [-b / g] if g and 0 < -b / g < 1 else None
    value, slope = _activated(g, b)
    assert value == pytest.approx(quad(lambda x: max(g * x + b, 0) ** 2, 0, 1, points=kink)[0])
    slope_there = quad(lambda x: 2 * x * max(g * x + b, 0), 0, 1, points=kink)[0]
    assert slope == pytest.approx(slope_there, abs=1e-7)


def test_emptiest_direction_of_a_polygon_with_a_gap_is_the_gap():
    # a heptagon whose first vertex lies on top of another
    W = polygon(7)
    gap = W[0].copy()
    W[0] = W[3]
    b = np.full(7, -0.3)
    problem = uniform(7, 0.01)
    found = relocated(W, b, problem, np.array([0]), np.random.default_rng(0))
    assert found is not None
    moved, bias = found
    assert np.array_equal(moved[1:], W[1:])
    np.testing.assert_allclose(moved[0], gap, atol=1e-3)
    assert (bias == -0.3).all()


def test_lonely_row_is_met_at_its_antipode():
    W = np.array([[1.0, 0, 0], [0, 1.0, 0], [0, -1.0, 0], [0, 0, 1.0], [0, 0, -1.0], [0, 1, 0]])
    problem = uniform(6, 0.1)
    found = relocated(W, np.zeros(6), problem, np.array([5]), np.random.default_rng(0))
    assert found is not None
    np.testing.assert_allclose(found[0][5], [-1, 0, 0], atol=1e-3)


def test_features_of_a_perfect_packing_are_not_crowded():
    problem = uniform(6, 0.01)
    crowded, excess = crowded_features(polygon(6), np.full(6, -0.4), problem)
    assert len(crowded) == 0 and excess == 0


def test_lost_features_are_the_most_crowded():
    W = polygon(6)
    W[4] = 0
    problem = uniform(6, 0.01)
    crowded, excess = crowded_features(W, np.full(6, -0.2), problem)
    assert crowded[0] == 4 and 0 < excess < 1


def test_nothing_moves_where_nothing_is_represented():
    problem = uniform(4, 0.5)
    W, b = np.full((4, 2), 0.01), np.full(4, 0.25)
    assert relocated(W, b, problem, np.array([0]), np.random.default_rng(0)) is None


def test_silenced_features_read_their_mean():
    found = silenced(np.array([[1.0], [0.05], [0.0]]), np.zeros(3), np.array([0.1, 0.2, 0.3]), 0.1)
    assert found is not None
    W, b = found
    assert W.tolist() == [[1.0], [0.0], [0.0]]
    assert b.tolist() == [0.0, 0.2, 0.3]
    assert silenced(np.array([[1.0], [0.0]]), np.zeros(2), np.ones(2), 0.1) is None


@pytest.mark.parametrize(
    ("n", "m", "p", "decay"),
    [(6, 2, 0.03, 1.0), (9, 2, 0.1, 0.9), (12, 3, 0.6, 1.0), (7, 3, 1.0, 0.8)],
)
def test_moves_never_raise_the_loss(n, m, p, decay):
    features = FeatureDistribution(n, p, decay ** np.arange(n))
    (problem,) = problems(features)
    for seed in range(3):
        rng = np.random.default_rng(seed)
        here = descend(seed, 0.3 * rng.standard_normal((n, m)), np.zeros(n), problem)
        there = explore(here, problem, rng)
        settled = settle(there, problem, 1e-9)
        assert settled.loss <= there.loss <= here.loss
        # and it is the true loss that falls, not what a short series makes of it
        before, after = (expected_loss(x.W, x.b, features) for x in (here, settled))
        assert after <= before * (1 + 1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_default_fit_finds_the_hexagon(seed):
    # most single descents end at a pentagon with one feature lost
    run = fit(ReluOutputModel(6, 2), FeatureDistribution(6, 0.01), seed=seed)
    angles = np.sort(np.arctan2(run.W[:, 1], run.W[:, 0]))
    np.testing.assert_allclose(np.diff(angles), math.pi / 3, atol=1e-4)


def test_weak_feature_on_top_of_another_falls_silent():
    # a pentagon and a sixth feature: of norm 1/4 it costs .4 % more than not represented
    run = fit(ReluOutputModel(6, 2), FeatureDistribution(6, 0.1), restarts=2, seed=0)
    assert np.linalg.norm(run.W, axis=1).min() < 1e-3


def test_ten_features_in_four_dimensions_become_the_rectified_five_cell():
    features = FeatureDistribution(10, 0.01)
    right = 0
    for seed in range(6):
        run = fit(ReluOutputModel(10, 4), features, restarts=1, seed=seed)
        cosines = found_cosines(run.W)
        right += np.abs(cosines[:, None] - np.array([1 / 6, -2 / 3])).min(axis=1).max() < 1e-3
    assert right >= 5


def test_moves_give_the_same_bits_alone_in_a_batch_and_on_two_threads():
    features = FeatureDistribution(8, [[0.3], [0.05], [0.01]], 0.95 ** np.arange(8))
    model = ReluOutputModel(8, 2)
    batch = fit(model, features, restarts=5, seed=1)
    threads = fit(model, features, restarts=5, seed=1, threads=2)
    assert np.array_equal(batch.W, threads.W)
    assert batch.metrics == threads.metrics
    for k in range(3):
        alone = fit(model, features[k], restarts=5, seed=1)
        assert np.array_equal(alone.W, batch.W[k])
        assert np.array_equal(alone.b, batch.b[k])
        assert alone.metrics[0]["hits"] == batch.metrics[k]["hits"]


def test_members_of_sets_move_too():
    features = FeatureDistribution(
        6, 0.05, groups=(AnticorrelatedSet((0, 1)), CorrelatedSet((2, 3)))
    )
    (problem,) = problems(features)
    for seed in range(3):
        rng = np.random.default_rng(seed)
        here = descend(seed, 0.3 * rng.standard_normal((6, 2)), np.zeros(6), problem)
        there = settle(explore(here, problem, rng), problem, 1e-9)
        before, after = (expected_loss(x.W, x.b, features) for x in (here, there))
        assert after <= before * (1 + 1e-6)


def test_twenty_features_give_up_eight_and_become_the_icosahedron():
    run = fit(ReluOutputModel(20, 3), FeatureDistribution(20, 1 / 50), restarts=32, threads=2)
    assert np.count_nonzero(np.linalg.norm(run.W, axis=1) > 0.5) == 12
    W = run.W[np.linalg.norm(run.W, axis=1) > 0.5]
    np.testing.assert_allclose(
        np.sort(np.unique(np.round(found_cosines(W), 4))), [-1, -(5**-0.5), 5**-0.5], atol=2e-4
    )


def test_only_represented_features_are_thinned_out():
    W = np.vstack([polygon(6), np.zeros((1, 2))])
    W[0] *= 0.9
    b = np.append(np.full(6, -0.3), 0.01)
    problem = uniform(7, 0.02)
    everywhere, _ = crowded_features(W, b, problem)
    represented, _ = crowded_features(W, b, problem, represented=True)
    assert 6 in everywhere and 6 not in represented and len(represented)
