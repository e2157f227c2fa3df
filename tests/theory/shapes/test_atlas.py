from itertools import pairwise

import numpy as np
import pytest

from theory import atlas, best_geometry, ideal, transitions
from theory.shapes.draw_atlas import draw_atlas

NAMES = ["5-cell", "triangle", "digon", "pentagon", "5-demicube"]


@pytest.fixture(scope="module")
def small():
    return atlas((1.1, 12), NAMES, halvings=2)


def test_winners_change_where_pairs_of_them_tie(small):
    for one, denser, sparser in zip(
        small.transitions, small.winners[:-1], small.winners[1:], strict=True
    ):
        assert (one.denser, one.sparser) == ((denser,), (sparser,))
        assert one.error < 1e-9
    digon = small.winners.index("digon")
    assert small.transitions[digon].density == pytest.approx(
        transitions("digon", "pentagon", within=(0.2, 0.25))[0].density, rel=1e-12
    )


def test_nothing_gains_more_than_the_winner(small):
    rng = np.random.default_rng(0)
    for density in 1 / np.exp(rng.uniform(np.log(1.1), np.log(12), 6)):
        gains = {name: ideal(name, density).gain_per_dimension for name in NAMES}
        assert gains[small.winner(density)] == max(gains.values())
        assert best_geometry(density, NAMES).name == small.winner(density)


def test_from_dense_to_sparse_shapes_hold_more_features_per_dimension(small):
    assert small.winners == tuple(NAMES)
    records = small.records()
    crowding = [row["features"] / row["dimension"] for row in records]
    assert crowding == sorted(crowding)
    assert records[0]["from"] == pytest.approx(1.1)
    assert all(a["to"] == b["from"] for a, b in pairwise(records))


def test_gains_not_looked_at_are_left_out_and_those_of_winners_are_there(small):
    assert small.names[: len(small.winners)] == small.winners
    assert small.gain.shape == (len(small.names), len(small.inverse_density))
    best = np.nanmax(small.gain, axis=0)
    for inverse, gain in zip(small.inverse_density, best, strict=True):
        winner = small.winner(1 / inverse)
        assert gain == pytest.approx(ideal(winner, 1 / inverse).gain_per_dimension, rel=1e-12)


def test_a_shape_of_which_orbits_vanish_does_not_win():
    dense = {name: ideal(name, 0.9) for name in ("digon", "elongated square bipyramid")}
    lost = dense["elongated square bipyramid"]
    assert not lost.whole
    assert lost.gain_per_dimension > dense["digon"].gain_per_dimension
    assert best_geometry(0.9, dense).name == "digon"


def test_a_drawing_has_a_line_and_a_name_for_every_winner(small):
    ax = draw_atlas(small)
    _, labels = ax.get_legend_handles_labels()
    assert labels == list(small.winners)
    assert [text.get_text() for text in ax.texts] == list(small.winners)
    assert ax.get_xscale() == "log" and ax.get_xlabel() and ax.get_ylabel()


def test_a_range_has_two_finite_ends():
    with pytest.raises(
        ValueError, match="expected inverse_densities to be a finite number, got inf"
    ):
        atlas((2, np.inf), ["digon"])


@pytest.mark.parametrize("ends", [(0.5, 10), (10, 5)])
def test_a_range_has_to_go_from_dense_to_sparse(ends):
    with pytest.raises(ValueError, match=r"expected 1/\(1 − S\) from low to high"):
        atlas(ends, ["digon"])


def test_what_the_atlas_does_not_hold_is_refused(small):
    with pytest.raises(ValueError, match="expected a density in the atlas"):
        small.winner(0.99)
    with pytest.raises(ValueError, match="got 'pentagram'; close to it: pentagon"):
        best_geometry(0.1, ["pentagram"])
    with pytest.raises(ValueError, match="expected names of shapes to choose from, got none"):
        best_geometry(0.1, [])
