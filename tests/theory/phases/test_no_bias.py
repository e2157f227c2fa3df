import numpy as np
import pytest
from scipy.optimize import minimize

from theory import FeatureDistribution, rational_loss
from theory.phases.no_bias import (
    confusion_transition,
    instability_of_zero,
    no_bias_loss,
    no_bias_minima,
)


@pytest.mark.parametrize("seed", range(6))
def test_loss_is_that_of_exact_fractions(seed):
    rng = np.random.default_rng(seed)
    W, p, importance = rng.uniform(-1.5, 1.5, 2), rng.uniform(0.05, 1), rng.uniform(0.1, 5)
    features = FeatureDistribution(2, p, [1.0, importance])
    exact = float(rational_loss(W[:, None], [0.0, 0.0], features))
    assert float(no_bias_loss(*W, p, importance)) == pytest.approx(exact, rel=1e-13)


def test_loss_is_the_mean_over_samples():
    rng = np.random.default_rng(0)
    x = rng.random((400_000, 2)) * (rng.random((400_000, 2)) < 0.9)
    W = np.array([0.8, -0.5])
    out = np.maximum((x @ W)[:, None] * W, 0)
    errors = ((x - out) ** 2) @ np.array([1.0, 0.8])
    exact = float(no_bias_loss(*W, 0.9, 0.8))
    assert abs(errors.mean() - exact) < 4 * errors.std() / len(errors) ** 0.5


@pytest.mark.parametrize(("p", "importance"), [(0.9, 0.8), (0.5, 1.0), (0.1, 0.06), (0.4, 3.0)])
def test_minima_are_the_lowest_of_descents_from_many_starts(p, importance):
    starts = np.random.default_rng(0).uniform(-1.5, 1.5, (16, 2))
    lowest: dict[bool, float] = {}
    for start in starts:
        found = minimize(lambda W: float(no_bias_loss(*W, p, importance)), start,
                         method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-13})  # fmt: skip
        same = found.x[0] * found.x[1] > 0
        lowest[same] = min(found.fun, lowest.get(same, np.inf))
    best = no_bias_minima(p, importance)
    assert best[0].loss == pytest.approx(min(lowest.values()), rel=1e-9)
    for minimum in best:
        assert float(no_bias_loss(*minimum.W, p, importance)) == pytest.approx(minimum.loss)


def test_third_surface_of_mcgrath_is_confused_and_has_a_second_higher_minimum():
    confused, antipodal = no_bias_minima(0.9, 0.8)
    assert (confused.kind, antipodal.kind) == ("confused", "antipodal")
    np.testing.assert_allclose(confused.W, np.sqrt(0.5), atol=0.03)


def test_equal_importance_has_closed_forms():
    for p in (0.1, 0.4, 0.55):
        antipodal = no_bias_minima(p, 1.0)[0]
        assert antipodal.W[0] ** 2 == pytest.approx((8 - 5 * p) / (8 - 6 * p), rel=1e-13)
    assert confusion_transition(1.0) == pytest.approx((40 - 4 * 14**0.5) / 43, rel=1e-14)


@pytest.mark.parametrize("importance", [0.05, 0.3, 0.8, 1.0])
def test_transition_separates_two_exact_minima_at_a_distance(importance):
    p = confusion_transition(importance)
    features = FeatureDistribution(2, p, [1.0, importance])
    states = no_bias_minima(p, importance)
    exact = [float(rational_loss(np.array(s.W)[:, None], [0, 0], features)) for s in states]
    assert exact[0] == pytest.approx(exact[1], rel=1e-13)
    weights = {s.kind: s.W[1] for s in states}
    assert weights["confused"] > 0 and weights["antipodal"] < -0.5  # a jump: first order
    assert no_bias_minima(p * 1.001, importance)[0].kind == "confused"
    assert no_bias_minima(p * 0.999, importance)[0].kind == "antipodal"


def test_transition_is_symmetric_in_which_feature_is_the_second():
    assert confusion_transition(0.3) == pytest.approx(confusion_transition(1 / 0.3), rel=1e-13)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_second_derivative_at_zero_changes_sign_at_the_onset(p):
    """A small negative W_2 with its best W_1 = 1 + (3p/8) |W_2|, from exact fractions."""
    onset, w = float(instability_of_zero(p)), -1e-3

    def gain(importance):
        features = FeatureDistribution(2, p, [1.0, importance])
        weak = rational_loss([[1 + 3 * p / 8 * abs(w)], [w]], [0, 0], features)
        return float(rational_loss([[1.0], [0.0]], [0, 0], features) - weak)

    assert gain(onset * 1.02) > 0 > gain(onset * 0.98)


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="density"):
        no_bias_loss(1.0, 1.0, 0.0, 1.0)
    with pytest.raises(ValueError, match="importance"):
        no_bias_minima(0.5, -1.0)
    for function in (confusion_transition, lambda importance: no_bias_minima(0.5, importance)):
        with pytest.raises(ValueError, match="positive importance"):
            function(0.0)
