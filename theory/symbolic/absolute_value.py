"""One neuron for the absolute value of one feature: y' = ReLU(s ReLU(x) + b) on y = |x|.

x is 0 with probability 1 − p, else uniform on [−1, 1]: the neuron knows its positive half.
"""

# sympy's annotations are narrower than what its functions take and give
# pyright: reportReturnType=false

from __future__ import annotations

from sympy import Expr, Integer, Symbol, diff, factor, integrate, solve

from theory.symbolic.symbols import p, x

SLOPE = Symbol("s", positive=True)
BIAS = Symbol("b", nonnegative=True)


def loss() -> Expr:
    """The loss for b ≥ 0: nothing, the half that the neuron sees, and the half that it does not.

        (1 − p) b² + (p/2) ∫₀¹ (x − s x − b)² dx + (p/2) ∫₀¹ (x − b)² dx

    >>> loss().subs({SLOPE: 1, BIAS: 0})
    p/6
    """
    seen = integrate((x - SLOPE * x - BIAS) ** 2, (x, 0, 1))
    unseen = integrate((x - BIAS) ** 2, (x, 0, 1))
    return ((1 - p) * BIAS**2 + p / 2 * (seen + unseen)).expand()


def at_slope_one() -> Expr:
    """The least loss over b at slope 1.

    >>> at_slope_one()
    -p**2/16 + p/6
    """
    return loss().subs({BIAS: _best_bias().subs(SLOPE, Integer(1)), SLOPE: Integer(1)}).expand()


def best() -> tuple[Expr, Expr]:
    """The slope and the bias of least loss.

    >>> best()
    (2*(3*p - 4)/(3*p - 8), -2*p/(3*p - 8))
    """
    (slope,) = solve(diff(loss().subs(BIAS, _best_bias()), SLOPE), SLOPE)
    return factor(slope), factor(_best_bias().subs(SLOPE, slope))


def least_loss() -> Expr:
    """The loss there, p/6 − p²/(16 − 6p).

    >>> least_loss()
    p*(3*p - 4)/(3*(3*p - 8))
    """
    slope, bias = best()
    return factor(loss().subs({SLOPE: slope, BIAS: bias}))


def _best_bias() -> Expr:
    (bias,) = solve(diff(loss(), BIAS), BIAS)
    return bias
