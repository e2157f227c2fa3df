import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from theory import THREE_FEATURE_PHASES, optimal_phases, three_feature_phase
from theory.phases.draw import PHASE_COLORS, draw_optimal_phases, draw_phases, draw_trained_phases


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_four_phases_have_four_colours():
    density, importance = np.geomspace(0.1, 0.9, 4), np.geomspace(0.2, 5, 3)
    phase = three_feature_phase(density[:, None], importance)
    ax = draw_phases(density, importance, phase)
    assert legend(ax) == list(THREE_FEATURE_PHASES)
    drawn = np.asarray(ax.collections[0].get_array()).reshape(4, 3, -1)[..., :3]
    for i, j in np.ndindex(4, 3):
        name = THREE_FEATURE_PHASES[phase[i, j]]
        assert tuple(drawn[i, j]) == pytest.approx(PHASE_COLORS[name])


def test_lines_of_three_features_are_level_beyond_equal_importance():
    ax = draw_trained_phases([0.1, 0.9], [0.2, 5.0], np.ones((2, 2)), np.zeros((2, 2)), n_hidden=2)
    curve = ax.lines[0]
    beyond = curve.get_xdata() > 1
    np.testing.assert_allclose(curve.get_ydata()[beyond], 4 / 7)


def test_transitions_are_dots_at_their_places():
    grid = optimal_phases(1, [0.3, 0.5, 0.7], [0.4, 0.8])
    ax = draw_optimal_phases(grid)
    points = {c.get_label(): c for c in ax.collections if len(c.get_offsets())}
    np.testing.assert_allclose(points["first order"].get_offsets(), grid.first_order[:, ::-1])
    np.testing.assert_allclose(points["continuous"].get_offsets(), grid.continuous[:, ::-1])
    assert to_rgb(points["first order"].get_facecolor()[0]) == (0, 0, 0)
    assert {"first order", "continuous", "metastable states"} <= set(legend(ax))


def test_fields_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"expected fields of shape \(2, 3\)"):
        draw_phases([0.1, 0.2], [1.0, 2.0, 3.0], np.zeros((3, 2), int))
