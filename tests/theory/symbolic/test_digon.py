from fractions import Fraction

import pytest
from sympy import Rational, diff

from theory import FeatureDistribution, exact_reference_loss, ideal, rational_loss
from theory.symbolic.digon import (
    best,
    best_bias_when_sparse,
    best_length,
    least_loss,
    loss,
    loss_without_bias,
)
from theory.symbolic.symbols import a, b, p


def half_the_engine(root, bias, density):
    """The oracle's loss of a feature in a digon; all three are multiples of 1/64."""
    features = FeatureDistribution(2, float(density))
    found = rational_loss([[float(root)], [-float(root)]], [float(bias)] * 2, features)
    return Rational(found) / 2


@pytest.mark.parametrize("density", [Fraction(1, 64), Fraction(1, 4), Fraction(7, 8), Fraction(1)])
@pytest.mark.parametrize(
    ("root", "bias"),
    [(Fraction(1), Fraction(0)), (Fraction(3, 4), Fraction(1, 8)), (Fraction(9, 8), Fraction(1))],
)
def test_loss_is_that_of_the_oracle_exactly(root, bias, density):
    at = {a: Rational(root) ** 2, b: Rational(bias), p: Rational(density)}
    assert loss().subs(at) == half_the_engine(root, bias, density)


@pytest.mark.parametrize("density", [0.01, 0.3, 0.8])
def test_best_length_without_bias_costs_the_least_loss(density):
    root = float(best_length().subs(p, density)) ** 0.5
    features = FeatureDistribution(2, density)
    engine = exact_reference_loss([[root], [-root]], [0.0, 0.0], features) / 2
    assert float(least_loss().subs(p, density)) == pytest.approx(engine, abs=1e-12)
    assert diff(loss_without_bias(), a, 2).subs(p, density) > 0


@pytest.mark.parametrize("density", ["1/100", "3/5", "99/100"])
def test_best_bias_and_length_are_those_of_the_ideal_digon(density):
    length, bias, least = best(Rational(density))
    found = ideal("digon", float(Rational(density)))
    assert found.loss_per_feature == pytest.approx(float(least), abs=1e-12)
    assert found.scale**2 == pytest.approx(float(length), abs=1e-5)
    assert found.bias == pytest.approx(float(bias), abs=1e-5)
    assert 0 < bias < length


def test_best_bias_of_a_sparse_digon_is_its_leading_order():
    ratios = [
        float(best(density)[1] / best_bias_when_sparse().subs(p, density))
        for density in (Rational(1, 100), Rational(1, 1000))
    ]
    assert ratios[0] == pytest.approx(1, abs=0.02) and ratios[1] == pytest.approx(1, abs=0.002)


@pytest.mark.parametrize("density", [0, 1, -1])
def test_densities_outside_zero_to_one_are_refused(density):
    with pytest.raises(ValueError, match=r"expected a density 1 − S in \(0, 1\), got"):
        best(density)
