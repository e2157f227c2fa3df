"""What the page on nonlinear compression (paper, section 14.1) shows and says."""

import numpy as np
import pytest


def test_three_segments_with_ramps_of_a_tenth_beat_the_linear_map(page):
    shown = page("nonlinear_compression")
    linear = shown["LINEAR"]
    assert linear == 1 / 24
    assert shown["paper"].error < shown["everywhere"].error < linear
    assert np.mean(shown["measured"]) == pytest.approx(shown["paper"].error, rel=0.01)
    assert shown["paper"].error / linear == pytest.approx(0.506, abs=1e-3)


def test_ramps_break_even_where_the_page_says_and_tend_to_the_root(page):
    shown = page("nonlinear_compression")
    ramps = list(shown["break_even"].values())
    assert shown["break_even"][3] == pytest.approx(0.2529, abs=5e-5)
    assert (np.diff(ramps) < 0).all() and ramps[-1] > shown["limit"]
    e = shown["limit"]
    assert 4 * e**3 - 6 * e**2 + 6 * e == pytest.approx(1, abs=1e-12)


def test_steep_ramps_tend_to_the_error_of_a_staircase(page):
    shown = page("nonlinear_compression")
    for Z, staircase in zip(shown["SEGMENTS"], shown["steep"], strict=True):
        steep = shown["StaircaseCode"](int(Z), 1e-9).error
        assert steep == pytest.approx(staircase, rel=1e-5)
