import numpy as np
import pytest
from matplotlib.figure import Figure

from theory.sensing import DECODERS
from theory.sensing.draw import DECODER_STYLES, draw_decoders, draw_reach


def axes():
    return Figure().add_subplot()


def test_every_decoder_has_a_style_of_its_own():
    assert set(DECODER_STYLES) == set(DECODERS)
    assert len(set(DECODER_STYLES.values())) == len(DECODERS)


def test_decoders_are_drawn_for_trained_and_random_weights():
    values = {name: np.linspace(0, 1, 4) for name in DECODERS}
    ax = draw_decoders(
        np.geomspace(0.01, 0.3, 4), values, values, {"information limit": 0.2}, axes()
    )
    assert len(ax.lines) == 2 * len(DECODERS) + 1
    assert set(ax.get_legend_handles_labels()[1]) == set(DECODERS)


def test_reach_keeps_the_frame_of_its_cells():
    p, r = np.geomspace(0.005, 0.3, 5), np.array([0.05, 0.1, 0.2])
    ax = draw_reach(p, r, np.ones((3, 5)), axes(), label="share")
    low, high = ax.get_xlim()
    assert 0.002 < low < p[0] < p[-1] < high < 0.6
    assert ax.get_legend_handles_labels()[1][0] == "information limit"
    with pytest.raises(ValueError, match="expected values of shape"):
        draw_reach(p, r, np.ones((5, 3)), axes(), label="share")
