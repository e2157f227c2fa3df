"""The antipodal pair: its exact loss, its best length, and why its best bias is slightly positive.

Two features of unit importance on W = (√a, −√a) with one bias b ≥ 0. An output sees a (x − y) + b,
x its own feature and y its partner; the loss here is that of one of the two.
"""

# sympy's annotations are narrower than what its functions take and give
# pyright: reportArgumentType=false, reportCallIssue=false, reportIndexIssue=false, reportReturnType=false

from __future__ import annotations

from functools import cache

from sympy import Expr, Rational, cancel, diff, expand, factor, integrate, series, solve
from sympy import nsolve as solve_numerically

from theory.symbolic.sparse import mixture, other_term, own_term
from theory.symbolic.symbols import a, b, c, p, x, y

NEARLY_LINEAR = 0.6  # the density from which Newton's method starts at the linear solution
LINEAR = (Rational(1, 2), Rational(1, 2))


@cache
def loss() -> Expr:
    """The loss of a feature in a digon, for 0 ≤ b ≤ a.

    Both features active, the output is on where y < x + b/a; with one or none it always is at the
    own feature, up to x = b/a at the partner, and b itself at nothing.

    >>> loss().subs({a: 1, b: 0})
    p**2/6

    Reference: Elhage et al. 2022, section 4 (there a = 1, b = 0).
    """
    off = x**2
    on = (x - a * (x - y) - b) ** 2
    edge = x + b / a
    # y < x + b/a cuts the square along a line that leaves it at x = 1 − b/a
    both = integrate(on, (y, 0, edge)) + integrate(off, (y, edge, 1))
    full = integrate(on, (y, 0, 1))
    cut = 1 - b / a
    strata = {
        "L_0": b**2,
        "L_1": _branch(own_term(), 0) + _branch(other_term(), 3).subs(c, -a),
        "L_2": integrate(expand(both), (x, 0, cut)) + integrate(expand(full), (x, cut, 1)),
    }
    return mixture(2).subs(strata).expand()


def loss_without_bias() -> Expr:
    """The same at b = 0: p (1 − p) (1 − a)²/3 + p² E (x − a (x − y)₊)².

    >>> loss_without_bias().subs(a, 1)
    p**2/6
    """
    return factor(loss().subs(b, 0))


def best_length() -> Expr:
    """The squared norm a* of least loss without a bias.

    >>> best_length()
    (5*p - 8)/(2*(3*p - 4))
    """
    (stationary,) = solve(diff(loss_without_bias(), a), a)
    return factor(stationary)


def least_loss() -> Expr:
    """The loss L* at b = 0 and a = a*.

    >>> least_loss()
    p**2*(25*p - 32)/(48*(3*p - 4))
    """
    return factor(cancel(loss_without_bias().subs(a, best_length())))


def best_bias_when_sparse() -> Expr:
    """The best bias to leading order in p: it is positive.

    At b = 0 and a = a* the loss falls in b at the rate −g, and its curvature is 2 as p → 0 (where
    the loss is b², what the output says of nothing), so that b* → g/2.

    >>> best_bias_when_sparse()
    5*p**2/48
    """
    slope = diff(loss(), b).subs(b, 0).subs(a, best_length())
    return series(-slope / 2, p, 0, 3).removeO()


def best(density: float | Expr, digits: int = 15) -> tuple[Expr, Expr, Expr]:
    """The best (a, b) at a density and the loss there, to `digits`: both derivatives vanish.

    Towards p = 1 it turns into the linear solution a = b = 1/2. Raises ValueError for a density
    outside (0, 1).

    >>> [str(value.evalf(8)) for value in best(Rational(1, 10))]
    ['1.0116230', '0.0012490035', '0.0016597420']
    """
    if not 0 < density < 1:
        raise ValueError(f"expected a density 1 − S in (0, 1), got {density}")
    here = loss().subs(p, density)
    sparse = (best_length(), best_bias_when_sparse())
    start = [value.subs(p, density) for value in sparse] if density < NEARLY_LINEAR else LINEAR
    length, bias = solve_numerically(
        [diff(here, a), diff(here, b)], [a, b], start, prec=digits, dict=False
    )
    return length, bias, here.subs({a: length, b: bias})


def _branch(term: Expr, number: int) -> Expr:
    """A piece of a Piecewise."""
    return term.args[number][0]
