from fractions import Fraction

import numpy as np
import pytest
from sympy import Matrix, Rational, Symbol, diff, expand, simplify, sin, symbols

from theory import FeatureDistribution, linear_loss, linear_optimum
from theory.symbolic.linear import (
    MEAN,
    SECOND_MOMENT,
    benefit_and_interference,
    best_biases,
    expected_loss,
    gradient,
    importances,
    overlaps,
    projector,
    projector_bound,
    two_on_a_circle,
)

I = importances(3)
G = overlaps(3)


def rational(array):
    values = [Rational(Fraction(float(x))) for x in np.ravel(array)]
    return Matrix(*np.shape(np.atleast_2d(array)), values)


def test_gaussian_features_cost_exactly_benefit_and_interference():
    loss = expected_loss(G, [0, 0, 0], I).subs({MEAN: 0, SECOND_MOMENT: 1})
    assert expand(loss - benefit_and_interference(G, I)) == 0


def test_other_features_cost_their_variance_times_that_with_the_best_biases():
    # so that the optimum does not depend on the sparsity
    loss = expected_loss(G, best_biases(G, I), I)
    assert expand(loss - (SECOND_MOMENT - MEAN**2) * benefit_and_interference(G, I)) == 0


@pytest.mark.parametrize("seed", range(3))
def test_formula_is_the_linear_loss_of_the_engine(seed):
    rng = np.random.default_rng(seed)
    W, b = rng.integers(-8, 8, (3, 2)) / 8, rng.integers(-8, 8, 3) / 8
    density, importance = 0.375, rng.integers(1, 9, 3) / 8
    moments = {MEAN: Rational(3, 16), SECOND_MOMENT: Rational(1, 8)}
    formula = expected_loss(rational(W @ W.T), list(rational(b)), list(rational(importance)))
    engine = linear_loss(W, b, FeatureDistribution(3, density, importance))
    assert float(formula.subs(moments)) == pytest.approx(engine, rel=1e-13)


def test_gaussian_loss_is_within_four_standard_errors_of_monte_carlo():
    rng = np.random.default_rng(5)
    W, importance = rng.standard_normal((3, 2)), np.array([1.0, 0.5, 2.0])
    x = rng.standard_normal((200_000, 3))
    sampled = (x - x @ W @ W.T) ** 2 @ importance
    formula = float(benefit_and_interference(rational(W @ W.T), list(rational(importance))))
    assert abs(sampled.mean() - formula) <= 4 * sampled.std() / np.sqrt(len(x))


def test_gradient_is_the_derivative_of_the_loss():
    W = Matrix(3, 2, symbols("w_1:7", real=True))
    loss = benefit_and_interference(W * W.T, I)
    derivative = Matrix(3, 2, lambda i, j: diff(loss, W[i, j]))
    assert (gradient(W, I) - derivative).expand().is_zero_matrix


def test_gradient_vanishes_at_the_linear_optimum():
    features = FeatureDistribution(3, 0.3, [1.0, 3.0, 2.0])
    W, _ = linear_optimum(features, 2)
    assert gradient(rational(W), [1, 3, 2]).is_zero_matrix


def test_loss_splits_into_what_the_column_space_leaves_and_a_square():
    W = Matrix(3, 1, symbols("w_1:4", real=True))
    space, rest = projector_bound(W, I)
    assert simplify(space + rest - benefit_and_interference(W * W.T, I)) == 0


@pytest.mark.parametrize("seed", range(4))
def test_superposition_is_never_cheaper_than_the_most_important_features_alone(seed):
    rng = np.random.default_rng(seed)
    W = rational(rng.integers(-9, 10, (5, 2)))
    weights = sorted((Rational(int(w)) for w in rng.integers(1, 9, 5)), reverse=True)
    space, rest = projector_bound(W, weights)
    leverages = projector(W).diagonal()
    assert sum(leverages) == 2 and all(0 <= each <= 1 for each in leverages)
    assert rest >= 0 and space >= sum(weights[2:])
    assert space + rest == benefit_and_interference(W * W.T, weights)


def test_only_the_axes_are_stationary_on_the_circle_unless_the_importances_are_equal():
    one, two = importances(2)
    theta = Symbol("theta", real=True)
    slope = diff(two_on_a_circle(), theta)
    assert simplify(slope - (two - one) * -sin(2 * theta)) == 0


def test_equal_importances_tie_the_simplex_with_features_alone():
    # four dimensions, all five features at leverage 4/5: as good as ignoring one of them
    frame = (Matrix.eye(5) - Matrix.ones(5) / 5)[:, :4]
    assert list(projector(frame).diagonal()) == [Rational(4, 5)] * 5
    assert projector_bound(frame, [Rational(1)] * 5)[0] == 1
