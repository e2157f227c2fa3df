from fractions import Fraction

import numpy as np
import pytest
from sympy import Rational, diff, hessian, sqrt

from theory import (
    FeatureDistribution,
    rational_loss,
    superposition_boundary,
    two_feature_losses,
)
from theory.symbolic.digon import best_length
from theory.symbolic.symbols import p, r
from theory.symbolic.two_features import (
    W_,
    U,
    antipodal_confused_transition,
    boundary,
    candidates,
    confused,
    ignored,
    paired,
    triple_point,
    without_biases,
)

THREE = {
    "ignore extra": ([[1, 0], [0, 1], [0, 0]], [0, 0, 0.5]),
    "ignore another": ([[0, 0], [1, 0], [0, 1]], [0.5, 0, 0]),
    "extra in a pair": ([[1, 0], [0, 1], [0, -1]], [0, 0, 0]),
    "others in a pair": ([[1, 0], [-1, 0], [0, 1]], [0, 0, 0]),
}


@pytest.mark.parametrize(("density", "importance"), [("1/2", "1/4"), ("1/16", "3/2"), ("1", "8")])
def test_candidates_of_two_features_are_those_of_the_phase_diagram(density, importance):
    numeric = two_feature_losses(float(Rational(density)), float(Rational(importance)))
    for phase, loss in candidates(2).items():
        value = float(loss.subs({p: Rational(density), r: Rational(importance)}))
        assert value == pytest.approx(float(numeric[phase]), rel=1e-14)


@pytest.mark.parametrize("name", THREE)
@pytest.mark.parametrize(("density", "importance"), [("1/2", "1/4"), ("1/8", "3/2")])
def test_candidates_of_three_features_are_the_exact_losses_of_their_weights(
    name, density, importance
):
    value = float(Rational(density))
    W, shares = THREE[name]
    b = [share * value for share in shares]
    features = FeatureDistribution(3, value, [1, 1, float(Rational(importance))])
    formula = candidates(3)[name].subs({p: Rational(density), r: Rational(importance)})
    assert formula == Rational(rational_loss(W, b, features))


def test_boundaries_are_those_of_the_phase_diagram():
    losses = candidates(2)
    below = boundary(losses["not represented"], losses["superposition"])
    above = boundary(losses["dedicated"], losses["superposition"])
    for importance in (0.1, 0.6, 1.0):
        assert float(below.subs(r, importance)) == pytest.approx(superposition_boundary(importance))
        assert float(above.subs(r, 1 / importance)) == pytest.approx(
            superposition_boundary(1 / importance)
        )
    three = candidates(3)
    assert boundary(three["ignore another"], three["others in a pair"]) == Rational(4, 7)
    assert boundary(three["ignore extra"], three["extra in a pair"]) == below


def test_all_candidates_meet_at_the_triple_point():
    importance, density = triple_point()
    at = {r: importance, p: density}
    assert {loss.subs(at) for loss in candidates(2).values()} == {Rational(16, 147)}
    three = {loss.subs(at) for loss in candidates(3).values()}
    assert three == {Rational(16, 147)}


def test_loss_has_a_kink_at_the_transition():
    # a first-order transition: 8/21 on the side of the pair, 1/21 where the extra is ignored
    slope = [diff(loss, p).subs(p, Rational(4, 7)) for loss in (2 * paired(), ignored())]
    assert slope == [Rational(8, 21), Rational(1, 21)]


@pytest.mark.parametrize("opposite", [False, True])
@pytest.mark.parametrize(("u", "w"), [("9/8", "3/4"), ("1", "1"), ("1/2", "1/8")])
@pytest.mark.parametrize(("density", "importance"), [("1", "1"), ("3/8", "3/4")])
def test_mcgraths_integrals_are_the_exact_loss(opposite, u, w, density, importance):
    values = {U: u, W_: w, p: density, r: importance}
    at = {symbol: Rational(value) for symbol, value in values.items()}
    W = [[float(Fraction(u))], [float(Fraction(w)) * (-1 if opposite else 1)]]
    features = FeatureDistribution(2, float(Fraction(density)), [1, float(Fraction(importance))])
    exact = rational_loss(W, [0, 0], features)
    assert without_biases(opposite=opposite).subs(at) == Rational(exact)


def test_confused_and_antipodal_states_are_minima_that_tie_at_the_transition():
    density = antipodal_confused_transition()
    assert density == (40 - 4 * sqrt(14)) / 43
    states = [(False, sqrt(2) / 2), (True, sqrt(best_length().subs(p, density)))]
    losses = []
    for opposite, length in states:
        loss = without_biases(opposite=opposite).subs({r: 1, p: density})
        at = {U: length, W_: length}
        gradient = [float(diff(loss, weight).subs(at)) for weight in (U, W_)]
        assert gradient == pytest.approx([0, 0], abs=1e-14)
        curvature = np.array(hessian(loss, (U, W_)).subs(at).evalf(), dtype=float)
        assert (np.linalg.eigvalsh(curvature) > 0.01).all()
        losses.append(float(loss.subs(at)))
    assert losses[0] == pytest.approx(losses[1], rel=1e-14)
    assert losses[0] == pytest.approx(float(confused().subs(p, density)), rel=1e-14)


@pytest.mark.parametrize("n_features", [1, 4])
def test_candidates_of_other_sizes_are_refused(n_features):
    with pytest.raises(ValueError, match="expected 2 or 3 features, got"):
        candidates(n_features)
