"""The potential of exactly one active feature and its polygons (Chen et al. 2023).

Their inputs have one active feature out of n, each as likely, uniform on [0, 1]: the loss is L_1/n.
In the plane regular k-gons are critical points of it, the other n − k features dead. A dead feature
costs less with a positive bias; every one that has it is a "+" behind the name.
"""

# sympy's annotations are narrower than what its functions take and give
# pyright: reportArgumentType=false

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from sympy import (
    Expr,
    Integer,
    Poly,
    Rational,
    Symbol,
    collect,
    cos,
    degree,
    diff,
    factor_list,
    integrate,
    numer,
    pi,
    solve,
    together,
)

from theory.symbolic.symbols import c, x
from theory.symbolic.thomson import CUT, INTERFERENCE, best_length, interference, least_sparse_loss

LARGEST = 8  # beyond, more than the two nearest cosines are positive
FREE = 4  # up to the square no cosine is positive
N_FEATURES = Symbol("n", positive=True)


@dataclass(frozen=True)
class Polygon:
    """The best regular k-gon: its squared norm, its bias and what a feature of it costs."""

    k: int
    length: Expr
    bias: Expr
    loss: Expr


def polygon(k: int, digits: int = 20) -> Polygon:
    """The regular k-gon of least one-active loss, k from 2 to 8, to `digits`.

    Up to the square it is free, a = 1 and b = 0. From the pentagon on each feature is interfered
    with by its two neighbours, cosine c = cos(2π/k); `least_sparse_loss` at the cut β has one
    stationary point in (0, c), an algebraic number. Raises ValueError for another k.

    >>> polygon(4).loss, str(polygon(5).bias.evalf(8))
    (0, '-0.28229728')

    Reference: Chen et al. 2023, arXiv 2310.06301.
    """
    if not 2 <= k <= LARGEST:
        raise ValueError(f"expected a polygon of 2 to {LARGEST} vertices, got k = {k}")
    if k <= FREE:
        return Polygon(k, Integer(1), Integer(0), Integer(0))
    neighbour = cos(2 * pi / k).evalf(2 * digits)
    roots = Poly(best_cut().subs(c, neighbour), CUT).nroots(2 * digits)
    (cut,) = [root for root in roots if root.is_real and 0 < root < neighbour]
    at = {CUT: cut, INTERFERENCE: _two_neighbours().subs({CUT: cut, c: neighbour})}
    length, loss = (each().evalf(digits, subs=at) for each in (best_length, least_sparse_loss))
    return Polygon(k, length, -cut * length, loss)


@cache
def best_cut() -> Expr:
    """The quartic in the cut β whose root in (0, c) is the best of features with two neighbours.

    It is the factor of the derivative of `least_sparse_loss` that can vanish between 0 and c.

    >>> degree(best_cut(), CUT)
    4
    """
    slope = diff(least_sparse_loss().subs(INTERFERENCE, _two_neighbours()), CUT)
    factors = factor_list(numer(together(slope)))[1]
    (quartic,) = [each for each, _ in factors if degree(each, CUT) == 4]
    return collect(quartic, CUT)


def potential(k: int, n_features: int, plus: int = 0) -> Expr:
    """L_1/n of the best k-gon, the other features dead, `plus` of them with a positive bias.

        (k h + (n − k)/3 − plus/(4 n)) / n

    Raises ValueError for more vertices than features, or a plus of features that are not dead.

    >>> [str(potential(*state).evalf(4)) for state in ((6, 6), (5, 6), (5, 6, 1))]
    ['0.04819', '0.06874', '0.06180']

    Reference: Chen et al. 2023, arXiv 2310.06301 (n = 6, m = 2).
    """
    if not 0 <= plus <= n_features - k:
        raise ValueError(
            f"expected k + plus ≤ n_features, got k = {k}, plus = {plus}, n_features = {n_features}"
        )
    saved = dead()[0].subs(N_FEATURES, n_features)
    lost = (n_features - k) * Rational(1, 3) - plus * saved
    return (k * polygon(k).loss + lost) / n_features


def dead() -> tuple[Expr, Expr]:
    """What a dead feature saves with its best positive bias, and that bias.

    Among N_FEATURES = n features its output adds n b² − b + 1/3 to L_1: b² for each of the others,
    and ∫₀¹ (x − b)² dx for itself.

    >>> dead()
    (1/(4*n), 1/(2*n))
    """
    bias = Symbol("b", positive=True)
    loss = (N_FEATURES - 1) * bias**2 + integrate((x - bias) ** 2, (x, 0, 1))
    (best,) = solve(diff(loss, bias), bias)
    return (Rational(1, 3) - loss.subs(bias, best)).expand(), best


def _two_neighbours() -> Expr:
    return interference([c, c])
