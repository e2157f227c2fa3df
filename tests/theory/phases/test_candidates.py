import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from theory import (
    PHASES,
    THREE_FEATURE_PHASES,
    FeatureDistribution,
    expected_loss,
    rational_loss,
    superposition_boundary,
    three_feature_boundary,
    three_feature_losses,
    three_feature_phase,
    two_feature_losses,
    two_feature_phase,
)

PAPER = json.loads((Path(__file__).parents[2] / "validation" / "paper.json").read_text())
CANDIDATES = {
    "not represented": lambda p: ([[1.0], [0.0]], [0.0, p / 2]),
    "dedicated": lambda p: ([[0.0], [1.0]], [p / 2, 0.0]),
    "superposition": lambda p: ([[1.0], [-1.0]], [0.0, 0.0]),
}

THREE_CANDIDATES = {
    "not represented": lambda p: ([[1, 0], [0, 1], [0, 0]], [0, 0, p / 2]),
    "dedicated": lambda p: ([[0, 0], [0, 1], [1, 0]], [p / 2, 0, 0]),
    "superposition": lambda p: ([[1, 0], [0, 1], [0, -1]], [0, 0, 0]),
    "others in superposition": lambda p: ([[1, 0], [-1, 0], [0, 1]], [0, 0, 0]),
}


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize(("p", "r"), [(1.0, 1.0), (0.5, 0.25), (0.25, 8.0), (0.0625, 1.5)])
def test_candidate_costs_the_exact_loss_of_its_weights(phase, p, r):
    W, b = CANDIDATES[phase](p)
    features = FeatureDistribution(2, p, [1.0, r])
    predicted = float(two_feature_losses(p, r)[phase])
    assert predicted == pytest.approx(float(rational_loss(W, b, features)), rel=1e-14)
    assert predicted == pytest.approx(expected_loss(W, b, features), rel=1e-12)


@pytest.mark.parametrize("phase", THREE_FEATURE_PHASES)
@pytest.mark.parametrize(("p", "r"), [(1.0, 1.0), (0.5, 0.25), (0.25, 8.0)])
def test_candidate_of_three_features_costs_the_exact_loss_of_its_weights(phase, p, r):
    W, b = THREE_CANDIDATES[phase](p)
    features = FeatureDistribution(3, p, [1.0, 1.0, r])
    predicted = float(three_feature_losses(p, r)[phase])
    assert predicted == pytest.approx(float(rational_loss(W, b, features)), rel=1e-14)


@pytest.mark.parametrize("r", [0.05, 0.5, 0.99, 1.01, 7.0])
def test_two_of_three_features_share_a_dimension_exactly_below_the_boundary(r):
    boundary = float(three_feature_boundary(r))
    below, above = (
        THREE_FEATURE_PHASES[three_feature_phase(boundary * (1 + side * 1e-9), r)]
        for side in (-1, 1)
    )
    extra = r < 1
    assert below == ("superposition" if extra else "others in superposition")
    assert above == ("not represented" if extra else "dedicated")


def test_boundary_is_that_of_the_papers_figure():
    figure = PAPER["phase_boundary"]
    np.testing.assert_allclose(
        superposition_boundary(figure["relative_importance"]),
        figure["density"],
        rtol=figure["reading_error"],
    )


@pytest.mark.parametrize("r", [0.01, 0.1, 0.7, 1.0, 1.3, 20.0])
def test_superposition_is_cheapest_exactly_below_the_boundary(r):
    boundary = float(superposition_boundary(r))
    assert PHASES[two_feature_phase(boundary * (1 - 1e-9), r)] == "superposition"
    assert PHASES[two_feature_phase(boundary * (1 + 1e-9), r)] != "superposition"


@pytest.mark.parametrize("r", [0.1, 0.5, 3.0])
def test_boundary_is_symmetric_in_which_feature_is_the_extra_one(r):
    assert superposition_boundary(r) == pytest.approx(superposition_boundary(1 / r), rel=1e-14)


def test_three_phases_meet_at_four_sevenths():
    assert float(superposition_boundary(1.0)) == pytest.approx(4 / 7, rel=1e-15)
    losses = two_feature_losses(4 / 7, 1.0)
    for phase in PHASES:
        assert float(losses[phase]) == pytest.approx(float(Fraction(16, 147)), rel=1e-14)


def test_above_the_triple_point_the_more_important_feature_is_kept():
    assert PHASES[two_feature_phase(0.9, 0.99)] == "not represented"
    assert PHASES[two_feature_phase(0.9, 1.01)] == "dedicated"


def test_a_grid_of_densities_and_importances_broadcasts():
    density, importance = np.geomspace(0.01, 1, 7)[:, None], np.geomspace(0.1, 10, 5)
    assert two_feature_phase(density, importance).shape == (7, 5)
    assert {x.shape for x in two_feature_losses(density, importance).values()} == {(7, 5)}


@pytest.mark.parametrize("p", [0.0, -0.1, 1.1, np.nan, [0.5, 2.0]])
def test_densities_outside_zero_to_one_are_refused(p):
    with pytest.raises(
        ValueError, match=r"expected (every density 1 − S in \(0, 1\]|finite density)"
    ):
        two_feature_losses(p, 1.0)


@pytest.mark.parametrize("r", [0.0, -1.0, np.inf, np.nan])
def test_importances_that_are_not_positive_are_refused(r):
    with pytest.raises(
        ValueError, match=r"expected (every relative importance to be positive|finite rel)"
    ):
        superposition_boundary(r)
