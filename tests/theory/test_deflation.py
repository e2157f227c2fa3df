import numpy as np
import pytest

from geometry import dimensionality, template
from theory import deflated, destroyed

DIGON = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]])


def test_deflating_one_of_a_digon_destroys_the_partner_and_nothing_else():
    np.testing.assert_allclose(deflated(DIGON, [0]), [[0, 0], [0, 0], [0, 1]], atol=1e-15)


def test_deflating_one_of_a_pentagon_destroys_a_tenth_and_two_thirds_of_its_neighbours():
    lost = destroyed(template("pentagon").vertices)
    near, far = np.cos(2 * np.pi / 5) ** 2, np.cos(4 * np.pi / 5) ** 2
    assert sorted(lost[0]) == pytest.approx([near, near, far, far, 1], rel=1e-12)
    assert (near, far) == pytest.approx((0.095, 0.655), abs=1e-3)


def test_features_beside_what_is_taken_keep_every_digit():
    W = np.random.default_rng(0).standard_normal((4, 3))
    np.testing.assert_array_equal(deflated(W, []), W)


@pytest.mark.parametrize("seed", range(5))
def test_what_deflation_takes_is_the_squared_norm_over_the_dimensionality(seed):
    W = np.random.default_rng(seed).standard_normal((9, 4))
    squared = (W**2).sum(axis=1)
    for i in range(9):
        lost = squared.sum() - (deflated(W, [i]) ** 2).sum()
        assert lost == pytest.approx(squared[i] / dimensionality(W)[i], rel=1e-12)
        assert lost == pytest.approx(destroyed(W)[i] @ squared, rel=1e-12)


@pytest.mark.parametrize(
    ("name", "features"), [("digon", 2), ("pentagon", 2.5), ("5-demicube", 3.2), ("4_21", 30)]
)
def test_removing_one_feature_of_a_tight_frame_removes_n_over_m(name, features):
    W = template(name).vertices
    assert destroyed(W)[0].sum() == pytest.approx(features, rel=1e-9)


def test_gram_schmidt_ends_when_hidden_space_is_used_up():
    W = template("icosahedron").vertices
    left = [np.linalg.norm(deflated(W, range(k)), axis=1).max() for k in range(13)]
    assert left[2] > 0.1
    assert max(left[-3:]) < 1e-12


def test_what_is_left_is_orthogonal_to_what_was_taken():
    W = np.random.default_rng(0).standard_normal((8, 5))
    left = deflated(W, [2, 6])
    np.testing.assert_allclose(left @ W[[2, 6]].T, 0, atol=1e-12)
    projector = np.linalg.qr(W[[2, 6]].T)[0]
    np.testing.assert_allclose(left, W - W @ projector @ projector.T, atol=1e-12)


def test_without_superposition_deflation_takes_the_feature_alone():
    W = 3 * np.linalg.qr(np.random.default_rng(1).standard_normal((6, 6)))[0]
    left = deflated(W, [4])
    np.testing.assert_allclose(np.delete(left, 4, axis=0), np.delete(W, 4, axis=0), atol=1e-12)
    assert not left[4].any()


@pytest.mark.parametrize("taken", [[3], [-1]])
def test_a_feature_that_is_not_there_is_refused(taken):
    with pytest.raises(ValueError, match=r"whole number (≥ 0|≤ 2), got (3|-1)"):
        deflated(DIGON, taken)
