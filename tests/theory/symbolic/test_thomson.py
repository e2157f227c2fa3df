import numpy as np
import pytest
from sympy import Float, Rational

from geometry import template
from theory import FeatureDistribution, exact_reference_loss, expected_loss_and_gradient
from theory.symbolic.one_active import N_FEATURES, dead, polygon, potential
from theory.symbolic.symbols import a, b, c
from theory.symbolic.thomson import (
    CUT,
    INTERFERENCE,
    best_length,
    interference,
    least_sparse_loss,
    pair_energy,
    polygon_energy,
    thomson_energy,
)

CHEN = {(6, 0): 0.04819, (5, 0): 0.06874, (5, 1): 0.06180}  # arXiv 2310.06301, n = 6, m = 2


def ring(k):
    angle = 2 * np.pi * np.arange(k) / k
    return np.column_stack([np.cos(angle), np.sin(angle)])


def one_active_loss(W, bias):
    """L_1 of the reference engine: the losses at small densities, extrapolated to p → 0."""
    n = len(W)
    p = 2.0 ** -np.arange(8, 13)
    features = FeatureDistribution(n, p[:, None])
    losses = exact_reference_loss([W] * len(p), [bias] * len(p), features)
    none = (np.maximum(bias, 0) ** 2).sum()
    rest = (losses - (1 - p) ** n * none) / p / (1 - p) ** (n - 1)
    return np.polyfit(p / (1 - p), rest, 4)[-1]


def test_a_right_angle_and_more_is_free_and_small_cosines_below_the_cut_are():
    assert thomson_energy([Rational(-1), Rational(0), Rational(-1, 2)]) == 0
    assert pair_energy().subs({a: 1, b: Rational(-1, 4), c: Rational(1, 4)}) == 0
    assert pair_energy().subs({a: 2, b: Rational(-1, 4), c: Rational(1, 2)}) == Rational(9, 64)


@pytest.mark.parametrize("k", [2, 3, 4, 5, 6, 7, 8])
def test_unit_polygon_without_bias_costs_its_thomson_energy(k):
    energy = float(polygon_energy(k))
    assert one_active_loss(ring(k), np.zeros(k)) / k == pytest.approx(energy, abs=1e-10)
    if k % 2 == 0 and k >= 4:
        assert polygon_energy(k) == Rational(k, 12) - Rational(1, 3)


@pytest.mark.parametrize("cut", [0.0, 0.125, 0.4])
def test_least_sparse_loss_of_a_code_is_the_least_of_the_engine(cut):
    V = template("square antiprism").vertices
    cosines = (V @ V[0])[1:]
    Q = interference(Float(each) for each in cosines if each > cut).subs(CUT, cut)
    at = {CUT: cut, INTERFERENCE: Q}
    length = float(best_length().subs(at))

    def engine(a):
        return one_active_loss(a**0.5 * V, np.full(8, -cut * a)) / 8

    assert float(least_sparse_loss().subs(at)) == pytest.approx(engine(length), abs=1e-10)
    assert engine(length) < min(engine(0.99 * length), engine(1.01 * length))


@pytest.mark.parametrize(("state", "published"), CHEN.items())
def test_potential_of_the_polygons_is_the_published_one(state, published):
    k, plus = state
    assert float(potential(k, 6, plus)) == pytest.approx(published, abs=5e-6)


def state_of(k, plus):
    """W (6, 2) and b of the best k-gon, the first dead features with a positive bias."""
    shape = polygon(k)
    W = np.zeros((6, 2))
    W[:k] = float(shape.length) ** 0.5 * ring(k)
    bias = np.full(6, float(shape.bias))
    bias[k:] = 0
    bias[k : k + plus] = float(dead()[1].subs(N_FEATURES, 6)) if plus else 0
    return W, bias


@pytest.mark.parametrize("state", CHEN)
def test_potential_of_the_polygons_is_that_of_the_engine(state):
    engine = one_active_loss(*state_of(*state)) / 6
    assert engine == pytest.approx(float(potential(state[0], 6, state[1])), abs=1e-10)


@pytest.mark.parametrize("state", [(6, 0), (5, 1)])
def test_polygons_are_critical_points(state):
    W, b = state_of(*state)
    p = 2.0**-20  # two active features add O(p)
    _, dW, db = expected_loss_and_gradient(W, b, FeatureDistribution(6, p))
    none = 2 * (1 - p) ** 6 * np.maximum(b, 0)
    assert np.abs(dW).max() / p < 1e-4
    assert np.abs(db - none).max() / p < 1e-4


@pytest.mark.parametrize("k", [1, 9])
def test_polygons_of_other_sizes_are_refused(k):
    with pytest.raises(ValueError, match="expected a polygon of 2 to 8 vertices, got k ="):
        polygon(k)


def test_more_vertices_than_features_are_refused():
    with pytest.raises(ValueError, match="expected k \\+ plus ≤ n_features, got k = 5, plus = 2"):
        potential(5, 6, 2)
