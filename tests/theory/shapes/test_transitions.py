import numpy as np
import pytest

from tests.benchmarks.vertex_expansion import rational_gain, rational_tie
from theory import (
    FeatureDistribution,
    exact_reference_loss,
    ideal,
    rational_loss,
    transition,
    transitions,
)
from theory.shapes.transitions import exact_gain, ideal_gain


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("triangle", "digon"),
        ("digon", "pentagon"),
        ("triangle", ("digon", "dedicated")),
    ],
)
def test_a_tie_is_that_of_exact_rational_losses(a, b):
    tie = transitions(a, b, within=(0.15, 0.9))[-1]
    rational = rational_tie(tie.denser, tie.sparser, tie.density)
    assert rational == pytest.approx(tie.density, rel=1e-11)
    assert abs(rational - tie.density) <= tie.error + 1e-13


@pytest.mark.parametrize("other", ["pentagon", ("digon",) * 3, ("pentagon", "digon")])
def test_the_antiprism_ties_in_exact_rational_losses_too(other):
    tie = transitions("square antiprism", other, within=(0.2, 0.25))[-1]
    assert tie.sparser == ("square antiprism",)
    assert tie.error < 1e-10
    best = ideal("square antiprism", tie.density)
    features = FeatureDistribution(8, tie.density, importance=[8] + [0] * 7)
    loss = rational_loss(best.W, best.b, features)
    gain = (8 - float(loss) / (tie.density / 3 - tie.density**2 / 4)) / 3
    assert gain == pytest.approx(rational_gain(tie.denser, tie.density), abs=1e-11)


@pytest.mark.parametrize(("name", "p"), [("digon", 0.3), ("pentagon", 0.2)])
def test_an_exact_gain_is_right_to_its_error(name, p):
    gain, error = exact_gain((name,), p)
    assert error < 1e-11
    assert abs(gain - rational_gain((name,), p)) <= error


@pytest.mark.parametrize(("name", "p"), [("triaugmented triangular prism", 0.1), ("cube", 0.5)])
def test_an_exact_gain_counts_every_orbit(name, p):
    assert exact_gain((name,), p)[0] == pytest.approx(ideal_gain((name,), p), rel=1e-9)


def test_left_over_features_do_not_move_a_tie():
    # pentagon against two digons, in a model of seven features in two dimensions
    p = transition(("digon", "digon"), "pentagon")
    features = FeatureDistribution(7, p)
    losses = []
    for name, at in (("pentagon", [[0, 1]]), ("digon", [[0], [1]])):
        solution = ideal(name, p)
        k = len(solution.b)
        W, b, row = np.zeros((7, 2)), np.full(7, p / 2), 0
        for columns in at:
            W[row : row + k, columns] = solution.W
            b[row : row + k] = solution.b
            row += k
        losses.append(exact_reference_loss(W, b, features))
    assert losses[0] == pytest.approx(losses[1], rel=1e-12)
    assert p == pytest.approx(transition("digon", "pentagon"), rel=1e-13)


def test_ties_lie_where_the_order_changes():
    dense, sparse = transitions("digon", "pentagon")
    assert dense.density > sparse.density
    assert dense.inverse_density == 1 / dense.density
    assert (dense.denser, dense.sparser) == (("pentagon",), ("digon",))
    for one in (dense, sparse):
        for p, winner in ((one.density * 1.01, one.denser), (one.density / 1.01, one.sparser)):
            (loser,) = {one.denser, one.sparser} - {winner}
            assert ideal_gain(winner, p) > ideal_gain(loser, p)
            slope = abs(ideal_gain(winner, p) - ideal_gain(loser, p)) / np.log(1.01)
            assert slope == pytest.approx(one.kink, rel=0.15)
    assert transition("digon", "pentagon") == sparse.density


def test_a_digon_gains_more_than_a_dedicated_feature_wherever_something_is_clipped():
    # the paper's crude 4/7 is of unit weights and no bias: p²/3 against p/3 − p²/4
    with pytest.raises(ValueError, match="tie, got none: one of them always wins"):
        transition("digon", "dedicated")


@pytest.mark.parametrize("within", [(0.0, 0.5), (0.5, 0.2), (0.5, 1.2)])
def test_densities_to_look_within_have_to_be_a_range(within):
    with pytest.raises(ValueError, match="expected densities 0 < low < high ≤ 1"):
        transitions("digon", "pentagon", within=within)


@pytest.mark.parametrize(
    ("a", "message"),
    [
        ("pentagram", "got 'pentagram'; close to it: pentagon"),
        ("octahedron", "expected a shape that is not a product"),
        ((), "expected at least one shape, got none"),
    ],
)
def test_what_is_no_shape_is_refused(a, message):
    with pytest.raises(ValueError, match=message):
        transition(a, "digon")
