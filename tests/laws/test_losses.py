"""The exact loss of any model scales, turns, permutes, adds up and slopes as it must.

Laws of any weights, biases and features, in sets and of exponential amplitudes too.

The engine answers to 1e-8 of the loss (`rtol`), so that two answers to one question agree to
AGREE = 4e-8; where nothing is lost, to 1e-12 of what the linear model or silence would lose.
"""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.laws.strategies import (
    densities,
    importances,
    matrices,
    models,
    orthogonal,
    permuted,
    seeds,
    shuffled,
    weighted,
)
from theory import (
    AnticorrelatedSet,
    CorrelatedSet,
    FeatureDistribution,
    expected_loss,
    expected_loss_and_gradient,
    linear_loss,
)
from theory.features import AMPLITUDES

AGREE = 4e-8


def rows(W, b, features):
    return np.asarray(expected_loss(W, b, features, per_feature=True))


def same(found, expected, *, scale=0.0):
    """Equal to the tolerance of the engine, which is one of the whole loss."""
    whole = np.abs(expected).sum()
    np.testing.assert_allclose(found, expected, rtol=0, atol=AGREE * whole + 1e-12 * (1 + scale))


def size(W, b, features):
    """What is at stake: importance times the largest squared output there can be."""
    gram = np.abs(W @ W.T).sum(axis=1) + np.abs(b) + 1
    return float((features.importance * gram**2).sum())


def off_the_kinks(W, b, seed):
    """Weights in general position nearby: on a kink the slope is one-sided."""
    rng = np.random.default_rng(seed)
    return W + 0.1 * rng.normal(size=W.shape), b + 0.1 * rng.normal(size=b.shape)


@given(models())
def test_loss_is_at_least_zero(model):
    assert (rows(*model) >= -1e-12 * (1 + size(*model))).all()


@given(models(sets=False))
def test_loss_is_at_most_that_of_the_linear_model(model):
    # x ≥ 0 and ReLU projects onto the numbers ≥ 0: |x − ReLU(z)| ≤ |x − z|
    linear = float(linear_loss(*model))
    assert expected_loss(*model) <= linear * (1 + AGREE) + 1e-12 * (1 + size(*model))


@given(models())
def test_losses_of_the_outputs_sum_to_the_loss(model):
    np.testing.assert_allclose(rows(*model).sum(), expected_loss(*model), rtol=1e-12, atol=1e-300)


@given(models(), st.floats(1e-6, 1e6))
def test_loss_and_gradient_scale_with_importance(model, factor):
    W, b, features = model
    scaled = weighted(features, factor * features.importance)
    before = expected_loss_and_gradient(W, b, features)
    after = expected_loss_and_gradient(W, b, scaled)
    for old, new in zip(before, after, strict=True):
        same(np.asarray(new) / factor, np.asarray(old), scale=size(*model))


@given(models(), seeds)
def test_rotation_of_hidden_space_leaves_the_loss_and_turns_the_gradient(model, seed):
    W, b, features = model
    Q = orthogonal(seed, W.shape[1])
    same(rows(W @ Q, b, features), rows(*model), scale=size(*model))
    W, b = off_the_kinks(W, b, seed)
    _, dW, db = expected_loss_and_gradient(W, b, features)
    _, turned_dW, turned_db = expected_loss_and_gradient(W @ Q, b, features)
    tolerance = 1e-7 * (1 + size(W, b, features))
    np.testing.assert_allclose(turned_dW, dW @ Q, rtol=0, atol=tolerance)
    np.testing.assert_allclose(turned_db, db, rtol=0, atol=tolerance)


@given(models(), st.integers(1, 3))
def test_further_hidden_dimensions_that_nothing_uses_leave_the_loss(model, more):
    W, b, features = model
    same(rows(np.pad(W, ((0, 0), (0, more))), b, features), rows(*model), scale=size(*model))


@given(models(), seeds)
def test_losses_come_in_the_order_of_the_features(model, seed):
    W, b, features = model
    order = shuffled(seed, len(W))
    found = rows(W[order], b[order], permuted(features, order))
    same(found, rows(*model)[order], scale=size(*model))


@given(models(), densities, importances)
def test_silent_feature_adds_its_importance_times_variance_and_nothing_else(
    model, density, importance
):
    W, b, features = model
    wider = FeatureDistribution(
        len(W) + 1,
        np.append(features.density, density),
        np.append(features.importance, importance),
        features.amplitude,
        features.groups,
    )
    found = rows(np.vstack([W, 0 * W[:1]]), np.append(b, wider.mean[-1]), wider)
    same(found[:-1], rows(*model), scale=size(*model))
    p = density  # E x² − (E x)²
    variance = p / 3 - p**2 / 4 if features.amplitude == "uniform" else 2 * p - p**2
    np.testing.assert_allclose(found[-1], importance * variance, rtol=1e-8)


@given(models(), seeds)
def test_importance_of_a_feature_is_no_matter_to_the_outputs_of_others(model, seed):
    W, b, features = model
    i = shuffled(seed, len(W))[0]
    importance = features.importance.copy()
    importance[i] = 0.0
    found, before = rows(W, b, weighted(features, importance)), rows(*model)
    others = np.arange(len(W)) != i
    assert found[i] == 0
    np.testing.assert_allclose(
        found[others],
        before[others],
        rtol=0,
        atol=AGREE * before.sum() + 1e-12 * (1 + size(*model)),
    )


@given(models(), st.lists(densities, min_size=2, max_size=2, unique=True))
def test_inputs_of_a_feature_without_importance_matter_to_the_others(model, two):
    # a feature of weight 1 onto the first output, whose own loss counts nothing
    W, b, features = model
    wide = np.pad(W, ((0, 1), (0, 1)))
    wide[0, -1] = wide[-1, -1] = 1.0
    losses = []
    for density in two:
        wider = FeatureDistribution(
            len(wide),
            np.append(features.density, density),
            np.append(np.maximum(features.importance, 1.0), 0.0),
            features.amplitude,
            features.groups,
        )
        losses.append(rows(wide, np.append(b, 0.0), wider))
        # E (x − ReLU(z))² with z raised by another input; it is the linear loss where z ≥ 0
        assert losses[-1][-1] == 0
    others = slice(1, len(W))
    same(losses[0][others], losses[1][others], scale=size(wide, np.append(b, 0.0), wider))
    # where the first output is 0 whatever comes in, it does not matter what does
    highest = np.maximum(wide[0] @ wide.T, 0).sum() + b[0]
    assert highest < 1e-3 or losses[0][0] != losses[1][0]


@given(
    st.sampled_from(AMPLITUDES).flatmap(lambda a: st.tuples(*[models(3, amplitude=a)] * 2)), seeds
)
def test_losses_of_models_in_orthogonal_subspaces_add_up(pair, seed):
    one, other = pair
    W = np.zeros((len(one[0]) + len(other[0]), one[0].shape[1] + other[0].shape[1]))
    W[: len(one[0]), : one[0].shape[1]] = one[0]
    W[len(one[0]) :, one[0].shape[1] :] = other[0]
    first, second = one[2], other[2]
    shifted = [type(g)(tuple(i + len(one[0]) for i in g.features)) for g in second.groups]
    both = FeatureDistribution(
        len(W),
        np.append(first.density, second.density),
        np.append(first.importance, second.importance),
        first.amplitude,
        [*first.groups, *shifted],
    )
    b = np.append(one[1], other[1])
    found = rows(W @ orthogonal(seed, W.shape[1]), b, both)
    same(found, np.append(rows(*one), rows(*other)), scale=size(W, b, both))


@given(models(least=2, sets=False))
def test_correlated_sets_of_density_one_are_independent(model):
    W, b, features = model
    always = FeatureDistribution(len(W), 1.0, features.importance)
    together = FeatureDistribution(
        len(W), 1.0, features.importance, groups=[CorrelatedSet(tuple(range(len(W))))]
    )
    same(rows(W, b, together), rows(W, b, always), scale=size(W, b, always))


@given(models(3, sets=False), densities, st.integers(1, 3), st.booleans())
def test_member_of_a_set_whose_others_are_silent_is_an_independent_feature(
    model, density, silent, correlated
):
    W, b, features = model
    n = len(W)
    p = np.append(features.density, np.full(silent + 1, density))
    importance = np.append(features.importance, np.ones(silent + 1))
    members = tuple(range(n, n + silent + 1))
    group = (CorrelatedSet if correlated else AnticorrelatedSet)(members)
    W = np.vstack([W, W[:1] + 0.5, np.zeros((silent, W.shape[1]))])
    tied = FeatureDistribution(n + silent + 1, p, importance, groups=[group])
    free = FeatureDistribution(n + silent + 1, tied.active, importance)
    b = np.append(b, [0.1, *tied.mean[n + 1 :]])
    same(rows(W, b, tied), rows(W, b, free), scale=size(W, b, free))


@given(models(4), matrices(st.just(4), st.just(3)), seeds)
def test_gradient_is_the_slope_of_the_loss_in_any_direction(model, towards, seed):
    W, b, features = model
    W, b = off_the_kinks(W, b, seed)
    dW_along, db_along = towards[: W.shape[0], : W.shape[1]], towards[: len(b), 0]
    _, dW, db = expected_loss_and_gradient(W, b, features, rtol=1e-12)
    slope = (dW * dW_along).sum() + (db * db_along).sum()

    def loss(t):
        return expected_loss(W + t * dW_along, b + t * db_along, features, rtol=1e-12)

    h = 1e-4
    difference = (8 * (loss(h) - loss(-h)) - (loss(2 * h) - loss(-2 * h))) / (12 * h)
    scale = size(W, b, features)
    assert abs(difference - slope) <= 1e-6 * (abs(slope) + scale)
