import matplotlib.pyplot as plt
import numpy as np
import pytest

from geometry import superposition, template
from geometry.draw_neurons import draw_neurons, draw_stacks
from geometry.draw_norms import draw_model, draw_norms, superposition_scale


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def test_superposition_of_polygons_is_their_length_over_two_less_one():
    for name in ("triangle", "pentagon", "hexagon"):
        W = template(name).vertices
        np.testing.assert_allclose(superposition(W), len(W) / 2 - 1, atol=1e-12)
    np.testing.assert_allclose(superposition(np.stack([np.eye(3), -2 * np.eye(3)])), 0)
    assert superposition([[1.0, 0.0], [0.0, 0.0]]).tolist() == [0, 0]


def test_norms_are_bars_from_the_top_coloured_by_superposition():
    W = np.array([[1.0, 0.0], [0.0, 0.9], [0.0, -1.1], [0.0, 0.0]])
    ax = draw_norms(W)
    assert [bar.get_width() for bar in ax.patches] == pytest.approx([1, 0.9, 1.1, 0])
    shades = [bar.get_facecolor() for bar in ax.patches]
    scale = superposition_scale()
    np.testing.assert_allclose(shades[0], scale.to_rgba(0.0))
    np.testing.assert_allclose(shades[1], scale.to_rgba(1.0))
    np.testing.assert_allclose(shades[2], scale.to_rgba(0.81), atol=0.01)
    assert ax.yaxis_inverted()


def test_model_is_the_gram_matrix_beside_its_biases():
    W, b = template("digon").vertices, np.array([0.25, -0.5])
    ax = draw_model(W, b)
    gram, strip = ax.images
    np.testing.assert_allclose(gram.get_array(), W @ W.T)
    np.testing.assert_allclose(strip.get_array(), b[:, None])
    assert strip.get_extent()[0] > gram.get_extent()[1]
    with pytest.raises(ValueError, match=r"expected b of shape \(2,\), got \(3,\)"):
        draw_model(W, [0.0, 0.0, 0.0])


def test_stacks_reach_the_sums_of_weights_of_either_sign():
    W = np.array([[1.0, -0.5], [0.5, -0.25], [-2.0, 0.001]])
    ax = draw_stacks(W, colors=["#0072B2", "#E69F00", "#009E73"])
    ends = [(bar.get_x() + bar.get_width() / 2, bar.get_y(), bar.get_height())
            for bar in ax.patches]  # fmt: skip
    reached = {
        (round(x), sign): max((sign * (y + h) for x0, y, h in ends if round(x0) == round(x)
                               and sign * h > 0), default=0.0)
        for x, _, _ in ends for sign in (1, -1)
    }  # fmt: skip
    assert reached == pytest.approx({(0, 1): 1.5, (0, -1): 2, (1, 1): 0, (1, -1): 0.75})
    assert len(ax.patches) == 5
    with pytest.raises(ValueError, match="one colour per feature, got 1 for 3"):
        draw_stacks(W, colors=["red"])


def test_neurons_are_a_map_of_the_weights_from_minus_one_to_one():
    W = [[2.0, 0.0, 0.5], [0.0, -1.0, 0.0]]
    (image,) = draw_neurons(W).images
    assert image.get_clim() == (-1, 1)
    np.testing.assert_array_equal(image.get_array(), W)
