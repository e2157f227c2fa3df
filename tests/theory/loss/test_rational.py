from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theory import FeatureDistribution, rational_loss

eighths = st.integers(-16, 16).map(lambda k: k / 8)
sixteenths = st.integers(1, 16).map(lambda k: k / 16)


def _simpson(f, points):
    """∫ f from the first point to the last, exact for cubics between neighbouring points."""
    points = sorted(points)
    return sum(
        ((b - a) / 6 * (f(a) + 4 * f((a + b) / 2) + f(b)) for a, b in pairwise(points)),
        Fraction(0),
    )


def _clipped(*points):
    return {Fraction(0), Fraction(1), *(min(max(x, Fraction(0)), Fraction(1)) for x in points)}


def _two_feature_output(a, c, b, p, q):
    """E (x − (a x + c y + b)₊)² by strata; each is piecewise cubic, so Simpson's rule is exact."""

    def over_x(shift):
        kinks = _clipped(-shift / a) if a else _clipped()
        return _simpson(lambda x: (x - max(a * x + shift, 0)) ** 2, kinks)

    def over_y(f):
        # seen from y, the kink in x enters or leaves [0, 1] where b + c y is 0 or −a
        return _simpson(f, _clipped(-b / c, -(a + b) / c) if c else _clipped())

    alone = over_y(lambda y: max(b + c * y, 0) ** 2)
    both = over_y(lambda y: over_x(b + c * y))
    nothing = max(b, Fraction(0)) ** 2
    return (
        (1 - p) * (1 - q) * nothing + p * (1 - q) * over_x(b) + (1 - p) * q * alone + p * q * both
    )


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    st.tuples(eighths, eighths),
    st.tuples(eighths, eighths),
    st.tuples(eighths, eighths),
    st.tuples(sixteenths, sixteenths),
    st.tuples(sixteenths, sixteenths),
)
def test_two_features_cost_what_exact_integration_over_the_square_says(
    u, v, b, density, importance
):
    W = list(zip(u, v, strict=True))
    first, second = ([Fraction(x) for x in row] for row in W)
    aa, cc, bb = (
        sum(x * y for x, y in zip(*pair, strict=True))
        for pair in [(first, first), (first, second), (second, second)]
    )
    p, q = map(Fraction, density)
    expected = Fraction(importance[0]) * _two_feature_output(aa, cc, Fraction(b[0]), p, q)
    expected += Fraction(importance[1]) * _two_feature_output(bb, cc, Fraction(b[1]), q, p)
    assert rational_loss(W, b, FeatureDistribution(2, density, importance)) == expected


@pytest.mark.parametrize(
    ("W", "b", "density", "expected"),
    [
        ([[1], [-1]], [0, 0], 1.0, Fraction(1, 3)),  # a digon: 2 p²/6
        ([[1], [-1]], [0, 0], 0.5, Fraction(1, 12)),
        ([[1, 0], [0, 1]], [0, 0], 0.25, Fraction(0)),
        ([[0], [0], [0]], [0, 0, 0], 0.5, Fraction(1, 2)),  # E x² = p/3 each
        ([[0], [0]], [0.25, 0.25], 0.5, Fraction(5, 24)),  # v = p/3 − p²/4 each
        ([[0]], [-7], 1.0, Fraction(1, 3)),
    ],
)
def test_known_models_cost_known_fractions(W, b, density, expected):
    assert rational_loss(W, b, FeatureDistribution(len(b), density)) == expected


def test_independent_digons_add_up():
    n = 12
    W = [[0.0] * (n // 2) for _ in range(n)]
    for i in range(n):
        W[i][i // 2] = 1.0 if i % 2 else -1.0
    assert rational_loss(W, [0.0] * n, FeatureDistribution(n, 0.5)) == Fraction(n, 24)


def test_a_batch_is_refused_in_one_line():
    with pytest.raises(ValueError, match="expected one model"):
        rational_loss([[[1.0], [0.0]]], [0.0, 0.0], FeatureDistribution(2, 0.5))
