"""A verdict changes only as it must with rotation, order, scale, noise and company.

Laws of `identify` and `align`, of weights on lattices, in general position and of shapes side by
side. What equals a limit, as much on a lattice does, must not fall to either side of it.

Residuals agree to 1e-6 of unit length, a hundred times what is left of the square root of a
rounded sum of squares and of the fitted parameters of families; confidences and p-values follow
from them, and agree to 1e-4.
"""

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from geometry import align, identify, template
from tests.laws.strategies import (
    connected,
    few,
    laid_shapes,
    orthogonal,
    products,
    seeds,
    shuffled,
    weights,
)


def said(verdict, order=None):
    """Name, features, dimension and symmetry of every component, features named by `order`."""
    places = np.arange(verdict.n_features) if order is None else order
    return sorted(
        (sorted(int(places[i]) for i in part.features), part.name, part.dimension, part.group_order)
        for part in verdict.components
    )


def numbers(verdict, order=None):
    """Residual, confidence, p-value and mean D of every named component, in the order of `said`."""
    places = np.arange(verdict.n_features) if order is None else order
    named = [part for part in verdict.components if part.name != "unknown"]
    named.sort(key=lambda part: sorted(int(places[i]) for i in part.features))
    return np.array(
        [(p.rmsd, p.dimensionality, p.confidence, p.p_value) for p in named], dtype=float
    ).reshape(-1, 4)


def same_verdict(found, expected, order=None):
    assert said(found, order) == said(expected)
    assert found.summary() == expected.summary() and found.product == expected.product
    ours, theirs = numbers(found, order), numbers(expected)
    np.testing.assert_allclose(ours[:, :2], theirs[:, :2], atol=1e-6)
    np.testing.assert_allclose(ours[:, 2:], theirs[:, 2:], atol=1e-4)
    assert abs(found.sum_dimensionality - expected.sum_dimensionality) < 1e-9 * (
        1 + found.n_features
    )


def diagonal_between_axes():
    """A digon, a feature of its own, and one that lies by exactly half in the plane of either."""
    return np.array([[0.0, 0.0, -1.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, -1.0]])


@few(10)
@example(np.array([[-1.0, 0.0], [-1.0, -1.0]]), 0)  # any two directions can be exchanged
@example(np.array([[0.0, -0.5], [1.0, 0.0], [-1.0, -1.0]]), 0)  # a norm of exactly .5
@example(diagonal_between_axes(), 0)
@example(diagonal_between_axes(), 1)
@example(diagonal_between_axes(), 2)
@given(weights(), seeds)
def test_rotation_of_hidden_space_leaves_the_verdict(W, seed):
    same_verdict(identify(W @ orthogonal(seed, W.shape[1])), identify(W))


@few(10)
@given(weights(), seeds)
def test_order_of_the_features_is_that_of_the_verdict(W, seed):
    order = shuffled(seed, len(W))
    same_verdict(identify(W[order]), identify(W), order)


@few(10)
@example(np.zeros((1, 1)), 3.0)  # a limit that overflows beside nothing
@given(weights(), st.floats(-200, 200))
def test_scale_leaves_the_verdict_where_it_scales_the_norm_that_counts(W, exponent):
    scale = 2.0 ** round(exponent)
    same_verdict(identify(scale * W, represented=0.5 * scale), identify(W))


@few(10)
@given(weights())
def test_every_feature_is_in_one_component_or_not_represented(W):
    verdict = identify(W)
    held = [i for part in verdict.components for i in part.features]
    assert sorted([*held, *verdict.not_represented]) == list(range(len(W)))
    norms = np.linalg.norm(W, axis=1)
    assert (norms[list(verdict.not_represented)] <= 0.5 + 1e-9).all()


@example("Nordstrom-Robinson code", 0)  # 256 points, all pairs of which look alike
@example("Paley 29 code in 14", 1)  # two kinds of pairs and few symmetries
@given(st.sampled_from([shape.name for shape in connected(300) if not shape.parameters]), seeds)
def test_every_shape_of_the_catalogue_is_named_turned_in_any_order(name, seed):
    vertices = template(name).vertices
    n, d = vertices.shape
    (part,) = identify(vertices[shuffled(seed, n)] @ orthogonal(seed, d)).components
    assert part.name == name and len(part.features) == n


@few(6)
@given(products(), seeds)
def test_tegum_product_is_the_union_of_its_factors_verdicts(product, seed):
    expected = []
    for factor, place in zip(product.factors, product.places, strict=True):
        expected += said(identify(factor), place)
    assert said(identify(product.W)) == sorted(expected)


@few(6)
@given(products(), st.floats(0.1, 1), seeds)
def test_small_noise_leaves_the_names_of_a_tegum_product(product, size, seed):
    n, m = product.W.shape
    noise = 0.01 * size / np.sqrt(m) * np.random.default_rng(seed).normal(size=(n, m))
    lengths = np.linalg.norm(product.W, axis=1, keepdims=True)
    assert said(identify(product.W + lengths * noise)) == said(identify(product.W))


@few(6)
@given(products(), st.integers(1, 3))
def test_further_hidden_dimensions_leave_the_names(product, more):
    wider = identify(np.pad(product.W, ((0, 0), (0, more))))
    assert said(wider) == said(identify(product.W))


@few(10)
@given(weights(), seeds)
def test_dead_feature_more_is_reported_and_changes_nothing_else(W, seed):
    place = shuffled(seed, len(W) + 1)[0]
    found, expected = identify(np.insert(W, place, 0.0, axis=0)), identify(W)
    before = np.insert(np.arange(len(W)), place, len(W))
    assert place in found.not_represented
    assert said(found, before) == said(expected)
    np.testing.assert_allclose(numbers(found, before), numbers(expected), atol=1e-6)


@few(6)
@given(products(), seeds)
def test_flipping_the_sign_of_a_whole_factor_leaves_the_verdict(product, seed):
    signs = np.ones(len(product.W))
    signs[list(product.places[seed % len(product.places)])] = -1
    same_verdict(identify(signs[:, None] * product.W), identify(product.W))


@few(10)
@given(weights(), seeds, seeds)
def test_alignment_undoes_any_rotation_and_order(W, first, second):
    order, Q = shuffled(first, len(W)), orthogonal(second, W.shape[1])
    found = align(W, (W @ Q)[order])
    assert found.rmsd < 1e-7
    np.testing.assert_allclose(found.aligned, W, atol=1e-6)
    np.testing.assert_allclose(found.rotation @ found.rotation.T, np.eye(W.shape[1]), atol=1e-9)


@few(5)
@given(laid_shapes(), laid_shapes(), seeds)
def test_distance_is_the_same_from_either_side(one, other, seed):
    n, m = max(len(one), len(other)), max(one.shape[1], other.shape[1])
    A, B = (np.pad(W, ((0, n - len(W)), (0, m - W.shape[1]))) for W in (one, other))
    there, back = align(A, B).rmsd, align(B, A).rmsd
    # each is relative to the norms of its first
    np.testing.assert_allclose(
        there * np.linalg.norm(A), back * np.linalg.norm(B), rtol=1e-6, atol=1e-9
    )
