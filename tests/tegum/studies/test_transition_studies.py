import json

import numpy as np
import pytest

from geometry import dimensionality
from tegum.studies.ground_states import Contest, ground_states, state, state_loss
from tegum.studies.orthoplex_pyramids import orthoplex_pyramids
from tegum.studies.phase_sequence import phase_sequence
from tests.benchmarks.transitions import PAGE, SETTINGS, page, stored
from theory import FeatureDistribution, expected_loss, ideal, transition


@pytest.fixture(scope="module")
def triangle():
    contests = (Contest("triangle", ("digon", "dedicated"), 3, 2),)
    return ground_states(contests, restarts=20).ties[0]


def test_three_features_in_two_dimensions_change_from_triangle_to_digon(triangle):
    assert triangle.verdict == "ground state"
    assert triangle.stable == (True, True)
    tie = transition("triangle", ("digon", "dedicated"))
    assert triangle.transition.density == pytest.approx(tie, rel=1e-12)
    above, _, below = triangle.found
    assert (above.what, below.what) == ("1 × triangle", "1 × dedicated, 1 × digon")
    for found, state_found, other in ((above, 0, 1), (below, 1, 0)):
        assert found.excess[state_found] == pytest.approx(0, abs=1e-6)
        assert found.excess[other] < -1e-3


def test_a_state_costs_what_its_shapes_and_left_over_features_cost():
    W, b = state(("pentagon", "digon"), 9, 3, 0.2)
    features = FeatureDistribution(9, 0.2)
    assert np.count_nonzero(W.any(axis=1)) == 7
    assert state_loss(("pentagon", "digon"), 9, 3, 0.2) == pytest.approx(
        float(expected_loss(W, b, features)), rel=1e-9
    )
    W, _ = state("pentagon", 12, 4, 0.2)
    assert np.count_nonzero(W.any(axis=1)) == 10


def test_phases_of_three_features_jump_where_their_shapes_tie():
    found = phase_sequence(3, 2, inverse_densities=np.array([1.8, 2.0]), restarts=8)
    dense, sparse = found.phases
    assert (dense.what, sparse.what) == ("1 × triangle", "1 × dedicated, 1 × digon")
    assert dense.changes_at is None
    assert [row["to"] for row in found.records()] == [1.8, 2.0]
    tie = transition("triangle", ("digon", "dedicated"))
    assert sparse.changes_at == pytest.approx(1 / tie, rel=1e-6)
    assert [len(phase.norms) for phase in found.phases] == [3, 3]


def test_the_pyramid_of_the_plane_is_the_triangle_and_higher_ones_undercut_its_tie():
    tie = transition("triangle", "digon")
    found = orthoplex_pyramids((0.6, tie, 0.7), (2, 4))
    assert found.gain[0] == pytest.approx(
        [ideal("triangle", p).gain_per_dimension for p in found.density], rel=1e-7
    )
    assert found.into_digons[0] == pytest.approx(tie, rel=1e-7)
    assert found.gain[1, 1] > found.digon[1] + 1e-3
    assert found.into_digons[1] < tie


def test_the_page_holds_what_was_found():
    assert page() == PAGE.read_text(encoding="utf-8")
    for part in SETTINGS:
        document = json.loads(stored(part).read_text(encoding="utf-8"))
        assert document["command"].split()[-2] == part and document["rows"]


def test_ties_on_the_page_are_those_of_the_theory():
    rows = json.loads(stored("ties").read_text(encoding="utf-8"))["rows"]
    for row in rows:
        shapes = [row["denser"].split(" + "), row["sparser"].split(" + ")]
        assert abs(float(row["vertex expansion − reference"])) < 1e-9
        if "square antiprism" not in shapes[1]:
            assert float(row["density"]) == pytest.approx(transition(*shapes), rel=1e-10)


def test_a_state_fills_hidden_space():
    W, _ = state(("triangle", "digon"), 6, 3, 0.5)
    assert dimensionality(W).sum() == pytest.approx(3)


def test_no_simplex_and_no_polytope_of_e_wins_in_the_atlas():
    rows = json.loads(stored("atlas").read_text(encoding="utf-8"))["rows"]
    winners = [row["name"] for row in rows]
    assert not {"2_21", "3_21", "4_21", "tetrahedron", "5-cell"} & set(winners)
    assert not [name for name in winners if "-simplex" in name and "diplo" not in name]
    for row in rows[::3]:
        middle = 1 / np.sqrt(row["from"] * row["to"])
        assert ideal(row["name"], middle).gain_per_dimension == pytest.approx(
            row["gain_at_middle"], rel=1e-9
        )
        for rival in ("8-simplex", "2_21"):
            assert ideal(rival, middle).gain_per_dimension < row["gain_at_middle"]


def test_from_seven_dimensions_on_the_digon_and_the_pentagon_tie_below_a_diplo_simplex():
    p = transition("digon", "pentagon")
    tied = ideal("digon", p).gain_per_dimension
    above = [d for d in range(4, 9) if ideal(f"{d}-diplo-simplex", p).gain_per_dimension > tied]
    assert above == [7, 8]
