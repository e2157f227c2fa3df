from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pytest

from geometry import dimensionality, identify, template
from geometry.draw import draw_dimensionalities, draw_features, draw_interference_graph
from geometry.shapes import tegum


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def mixed(*names):
    return tegum(*(template(name).vertices for name in names))


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_features_are_arms_from_the_origin_and_the_most_important_is_yellow():
    W = template("pentagon").vertices
    ax = draw_features(W)
    arms = [line for line in ax.lines if len(line.get_xdata()) == 2 and line.get_linewidth() > 2]
    tips = np.array([[line.get_xdata()[1], line.get_ydata()[1]] for line in arms])
    np.testing.assert_allclose(tips, W)
    assert all(line.get_xdata()[0] == line.get_ydata()[0] == 0 for line in arms)
    np.testing.assert_allclose(arms[0].get_color(), plt.get_cmap("viridis")(1.0))
    assert ax.get_xlim() == ax.get_ylim() == (-1.5, 1.5)
    assert ax.get_aspect() == 1 and ax.get_xlabel() and ax.get_ylabel()


def test_features_take_one_number_each_as_colour_and_a_plane():
    draw_features(np.eye(2), color=[1.0, 1.0])
    with pytest.raises(ValueError, match="one number per feature"):
        draw_features(np.eye(2), color=[1.0])
    with pytest.raises(ValueError, match="n_features, 2"):
        draw_features(np.eye(3))


def test_pictures_go_into_the_axes_they_are_given():
    _, ax = plt.subplots()
    W = template("pentagon").vertices
    assert draw_features(W, ax=ax) is ax
    assert draw_interference_graph(W, ax=ax) is ax
    assert draw_dimensionalities([5.0], [dimensionality(W)], [identify(W)], ax=ax) is ax
    assert len(plt.get_fignums()) == 1


def test_graph_keeps_the_circles_of_different_components_apart():
    W = mixed("pentagon", "cube", *["digon"] * 16, "dedicated")
    W = np.vstack([W, np.zeros((3, W.shape[1]))])
    verdict = identify(W)
    ax = draw_interference_graph(W, verdict)
    assert legend(ax) == [
        "cube × 1", "dedicated × 1", "digon × 16", "pentagon × 1", "not represented × 3",
    ]  # fmt: skip
    places = np.vstack([dots.get_offsets() for dots in ax.collections if len(dots.get_offsets())])
    gaps = np.linalg.norm(places[:, None] - places[None], axis=2)
    assert gaps[~np.eye(len(gaps), dtype=bool)].min() > 0.3
    assert len(places) >= len(W)


@pytest.mark.parametrize("W", [np.zeros((2, 2)), np.eye(1), np.ones((60, 8))])
def test_graph_of_nothing_one_feature_or_one_large_unknown_is_drawn(W):
    draw_interference_graph(W).figure.canvas.draw()


def test_graph_refuses_the_verdict_of_another_matrix():
    with pytest.raises(ValueError, match="identification of 3"):
        draw_interference_graph(np.eye(3), identify(np.eye(2)))


def test_every_name_at_every_density_has_dots_of_its_own():
    models = [mixed("digon", "cube", "square antiprism"), mixed("octahedron", "dedicated")]
    models += [mixed("pentagon", "rectified 5-cell", "hexagon", "icosahedron")]
    verdicts = [identify(W) for W in models]
    ax = draw_dimensionalities([2.0, 3.0, 4.0], [dimensionality(W) for W in models], verdicts)
    names = {name for verdict in verdicts for name in verdict.names}
    assert set(legend(ax)) == names
    looks = {}
    for dots in ax.collections:
        xs = dots.get_offsets()[:, 0]
        for x, verdict in zip((2.0, 3.0, 4.0), verdicts, strict=True):
            near = xs[np.abs(np.log(xs / x)) < np.log(4 / 3) / 2]
            assert len(near) == sum(name == dots.get_label() for name in verdict.names)
            if len(near):
                looks.setdefault(x, []).append((near.min(), near.max()))
    for lanes in looks.values():
        lanes.sort()
        assert all(a[1] < b[0] for a, b in pairwise(lanes))
    assert ax.get_xscale() == "log" and ax.get_xlabel() and ax.get_ylabel()


def test_fraction_lines_stand_where_the_templates_have_their_dimensionality():
    W = template("digon").vertices
    ax = draw_dimensionalities([2.0], [dimensionality(W)], [identify(W)])
    for text in ax.texts:
        share, name = text.get_text().split(" ", 1)
        D = dimensionality(template(name).vertices)
        np.testing.assert_allclose(D, text.get_position()[1], atol=1e-9)
        assert share in ("1", "4/5", "3/4", "2/3", "1/2", "2/5", "3/8")
    assert len(ax.texts) == 7


def test_dimensionalities_refuse_lists_of_unequal_length():
    with pytest.raises(ValueError, match="one identification per model"):
        draw_dimensionalities([1.0, 2.0], [[0.5]], [])
    with pytest.raises(ValueError, match="above 0"):
        draw_dimensionalities([0.0], [[0.5]], [identify(np.eye(1))])
