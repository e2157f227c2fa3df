"""D, leverage and interference keep their bounds, and turn, permute and scale as they must.

Measures of matrices with entries up to 2 agree to 1e-9, a thousand times the rounding of sums over
a few dozen products; leverage, which inverts singular values down to 1e-3, to 1e-7.
"""

import networkx as nx
import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from geometry import dimensionality, interference, interference_graph, leverage, superposition
from tests.laws.strategies import matrices, orthogonal, seeds, shuffled


def overlaps(W):
    """|A_ij| |W_i| for unit directions where both are nonzero: symmetric, with unit diagonal."""
    norms = np.linalg.norm(W, axis=1)
    alive = norms > 0
    return interference(W)[np.ix_(alive, alive)] / norms[alive]


@given(matrices())
def test_dimensionalities_sum_to_at_most_the_rank(W):
    D = dimensionality(W)
    assert (D >= 0).all() and (D <= 1).all()
    assert D.sum() <= np.linalg.matrix_rank(W) + 1e-9


@given(matrices())
def test_dimensionality_is_at_most_the_leverage_and_that_at_most_one(W):
    assert (dimensionality(W) <= leverage(W) + 1e-7).all()
    assert (leverage(W) <= 1 + 1e-7).all()


@given(matrices())
def test_leverages_sum_to_the_rank(W):
    np.testing.assert_allclose(leverage(W).sum(), np.linalg.matrix_rank(W), atol=1e-7)


@given(matrices())
def test_interference_of_directions_is_symmetric_with_unit_diagonal(W):
    A = overlaps(W)
    np.testing.assert_allclose(A, A.T, atol=1e-9)
    np.testing.assert_allclose(np.diag(A), 1, atol=1e-9)
    np.testing.assert_allclose(np.diag(interference(W)), np.linalg.norm(W, axis=1), atol=1e-9)


@given(matrices(), seeds)
def test_rotation_of_hidden_space_leaves_every_measure(W, seed):
    turned = W @ orthogonal(seed, W.shape[1])
    np.testing.assert_allclose(dimensionality(turned), dimensionality(W), atol=1e-9)
    np.testing.assert_allclose(leverage(turned), leverage(W), atol=1e-7)
    np.testing.assert_allclose(interference(turned), interference(W), atol=1e-9)
    np.testing.assert_allclose(superposition(turned), superposition(W), atol=1e-9)


@given(matrices(), st.integers(1, 4))
def test_further_hidden_dimensions_that_nothing_uses_leave_every_measure(W, more):
    wider = np.pad(W, ((0, 0), (0, more)))
    np.testing.assert_allclose(dimensionality(wider), dimensionality(W), atol=1e-9)
    np.testing.assert_allclose(leverage(wider), leverage(W), atol=1e-7)
    np.testing.assert_allclose(interference(wider), interference(W), atol=1e-9)


@given(matrices(), seeds)
def test_measures_come_in_the_order_of_the_features(W, seed):
    order = shuffled(seed, len(W))
    np.testing.assert_allclose(dimensionality(W[order]), dimensionality(W)[order], atol=1e-9)
    np.testing.assert_allclose(leverage(W[order]), leverage(W)[order], atol=1e-7)
    np.testing.assert_allclose(
        interference(W[order]), interference(W)[np.ix_(order, order)], atol=1e-9
    )
    np.testing.assert_allclose(superposition(W[order]), superposition(W)[order], atol=1e-9)


@given(matrices(), st.floats(-250, 250))
def test_scale_leaves_dimensionality_and_leverage_and_multiplies_interference(W, exponent):
    scale = 10.0**exponent
    np.testing.assert_allclose(dimensionality(scale * W), dimensionality(W), atol=1e-9)
    np.testing.assert_allclose(leverage(scale * W), leverage(W), atol=1e-7)
    np.testing.assert_allclose(interference(scale * W) / scale, interference(W), atol=1e-9)


@given(matrices(), seeds)
def test_flipping_one_feature_flips_its_interference_with_others_alone(W, seed):
    signs = np.ones(len(W))
    signs[shuffled(seed, len(W))[0]] = -1
    flipped = W * signs[:, None]
    np.testing.assert_allclose(dimensionality(flipped), dimensionality(W), atol=1e-9)
    np.testing.assert_allclose(leverage(flipped), leverage(W), atol=1e-7)
    np.testing.assert_allclose(
        interference(flipped), interference(W) * np.outer(signs, signs), atol=1e-9
    )
    np.testing.assert_allclose(superposition(flipped), superposition(W), atol=1e-9)


@given(matrices(), seeds)
def test_graph_falls_into_the_same_components_turned_and_scaled(W, seed):
    def parts(weights):
        return sorted(map(sorted, nx.connected_components(interference_graph(weights))))

    # an edge counts above 1e-3 of the largest squared norm: one on the line may fall to either side
    gram = np.abs(W @ W.T) / max((W**2).sum(axis=1).max(), 1e-300)
    assume(not (np.abs(gram - 1e-3) < 1e-9).any())
    assert parts(3 * W @ orthogonal(seed, W.shape[1])) == parts(W)
