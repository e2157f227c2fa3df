import numpy as np
import pytest

from geometry import template
from geometry.matching import fit
from geometry.placement import place


def unit(W):
    return W / np.linalg.norm(W, axis=1, keepdims=True)


@pytest.mark.parametrize("name", ["digon", "pentagon", "square antiprism", "5-demicube"])
def test_a_scaled_shape_is_placed_exactly(name, rng, laid_out):
    shape = template(name)
    W = 1.7 * laid_out(shape.vertices, shape.dimension + 2, 0.0, rng)
    match = fit(unit(W), shape)
    found = place(W, shape, match)
    T = shape.at(**match.parameters)[list(found.correspondence)]
    np.testing.assert_allclose(found.scale * T @ found.rotation, W, atol=1e-6)
    np.testing.assert_allclose(
        found.rotation @ found.rotation.T, np.eye(shape.dimension), atol=1e-12
    )
    assert found.scale == pytest.approx(1.7)
    assert found.shape_measure < 1e-9 and found.rmsd < 1e-6 and found.norm_spread < 1e-9


def test_stretched_square_has_the_shape_measure_worked_out_by_hand():
    # (±a, 0), (0, ±b): the best square has radius (a + b) / 2 and leaves (a − b)² of 2 (a² + b²)
    a, b = 1.2, 0.8
    square = template("square")
    W = np.array([[a, 0.0], [-a, 0.0], [0.0, b], [0.0, -b]])
    found = place(W, square, fit(unit(W), square))
    assert found.scale == pytest.approx((a + b) / 2)
    assert found.shape_measure == pytest.approx(100 * (a - b) ** 2 / (2 * (a**2 + b**2)))
    assert found.rmsd == pytest.approx(abs(a - b) / (a + b))
    assert found.norm_spread == pytest.approx(abs(a - b) / (a + b))


def test_no_other_rotation_and_scale_leave_less(rng, laid_out):
    shape = template("icosahedron")
    W = laid_out(shape.vertices, 4, 0.2, rng)
    found = place(W, shape, fit(unit(W), shape))
    T = shape.vertices[list(found.correspondence)]
    for _ in range(50):
        turn = np.linalg.qr(np.eye(4) + 0.03 * rng.normal(size=(4, 4)))[0]
        turn = turn * np.sign(np.diag(turn))
        scale = found.scale * rng.uniform(0.97, 1.03)
        left = ((W - scale * T @ found.rotation @ turn) ** 2).sum()
        assert 100 * left / (W**2).sum() >= found.shape_measure


def test_features_of_another_number_are_refused():
    shape = template("pentagon")
    match = fit(shape.vertices, shape)
    with pytest.raises(ValueError, match=r"shape \(5, 2 or more\)"):
        place(shape.vertices[:4], shape, match)
    with pytest.raises(ValueError, match="zeros"):
        place(np.zeros((5, 2)), shape, match)
