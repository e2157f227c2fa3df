import matplotlib.pyplot as plt
import numpy as np
import pytest

from geometry import dimensionality, identify, template
from geometry.draw import draw_all
from geometry.draw_blocks import draw_feature_dimensionalities, draw_gram
from geometry.draw_shape import draw_component, draw_shape
from geometry.shapes import tegum


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


@pytest.fixture
def mixed(rng):
    """A cube, two pentagons, a dedicated feature and two that are not represented, shuffled."""
    names = ("cube", "pentagon", "pentagon", "dedicated")
    W = tegum(*(template(name).vertices for name in names))
    W = np.vstack([W, np.zeros((2, W.shape[1]))])
    W = W @ np.linalg.qr(rng.normal(size=(W.shape[1],) * 2))[0]
    return W[rng.permutation(len(W))]


def dots(ax):
    (points,) = [c for c in ax.collections if len(c.get_offsets()) and c.get_zorder() == 4]
    return np.asarray(points.get_offsets())


@pytest.mark.parametrize(
    "name", ["dedicated", "digon", "pentagon", "cube", "24-cell", "2_21", "triangular bipyramid"]
)
def test_every_vertex_of_a_shape_is_drawn(name):
    vertices = template(name).vertices
    ax = draw_shape(vertices)
    assert len(dots(ax)) == len(vertices)
    ax.figure.canvas.draw()


def test_stereographic_pictures_have_an_arc_for_every_edge():
    ax = draw_shape(template("24-cell").vertices, projection="stereographic")
    (arcs,) = [c for c in ax.collections if c.get_zorder() == 3]
    assert len(arcs.get_segments()) == 96
    reach = max(np.abs(segment).max() for segment in arcs.get_segments())
    assert ax.get_xlim()[1] >= reach
    with pytest.raises(ValueError, match="4 dimensions"):
        draw_shape(template("cube").vertices, projection="stereographic")


def test_a_component_lies_over_its_shape_however_it_is_turned(rng):
    shape = template("square antiprism")
    W = 1.1 * shape.at(height=0.55) @ np.linalg.qr(rng.normal(size=(5, 5)))[0][:3]
    verdict = identify(W)
    ax = draw_component(W, verdict.components[0])
    corners = np.vstack([s for c in ax.collections if hasattr(c, "get_segments")
                         for s in c.get_segments()])  # fmt: skip
    for point in dots(ax):
        assert np.linalg.norm(corners - point, axis=1).min() < 1e-6
    assert {text.get_text() for text in ax.texts} == set("01234567")


def test_unknown_components_are_drawn(rng):
    W = rng.normal(size=(9, 4))
    W /= np.linalg.norm(W, axis=1, keepdims=True)
    verdict = identify(W)
    assert verdict.names == ("unknown",) * 9
    assert len(dots(draw_component(W, verdict.components[0]))) == 9


def test_gram_blocks_hold_all_interference_of_orthogonal_components(mixed):
    verdict = identify(mixed)
    ax = draw_gram(mixed, verdict)
    gram = np.asarray(ax.images[0].get_array())
    sizes = [8, 5, 5, 1, 2]
    block = np.repeat(np.arange(5), sizes)
    outside = block[:, None] != block[None]
    assert np.abs(gram[outside]).max() < 1e-9
    np.testing.assert_allclose(np.sort(gram, axis=None), np.sort(mixed @ mixed.T, axis=None))
    names = [text.get_text() for text in ax.texts]
    assert names == ["cube", "pentagon × 2", "dedicated", "not represented × 2"]


def test_dimensionalities_lie_on_the_lines_of_their_shapes(mixed):
    verdict = identify(mixed)
    ax = draw_feature_dimensionalities(mixed, verdict)
    points = np.vstack([c.get_offsets() for c in ax.collections if hasattr(c, "get_sizes")])
    np.testing.assert_allclose(np.sort(points[:, 1]), np.sort(dimensionality(mixed)))
    np.testing.assert_allclose(points[:8, 1], 3 / 8)
    np.testing.assert_allclose(points[8:18, 1], 2 / 5)
    levels = {float(s[0, 1]) for c in ax.collections if hasattr(c, "get_segments")
              for s in c.get_segments()}  # fmt: skip
    np.testing.assert_allclose(sorted(levels), [3 / 8, 2 / 5, 1])


def test_pictures_of_another_verdict_are_refused(mixed, tmp_path):
    verdict = identify(np.eye(2))
    for draw in (draw_gram, draw_feature_dimensionalities):
        with pytest.raises(ValueError, match="identification of 21 features, got one of 2"):
            draw(mixed, verdict)
    with pytest.raises(ValueError, match="identification of 21"):
        draw_all(mixed, verdict, tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_all_pictures_are_whole_files(mixed, tmp_path):
    written = draw_all(mixed, identify(mixed), tmp_path / "new" / "folder")
    names = ["components.png", "graph.png", "gram.png", "dimensionalities.png"]
    assert [path.name for path in written] == names
    assert sorted(path.name for path in (tmp_path / "new" / "folder").iterdir()) == sorted(names)
    assert all(path.read_bytes()[-8:-4] == b"IEND" for path in written)
    assert not plt.get_fignums()


@pytest.mark.parametrize("W", [np.zeros((2, 2)), np.ones((1, 1)), np.ones((60, 8)), np.eye(2)])
def test_nothing_one_feature_and_one_large_unknown_are_drawn(W, tmp_path):
    written = draw_all(W, identify(W), tmp_path)
    assert all(path.exists() for path in written)
    assert (tmp_path / "features.png").exists() == (W.shape[1] == 2)
