"""Two features in one dimension, and three in two: the paper's phases, and McGrath's integrals.

Losses of weights that are given, at the biases that are given: what a density and an importance
make of them. Active features are uniform on [0, 1] and independent of each other.
"""

# sympy's annotations are narrower than what its functions take and give
# pyright: reportReturnType=false

from __future__ import annotations

from functools import cache

from sympy import (
    Expr,
    Symbol,
    diff,
    factor,
    integrate,
    simplify,
    solve,
    symbols,
)

from theory.symbolic.digon import least_loss
from theory.symbolic.symbols import p, r, x, y

U, W_ = symbols("u w", positive=True)


def ignored() -> Expr:
    """The loss of a feature of importance 1 that is not represented, at its best bias p/2.

        min_b (1 − p) b² + p ∫₀¹ (x − b)² dx = p/3 − p²/4, the variance

    >>> ignored()
    -p**2/4 + p/3
    """
    bias = Symbol("b", nonnegative=True)
    loss = (1 - p) * bias**2 + p * integrate((x - bias) ** 2, (x, 0, 1))
    (best,) = solve(diff(loss, bias), bias)
    return loss.subs(bias, best).expand()


def paired() -> Expr:
    """The loss of a feature of importance 1 in an antipodal pair W = (1, −1) without biases.

    Only both at once cost anything: p² E min(x, y)² = p² · 2 ∫₀¹ ∫_y¹ y² dx dy.

    >>> paired()
    p**2/6
    """
    return p**2 * 2 * integrate(integrate(y**2, (x, y, 1)), (y, 0, 1))


def candidates(n_features: int) -> dict[str, Expr]:
    """The losses of the paper's candidates for n = 2, m = 1 and n = 3, m = 2; the last has I = r.

    Raises ValueError for other numbers of features.

    >>> candidates(2)["superposition"]
    p**2*r/6 + p**2/6

    Reference: Elhage et al. 2022, section 4 and its companion notebook.
    """
    if n_features == 2:
        return {
            "not represented": (r * ignored()).expand(),
            "dedicated": ignored(),
            "superposition": ((1 + r) * paired()).expand(),
        }
    if n_features == 3:
        return {
            "ignore extra": (r * ignored()).expand(),
            "ignore another": ignored(),
            "extra in a pair": ((1 + r) * paired()).expand(),
            "others in a pair": 2 * paired(),
        }
    raise ValueError(f"expected 2 or 3 features, got {n_features}")


def boundary(one: Expr, other: Expr) -> Expr:
    """The density in (0, ∞) at which two candidates cost the same, as a function of r.

    >>> losses = candidates(2)
    >>> boundary(losses["not represented"], losses["superposition"])
    4*r/(5*r + 2)
    """
    (density,) = solve((one - other) / p, p)
    return factor(density)


def triple_point() -> tuple[Expr, Expr]:
    """(r, p) at which all candidates for n = 2 cost the same; those for n = 3 meet there too.

    >>> triple_point()
    (1, 4/7)
    """
    extra, first, pair = candidates(2).values()
    (found,) = solve([(extra - first) / p, (first - pair) / p], [r, p], dict=True)
    return found[r], found[p]


@cache
def without_biases(*, opposite: bool) -> Expr:
    """McGrath's loss for n = 2, m = 1 without biases: W = (u, w), or (u, −w) if opposite.

    With u ≥ w > 0. A feature that is zero is a delta function; with both active, the ReLU is
    integrated over where its argument is positive: everywhere for one sign, on the two sides of the
    line u x = w y for opposite ones.

    >>> without_biases(opposite=True).subs({U: 1, W_: 1}).factor()
    p**2*(r + 1)/6

    Reference: T. McGrath's comment in Elhage et al. 2022, section 4.
    """
    sign = -1 if opposite else 1
    alone = integrate((x - U**2 * x) ** 2, (x, 0, 1))
    alone += r * integrate((y - W_**2 * y) ** 2, (y, 0, 1))
    if not opposite:
        alone += (1 + r) * integrate((U * W_ * x) ** 2, (x, 0, 1))
    first = (x - U * (U * x + sign * W_ * y)) ** 2
    second = (y - W_ * (W_ * y + sign * U * x)) ** 2
    if opposite:
        # the first output is on where x > (w/u) y, which lies within the square: integrate over x
        edge = W_ / U * y
        both = integrate(integrate(first, (x, edge, 1)) + integrate(x**2, (x, 0, edge)), (y, 0, 1))
        both += r * integrate(
            integrate(second, (x, 0, edge)) + integrate(y**2, (x, edge, 1)), (y, 0, 1)
        )
    else:
        both = integrate(first + r * second, (x, 0, 1), (y, 0, 1))
    return (p * (1 - p) * alone + p**2 * both).expand()


def confused() -> Expr:
    """The loss at r = 1 of two equal weights of one sign at their best, 1/√2: "confused".

    >>> confused()
    -p*(3*p - 4)/12
    """
    equal = without_biases(opposite=False).subs({r: 1, W_: U})
    (length,) = [u for u in solve(diff(equal, U), U) if u.is_positive]
    return factor(simplify(equal.subs(U, length)))


def antipodal_confused_transition() -> Expr:
    """The density at which, at r = 1 and without biases, the antipodal pair loses to the confused.

    >>> antipodal_confused_transition()
    40/43 - 4*sqrt(14)/43

    Reference: the two closed forms; the transition is that of McGrath's comment.
    """
    roots = solve((2 * least_loss() - confused()) / p, p)
    (density,) = [root for root in roots if 0 < root < 1]
    return density
