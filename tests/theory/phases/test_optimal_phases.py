import numpy as np
import pytest

from theory import FeatureDistribution, expected_loss, rational_loss
from theory.phases.antipodal_boundary import antipodal_boundary, boundary_end
from theory.phases.candidates import (
    superposition_boundary,
    superposition_onset,
    three_feature_losses,
    two_feature_losses,
)
from theory.phases.optimal_phases import PRESENT, optimal_phases


@pytest.fixture(scope="module")
def two():
    return optimal_phases(1, [0.15, 0.25, 0.4, 0.6, 0.8], [0.2, 0.6, 1 / 0.6, 5.0])


@pytest.fixture(scope="module")
def three():
    return optimal_phases(2, [0.3, 0.9], [0.3, 3.0])


def test_optimum_is_never_above_the_papers_candidates(two, three):
    for grid, losses in ((two, two_feature_losses), (three, three_feature_losses)):
        crude = losses(grid.density[:, None], grid.relative_importance)
        assert (grid.loss <= np.minimum.reduce(list(crude.values())) * (1 + 1e-9)).all()


def test_losses_are_those_of_the_weights(three):
    for i, j in ((0, 0), (1, 1)):
        importance = [1.0, 1.0, three.relative_importance[j]]
        features = FeatureDistribution(3, three.density[i], importance)
        exact = expected_loss(three.W[i, j], three.b[i, j], features)
        assert three.loss[i, j] == pytest.approx(exact, rel=1e-8)


def test_diagram_of_two_features_is_symmetric_under_their_exchange(two):
    r = two.relative_importance
    np.testing.assert_allclose(two.loss, two.loss[:, ::-1] * r, rtol=1e-7)


def test_first_order_points_lie_on_the_exact_boundary(two):
    low = two.first_order[two.first_order[:, 1] < 0.95]
    assert len(low) >= 2
    for p, r in low[:2]:
        assert p == pytest.approx(antipodal_boundary(r).jump.at, rel=2e-3)


def test_continuous_points_lie_on_the_onset(two):
    assert len(two.continuous)
    for p, r in two.continuous:
        rho = min(r, 1 / r)
        assert rho == pytest.approx(float(superposition_onset(p)), rel=5e-3)


def test_all_features_are_present_below_and_one_is_ignored_above(two):
    assert (two.ignored[0] == PRESENT).all()
    assert two.ignored[-1].tolist() == [1, 1, 0, 0]


def test_metastable_states_are_those_around_the_jump(two):
    """At r = .2: the pair up to its fold, the ignored feature down to the onset."""
    boundary = antipodal_boundary(0.2)
    inside = (two.density > boundary.other_end) & (two.density < boundary.pair_end)
    np.testing.assert_array_equal(two.minima[:, 0] == 2, inside)


def test_extra_feature_of_high_importance_is_dedicated_where_the_others_pair_up(three):
    assert three.superposition[0, -1] == pytest.approx(0, abs=1e-6)
    assert three.superposition[0, 0] > 0.9


@pytest.mark.parametrize("r", [0.2, 0.6, 1.0])
def test_pair_and_the_state_above_it_tie_in_exact_fractions(r):
    boundary = antipodal_boundary(r)
    features = FeatureDistribution(2, boundary.jump.at, [1.0, r])
    losses = [float(rational_loss(s.W, s.b, features)) for s in boundary.jump.states]
    assert losses[0] == pytest.approx(losses[1], rel=1e-12)
    assert boundary.rational == pytest.approx(boundary.jump.at, rel=1e-9)
    assert boundary.other_end < boundary.jump.at < boundary.pair_end
    assert boundary.jump.at > float(superposition_boundary(r))
    assert boundary.jump.slopes[0] > boundary.jump.slopes[1]


def test_transition_has_two_steps_above_the_end_of_the_boundary_and_one_below():
    p, r = boundary_end()
    assert antipodal_boundary(r * 0.99).onset is None
    above = antipodal_boundary(r * 1.01)
    assert above.onset is not None and above.onset > above.jump.at
    assert above.jump.at == pytest.approx(p, rel=1e-2)


@pytest.mark.parametrize("p", [0.3, 0.6, 0.9])
def test_ignored_feature_is_unstable_to_weak_superposition_exactly_above_the_onset(p):
    """Along the weakest direction of the derivation, in exact fractions."""
    onset, size, q = float(superposition_onset(p)), 1e-3, 1 - p
    linear = 2 * q**2 + p / 2
    beta = (np.sqrt(linear**2 + p**3 * q) - linear) / (2 * p * q)
    eta = 3 * (p - 2 * beta) / 8

    def gain(r):
        features = FeatureDistribution(2, p, [1.0, r])
        b = [beta * size, p / 2 * (1 + size)]
        weak = rational_loss([[1 + eta * size], [-size]], b, features)
        return float(rational_loss([[1.0], [0.0]], [0.0, p / 2], features) - weak)

    assert gain(onset * 1.02) > 0 > gain(onset * 0.98)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((3, [0.5], [1.0]), "expected n_hidden 1 or 2"),
        ((1, [0.5, 0.4], [1.0]), "expected density as positive numbers in ascending order"),
        ((1, [0.5], [0.0]), "expected relative_importance as positive numbers"),
        ((1, [0.5, 1.5], [1.0]), r"expected every density 1 − S in \(0, 1\], got 1.5"),
    ],
)
def test_bad_input_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        optimal_phases(*arguments)


def test_boundary_above_equal_importance_is_refused():
    with pytest.raises(ValueError, match="exchange the features"):
        antipodal_boundary(1.5)
