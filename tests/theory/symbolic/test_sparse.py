"""L_0, L_1 and the strata, against the oracle in exact rational arithmetic."""

from fractions import Fraction

import numpy as np
import pytest
from sympy import Matrix, Rational, interpolate

from theory import FeatureDistribution, exact_reference_loss, rational_loss
from theory.symbolic.sparse import (
    mixture,
    none_active,
    one_active,
    one_active_at_one,
    other_term,
    own_term,
    strata,
)
from theory.symbolic.symbols import a, b, c, p

# multiples of 1/8: floats and fractions at once
W = np.array([[9, 2], [-5, 6], [1, -7], [0, 0]]) / 8
BIASES = np.array([[-3, 1, -1, 2], [2, -1, 4, -1], [0, 0, 0, 0], [-12, 1, -2, 0]]) / 8
IMPORTANCE = np.array([8, 4, 12, 2]) / 8


def exact(values):
    return [Rational(Fraction(float(value))) for value in values]


def polynomial_of(bias):
    """The exact loss as a polynomial in the density: through n + 1 values of the oracle."""
    points = [Fraction(k, 8) for k in range(1, len(W) + 2)]
    values = [
        rational_loss(W, bias, FeatureDistribution(len(W), float(point), IMPORTANCE))
        for point in points
    ]
    return interpolate([(Rational(x), Rational(y)) for x, y in zip(points, values, strict=True)], p)


@pytest.mark.parametrize("bias", BIASES)
def test_first_strata_of_the_exact_loss_are_those_of_the_formulas(bias):
    loss = polynomial_of(bias)
    none, one, *_ = strata(loss, len(W))
    assert none == none_active(exact(bias), exact(IMPORTANCE))
    assert one == one_active(Matrix(4, 2, exact(W.ravel())), exact(bias), exact(IMPORTANCE))


def test_without_biases_one_active_feature_costs_a_third_of_what_it_costs_at_one():
    weights, zeros = Matrix(4, 2, exact(W.ravel())), exact([0, 0, 0, 0])
    at_one = one_active_at_one(weights, zeros, exact(IMPORTANCE))
    assert one_active(weights, zeros, exact(IMPORTANCE)) == at_one / 3


def test_mixture_of_its_strata_is_the_loss():
    loss = polynomial_of(BIASES[0])
    parts = dict(zip([f"L_{k}" for k in range(5)], strata(loss, 4), strict=True))
    assert (mixture(4).subs(parts) - loss).expand() == 0


def test_terms_are_integrals_with_a_kink():
    x = (np.arange(200_000) + 0.5) / 200_000
    for norm in (0.3, 1.0, 1.7):
        for bias in (-2.0, -0.4, 0.0, 0.3):
            middle = ((x - np.maximum(norm * x + bias, 0)) ** 2).mean()
            assert float(own_term().subs({a: norm, b: bias})) == pytest.approx(middle, abs=1e-9)
            for sign in (-1, 1):
                middle = (np.maximum(sign * norm * x + bias, 0) ** 2).mean()
                formula = float(other_term().subs({c: sign * norm, b: bias}))
                assert formula == pytest.approx(middle, abs=1e-9)


def test_first_two_strata_leave_an_error_of_second_order_in_the_density():
    bias = BIASES[0]
    none, one, *_ = strata(polynomial_of(bias), 4)
    errors = []
    for density in (0.04, 0.02, 0.01):
        loss = exact_reference_loss(W, bias, FeatureDistribution(4, density, IMPORTANCE))
        kept = float((1 - density) ** 4 * none + density * (1 - density) ** 3 * one)
        errors.append(loss - kept)
    assert 3.8 < errors[0] / errors[1] < 4 and 3.9 < errors[1] / errors[2] < 4
