import numpy as np
import pytest

from theory import FeatureDistribution, rational_loss
from theory.phases.continuation import (
    branch_end,
    crossing,
    followed,
    local_minimum,
    slope,
    stationary,
)

PENTAGON = 2 * np.pi * np.arange(5) / 5


def digon_at(p):
    return FeatureDistribution(2, p)


def one_varied(ratio):
    """Density .05, but for the first feature: .05 times the ratio."""
    return FeatureDistribution(5, np.array([0.05 * ratio, 0.05, 0.05, 0.05, 0.05]))


@pytest.fixture(scope="module")
def pentagon():
    W = 1.13 * np.column_stack([np.cos(PENTAGON), np.sin(PENTAGON)])
    return local_minimum(W, np.full(5, -0.25), one_varied(1.0))


@pytest.fixture(scope="module")
def digons():
    W = np.array([[0.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    features = one_varied(1.0)
    return local_minimum(W, np.append(features.mean[0], np.full(4, 1e-3)), features)


def test_minimum_is_stationary_in_rational_arithmetic(pentagon):
    """Central differences of exact fractions: their own error is of the third order."""
    features, step = one_varied(1.0), 1e-4
    for i, k in ((0, 0), (2, 1)):
        side = np.zeros((5, 2))
        side[i, k] = step
        high, low = (rational_loss(pentagon.W + s * side, pentagon.b, features) for s in (1, -1))
        assert abs(float(high - low)) / (2 * step) < 1e-8
    assert pentagon.loss == pytest.approx(
        float(rational_loss(pentagon.W, pentagon.b, features)), rel=1e-12
    )


def test_rotations_are_no_curvature(pentagon):
    assert pentagon.is_minimum and len(pentagon.curvatures) == 5 * 2 + 5 - 1
    turned = np.array([[0.6, -0.8], [0.8, 0.6]])
    again = stationary(pentagon.W @ turned, pentagon.b, one_varied(1.0))
    np.testing.assert_allclose(again.curvatures, pentagon.curvatures, rtol=1e-4)


def test_slope_is_that_of_the_losses_along_the_branch():
    state, step = local_minimum([[1.0], [-1.0]], [0.0, 0.0], digon_at(0.2)), 1e-3
    ends = [followed(state, digon_at, 0.2, 0.2 + s * step).loss for s in (1, -1)]
    assert slope(state, digon_at, 0.2) == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-5)


def test_pentagon_and_digons_tie_where_exact_fractions_say(pentagon, digons):
    states = [followed(state, one_varied, 1.0, 0.27) for state in (digons, pentagon)]
    fast = crossing(*states, one_varied, 0.26, 0.28)
    exact = crossing(
        *fast.states, one_varied, fast.at * (1 - 1e-7), fast.at * (1 + 1e-7),
        loss=lambda W, b, features: float(rational_loss(W, b, features)),
    )  # fmt: skip
    assert fast.at == pytest.approx(exact.at, rel=1e-9)
    assert fast.slopes[0] > 2 * fast.slopes[1]  # the least loss has a kink: first order


def test_pentagon_ends_in_a_fold_before_which_its_curvature_falls_like_a_square_root(pentagon):
    near_end = followed(pentagon, one_varied, 1.0, 0.15)
    end = branch_end(near_end, one_varied, 0.15, 0.1, step=0.1)
    assert end is not None and end.fold
    near = [
        followed(near_end, one_varied, 0.15, end.at + distance).curvatures[0]
        for distance in (4e-4, 1e-4)
    ]
    assert near[0] / near[1] == pytest.approx(2, rel=0.05)
    with pytest.raises(ValueError, match="expected the branch to reach"):
        followed(end.state, one_varied, end.at, end.at - 1e-3, halvings=3)


def test_a_branch_without_end_has_none(digons):
    assert branch_end(digons, one_varied, 1.0, 1.5, step=0.25) is None


def test_losses_that_do_not_cross_are_refused(pentagon, digons):
    with pytest.raises(ValueError, match=r"cross between 0.9 and 1.1, got .*; widen the interval"):
        crossing(digons, pentagon, one_varied, 0.9, 1.1)


def test_more_than_one_model_is_refused():
    with pytest.raises(ValueError, match="expected one model"):
        local_minimum(np.ones((2, 2, 1)), np.zeros((2, 2)), digon_at(0.1))
