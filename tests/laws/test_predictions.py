"""Ideal shapes, ties, packings, comparisons and bounds keep the order and symmetry they must.

Losses of ideals are those of the reference engine at a descent's end, good to 1e-11; they are held
to 1e-9. What depends on the fast engine as well is held to 1e-7.
"""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from geometry import template
from tests.laws.strategies import connected, few, orthogonal, products, seeds, shuffled
from theory import (
    FeatureDistribution,
    best_packing,
    bounds,
    compare,
    dedicated_digon,
    expected_loss,
    expected_loss_and_gradient,
    ideal,
    transition,
    transitions,
)

SMALL = [shape.name for shape in connected(6)]
DENSITIES = (0.02, 0.1, 0.3, 0.8)  # few, so that ideals are worked out once

importance_lists = st.lists(st.floats(0.01, 2).map(lambda x: round(x, 2)), min_size=2, max_size=9)
mixtures = st.lists(st.sampled_from(SMALL), min_size=1, max_size=3)
pairs = st.lists(st.sampled_from(SMALL[:6]), min_size=1, max_size=2)


@few(10)
@given(st.sampled_from([shape.name for shape in connected(9)]), st.floats(0.02, 0.95))
def test_ideal_costs_the_exact_loss_of_its_weights(name, density):
    found = ideal(name, density)
    features = FeatureDistribution(len(found.b), density)
    loss = expected_loss(found.W, found.b, features, rtol=1e-12)
    assert loss / len(found.b) == pytest.approx(found.loss_per_feature, rel=1e-9, abs=1e-12)


@few(10)
@example("dedicated", 0.8359375)  # no loss at all
@example("elongated triangular bipyramid", 0.7150107244257762)  # two orbits, and a flat minimum
@given(st.sampled_from([shape.name for shape in connected(9)]), st.floats(0.02, 0.95))
def test_ideal_is_stationary_in_the_norm_and_bias_of_every_orbit(name, density):
    found, orbits = ideal(name, density), np.array(template(name).orbits)
    features = FeatureDistribution(len(found.b), density)
    loss, dW, db = expected_loss_and_gradient(found.W, found.b, features, rtol=1e-12)
    for orbit in range(max(orbits) + 1):
        along_norm = (dW * found.W)[orbits == orbit].sum()
        along_bias = db[orbits == orbit].sum()
        # what is left of the loss, up to 1e-11, is slope² / (2 curvature), that about 4 a feature
        left = np.sqrt(8 * len(orbits) * 1e-11 * loss) + 1e-8  # what the gradient is off by
        assert abs(along_norm) <= left and abs(along_bias) <= left


@few(5)
@given(pairs, pairs)
def test_shapes_tie_where_they_tie_from_either_side(a, b):
    within = (0.1, 0.9)
    there, back = transitions(a, b, within=within), transitions(b, a, within=within)
    assert [tie.density for tie in there] == pytest.approx([tie.density for tie in back], rel=1e-9)
    assert [(tie.denser, tie.sparser) for tie in there] == [
        (tie.denser, tie.sparser) for tie in back
    ]
    if there:
        assert transition(a, b, within=within) == pytest.approx(there[-1].density, rel=1e-9)


@given(importance_lists, st.data())
def test_order_of_the_importances_is_that_of_the_packing(importance, data):
    n = len(importance)
    m, density = data.draw(st.integers(1, n)), data.draw(st.sampled_from(DENSITIES))
    order = shuffled(data.draw(seeds), n)
    first = best_packing(FeatureDistribution(n, density, importance), m)
    other = best_packing(FeatureDistribution(n, density, np.array(importance)[order]), m)
    assert other.summary() == first.summary()
    assert other.loss == pytest.approx(first.loss, rel=1e-12, abs=1e-14)
    for part, same in zip(first.components, other.components, strict=True):
        there = sorted(importance[order[i]] for i in same.features)
        assert there == sorted(importance[i] for i in part.features)


@given(importance_lists, mixtures, st.data())
def test_packing_costs_no_more_than_any_other_mixture(importance, names, data):
    n = len(importance)
    m, density = data.draw(st.integers(1, n)), data.draw(st.sampled_from(DENSITIES))
    free, room, loss = list(shuffled(data.draw(seeds), n)), m, 0.0
    weights = np.array(importance)
    for name in names:
        k, d = template(name).vertices.shape
        best = ideal(name, density)
        if k <= len(free) and d <= room and best.whole:
            members, free, room = free[:k], free[k:], room - d
            loss += weights[members].sum() * best.loss_per_feature
    features = FeatureDistribution(n, density, importance)
    loss += weights[free].sum() * features.variance[0]
    found = best_packing(features, m)
    slack = 1e-9 * float(weights.sum() * features.variance[0])
    assert found.loss <= loss + slack
    assert found.loss <= dedicated_digon(density, importance, m).loss + slack
    assert found.loss <= np.sort(weights)[: n - m].sum() * features.variance[0] + slack


@given(importance_lists, st.data())
def test_packing_in_more_dimensions_costs_no_more(importance, data):
    n, density = len(importance), data.draw(st.sampled_from(DENSITIES))
    features = FeatureDistribution(n, density, importance)
    losses = [best_packing(features, m).loss for m in range(1, n + 1)]
    assert (np.diff(losses) <= 1e-9 * losses[0]).all()
    assert losses[-1] == pytest.approx(0, abs=1e-12 * sum(importance))


@few(8)
@given(products(7), st.sampled_from(DENSITIES), seeds)
def test_rotation_and_order_leave_the_comparison(product, density, seed):
    W, n = product.W, len(product.W)
    rng = np.random.default_rng(seed)
    b, importance = 0.1 * rng.normal(size=n), rng.uniform(0.5, 2, size=n)
    order, Q = shuffled(seed, n), orthogonal(seed, W.shape[1])
    first = compare(W, b, FeatureDistribution(n, density, importance))
    other = compare((W @ Q)[order], b[order], FeatureDistribution(n, density, importance[order]))
    assert other.loss == pytest.approx(first.loss, rel=1e-7)
    assert other.predicted == pytest.approx(first.predicted, rel=1e-7, abs=1e-12)
    if first.ratio is None:
        assert other.ratio is None
    else:
        assert other.ratio == pytest.approx(first.ratio, rel=1e-6)


MONOTONE = (  # the others count bits, which fall again when most features are active
    "information limit",
    "nonnegative weak threshold",
    "signed weak threshold",
    "feasibility threshold",
    "nonnegative strong threshold",
    "signed strong threshold",
    "coherence",
    "restricted isometry",
)


@given(st.integers(2, 10**6), st.floats(1e-6, 1), st.floats(1e-6, 1))
def test_denser_features_need_no_fewer_dimensions(n, one, other):
    sparse, dense = sorted([one, other])
    low, high = bounds(n, 1, sparse), bounds(n, 1, dense)
    for name in MONOTONE:
        assert low.limit(name).rate <= high.limit(name).rate * (1 + 1e-9)


@given(st.integers(2, 10**6), st.integers(2, 10**6), st.floats(1e-6, 1))
def test_more_features_need_no_fewer_dimensions(one, other, density):
    few_features, many = sorted([one, other])
    for less, more in zip(
        bounds(few_features, 1, density).limits, bounds(many, 1, density).limits, strict=True
    ):
        assert less.n_hidden <= more.n_hidden * (1 + 1e-9)


@given(st.integers(2, 10**6), st.floats(1e-6, 1), st.data())
def test_limit_that_is_reached_is_reached_with_more_dimensions(n, density, data):
    m, wider = sorted([data.draw(st.integers(1, n)), data.draw(st.integers(1, n))])
    for narrow, wide in zip(
        bounds(n, m, density).limits, bounds(n, wider, density).limits, strict=True
    ):
        assert wide.reached or not narrow.reached
        assert wide.rate == narrow.rate
