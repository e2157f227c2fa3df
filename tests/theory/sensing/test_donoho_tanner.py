"""The thresholds against integrals, published tables and the angles of polytopes."""

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import minimize_scalar, root_scalar

from theory.sensing import (
    feasibility_threshold,
    minimax_threshold,
    strong_threshold,
    weak_threshold,
)
from theory.sensing.counting import support_entropy
from theory.sensing.donoho_tanner import _external_exponent, _internal_exponent

DENSITIES = (1e-4, 0.003, 0.03, 0.1, 0.3, 0.6, 0.95)

# m/n, and the most active features per dimension that are recovered: Donoho & Tanner 2005, PNAS
# 102, table 1 (simplices) and Donoho 2006, Discrete & Computational Geometry 35, table 1
STRONG = {
    False: {0.1: 0.060131, 0.25: 0.087206, 0.5: 0.133457, 0.75: 0.198965, 0.9: 0.266558},
    True: {0.1: 0.048802, 0.25: 0.065440, 0.5: 0.089416, 0.75: 0.117096, 0.9: 0.140416},
}
WEAK = {
    False: {0.1: 0.240841, 0.25: 0.364970, 0.5: 0.558121, 0.75: 0.765796, 0.9: 0.902596},
    True: {0.1: 0.188327, 0.25: 0.266437, 0.5: 0.384803, 0.75: 0.532781, 0.9: 0.677258},
}


def integral_form(density: float, signed: bool) -> float:
    """The least mean square distance of Gaussians to the subgradients of the sum, by quadrature."""

    def normal(u: float) -> float:
        return math.exp(-(u**2) / 2) / math.sqrt(2 * math.pi)

    def mean_distance(t: float) -> float:
        at_rest = quad(lambda u: (u - t) ** 2 * normal(u), t, t + 12, epsabs=1e-14)[0]
        active = quad(lambda u: (u - t) ** 2 * normal(u), -12, 12, epsabs=1e-14)[0]
        return density * active + (1 + signed) * (1 - density) * at_rest

    return minimize_scalar(mean_distance, bounds=(0, 8), method="bounded").fun


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("density", DENSITIES)
def test_weak_threshold_is_the_least_integral(density, signed):
    assert abs(weak_threshold(density, signed=signed) - integral_form(density, signed)) < 1e-10


@pytest.mark.parametrize("signed", [False, True])
def test_weak_threshold_is_the_published_curve(signed):
    """Up to the tolerance of the tables: there is a double root, which they come to from below."""
    for ratio, per_dimension in WEAK[signed].items():
        root = root_scalar(
            lambda r, d=ratio: weak_threshold(r * d, signed=signed) - d, bracket=(1e-3, 0.99)
        ).root
        assert 0 < root - per_dimension < 1.2e-3


@pytest.mark.parametrize("signed", [False, True])
def test_strong_threshold_is_the_published_curve(signed):
    for ratio, per_dimension in STRONG[signed].items():
        found = ratio * per_dimension / strong_threshold(ratio * per_dimension, signed=signed)
        assert found == pytest.approx(per_dimension, abs=1.5e-6)


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("density", DENSITIES)
def test_faces_lost_by_projections_peak_where_the_statistical_dimension_is(density, signed):
    """Two routes to one number: angles of polytopes, and the mean dimension of a cone."""

    def exponent(nu):
        room = 1 - density
        pairs = room * support_entropy((nu - density) / room)
        signs = (nu - density) * np.log(2) if signed else 0.0
        angles = _internal_exponent(nu, density) + _external_exponent(nu, signed)
        return pairs + signs - angles

    nu = weak_threshold(density, signed=signed)
    step = 1e-3 * min(nu - density, 1 - nu)
    at, below, above = exponent(nu), exponent(nu - step), exponent(nu + step)
    assert abs(at) < 1e-12
    assert below < 0 > above
    curvature = (below + above - 2 * at) / step**2
    assert abs((above - below) / (2 * step * curvature)) < 0.01 * step


def test_no_projection_keeps_all_faces_of_a_cross_polytope_beyond_a_density():
    # ρ_N(δ) tends to .168 as δ tends to 1 (Donoho 2006)
    assert strong_threshold(0.168, signed=True) < 1 == strong_threshold(0.169, signed=True)


@pytest.mark.parametrize("density", [1e-12, 1e-9, *DENSITIES])
def test_thresholds_are_in_order(density):
    plus, both = weak_threshold(density), weak_threshold(density, signed=True)
    assert density < plus < both <= 1
    assert plus < strong_threshold(density) <= 1
    assert both < strong_threshold(density, signed=True) <= 1
    assert plus < feasibility_threshold(density) < 1


def test_all_features_active_leave_nothing_to_compress():
    assert weak_threshold(1.0) == weak_threshold(1.0, signed=True) == strong_threshold(1.0) == 1
    # and nothing of one that is next to it: the exponents are lost in rounding there
    for density in (1 - 1e-16, 1 - 1e-12, 0.5):
        assert strong_threshold(density) == strong_threshold(density, signed=True) == 1


def test_arrays_have_the_thresholds_of_their_entries():
    p = np.array([[0.1, 0.2], [0.3, 1.0]])
    for threshold in (weak_threshold, strong_threshold, minimax_threshold, feasibility_threshold):
        found = threshold(p)
        assert found.shape == p.shape
        assert found[1, 0] == threshold(0.3)
        assert isinstance(threshold(0.3), float)


@pytest.mark.parametrize("density", [0.0, -0.1, 1.5, np.nan, "much"])
@pytest.mark.parametrize("threshold", [weak_threshold, strong_threshold, feasibility_threshold])
def test_what_is_no_density_is_refused(threshold, density):
    with pytest.raises(ValueError, match="density"):
        threshold(density)


def test_densities_lost_in_rounding_are_refused():
    with pytest.raises(ValueError, match="at least 1e-12, got 1e-13"):
        strong_threshold([0.1, 1e-13])
