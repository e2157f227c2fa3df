"""Two dense features in one dimension, through a staircase: its mean squared error in closed form.

The encoder t = (⌊Z x⌋ + y)/Z and its inverse need a floor; `theory.nonlinear_compression` has one
made of ReLUs: a ramp in the last ε of every unit, or of all units but the last, whose end is that
of the interval. With w the place of Z x in unit j, the encoder is at j + f, where f = 0 for
w < 1 − ε and f = (w − 1 + ε)/ε on the ramp, and the decoder sees j + f + y.
"""

# sympy's annotations are narrower than what its functions take and give
# pyright: reportReturnType=false

from __future__ import annotations

from functools import cache

from sympy import Expr, Poly, Rational, Symbol, diff, expand, factor, integrate, solve

SEGMENTS = Symbol("Z", positive=True)
RAMP = Symbol("epsilon", positive=True)
OFFSET = Symbol("delta", real=True)
_f, _s, _w = Symbol("f"), Symbol("s"), Symbol("w")


def mean_squared_errors(*, last_ramp: bool = False) -> tuple[Expr, Expr]:
    """E (x − x̂)² and E (y − ŷ)² for Z ≥ 2 segments, 0 < ε ≤ 1, and x̂ = (floor + δ)/Z.

    The error of y is f less what the decoder's floor adds to j, that of x the same with w and δ.
    On the last ramp s = f + y leads beyond the staircase, so that its unit differs from those
    before it; and so does a last unit without a ramp.

    >>> x_error, y_error = mean_squared_errors()
    >>> [error.subs({RAMP: 0, OFFSET: Rational(1, 2)}) for error in (x_error, y_error)]
    [1/(12*Z**2), 0]

    Reference: Elhage et al. 2022, appendix "Nonlinear Compression"; the closed form is derived.
    """
    return _errors(last_ramp)


def mean_squared_error(*, last_ramp: bool = False) -> Expr:
    """The mean over the two features, at the decoder's δ = 1/2.

    >>> mean_squared_error().subs(RAMP, 0)
    1/(24*Z**2)
    """
    x_error, y_error = mean_squared_errors(last_ramp=last_ramp)
    return _tidy(((x_error + y_error) / 2).subs(OFFSET, Rational(1, 2)))


def best_offset(*, last_ramp: bool = False) -> Expr:
    """The δ of least error; 1/2 as ε → 0.

    >>> best_offset().subs(RAMP, 0)
    1/2
    """
    (offset,) = solve(diff(mean_squared_errors(last_ramp=last_ramp)[0], OFFSET), OFFSET)
    return factor(offset)


def linear_reference() -> Expr:
    """The least mean squared error of a linear map to one dimension: one feature, or the mean.

        ½ Var x = 1/24

    >>> linear_reference()
    1/24
    """
    x = Symbol("x")
    return integrate((x - Rational(1, 2)) ** 2, (x, 0, 1)) / 2


@cache
def _errors(last_ramp: bool) -> tuple[Expr, Expr]:
    totals = []
    for error in (lambda f, w, added: w - added - OFFSET, lambda f, w, added: f - added):
        last = integrate(expand(error(0, _w, 0) ** 2), (_w, 0, 1))
        flat = _flat(error)
        inner, outer = (flat + _ramp(error, second=second) for second in (True, False))
        units = (
            (SEGMENTS - 1) * inner + outer if last_ramp else (SEGMENTS - 2) * inner + outer + last
        )
        totals.append(units / SEGMENTS)
    x_error, y_error = totals
    return _tidy(x_error / SEGMENTS**2), _tidy(y_error)


def _flat(error) -> Expr:
    """Off the encoder's ramp, w < 1 − ε and f = 0: the decoder has its own where y > 1 − ε."""
    y = _s
    on_ramp = (y - 1 + RAMP) / RAMP
    return _integral(error(0, _w, 0), (y, 0, 1 - RAMP), (_w, 0, 1 - RAMP)) + _integral(
        error(0, _w, on_ramp), (y, 1 - RAMP, 1), (_w, 0, 1 - RAMP)
    )


def _ramp(error, *, second: bool) -> Expr:
    """On the encoder's ramp, w = 1 − ε + ε f: the decoder sees s = f + y from 0 to 2."""
    w = 1 - RAMP + RAMP * _f
    first_ramp, second_ramp = (_s - 1 + RAMP) / RAMP, 1 + (_s - 2 + RAMP) / RAMP
    low, high = (_f, 0, _s), (_f, _s - 1, 1)
    pieces = [
        _integral(error(_f, w, 0), low, (_s, 0, 1 - RAMP)),
        _integral(error(_f, w, first_ramp), low, (_s, 1 - RAMP, 1)),
        _integral(error(_f, w, 1), high, (_s, 1, 2 - RAMP)),
        _integral(error(_f, w, second_ramp if second else 1), high, (_s, 2 - RAMP, 2)),
    ]
    return RAMP * sum(pieces)


def _integral(error: Expr, inner: tuple, outer: tuple) -> Expr:
    """Of error², a polynomial."""
    square = error**2
    for variable, low, high in (inner, outer):
        primitive = Poly(square, variable).integrate().as_expr()
        square = expand(primitive.subs(variable, high) - primitive.subs(variable, low))
    return square


def _tidy(expression: Expr) -> Expr:
    return expand(factor(expression))
