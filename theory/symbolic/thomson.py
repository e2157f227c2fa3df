"""The sparse limit S → 1: pairs of features repel, a generalised Thomson problem.

Equal features of squared norm a and one bias b = −β a ≤ 0 cost, per feature and divided by p,

    own(a, b) + Σ_{j≠i} energy(a, c_ij, b)   as p → 0,   c_ij the cosine,

since one feature at most is active. In a this is a quadratic polynomial: the best length of a code
is known for every cut β, and what is left depends on β and the cosines alone.
"""

# sympy's annotations are narrower than what its functions take and give
# pyright: reportIndexIssue=false, reportReturnType=false

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from sympy import (
    Add,
    Expr,
    Max,
    Rational,
    Symbol,
    collect,
    cos,
    diff,
    expand,
    factor,
    integrate,
    pi,
    simplify,
    solve,
)

from theory.symbolic.sparse import own_term
from theory.symbolic.symbols import a, b, c

CUT = Symbol("beta", nonnegative=True)
INTERFERENCE = Symbol("Q", nonnegative=True)


def pair_energy() -> Expr:
    """The interference with a feature at cosine c > 0, squared norms a and bias b ≤ 0.

        ∫₀¹ ReLU(a c x + b)² dx = ReLU(a c + b)³ / (3 a c)

    Zero up to the cosine c = −b/a: a negative bias makes small positive interference free.

    >>> pair_energy().subs({a: 1, b: 0, c: Rational(1, 2)})
    1/12

    Reference: Elhage et al. 2022, section 3; the energy is derived.
    """
    reach, t = Symbol("reach"), Symbol("t")
    # with t = a c x + b: from where the output turns on to what it says at x = 1
    return (integrate(t**2, (t, 0, reach)) / (a * c)).subs(reach, Max(a * c + b, 0))


def thomson_energy(cosines: Iterable[Expr]) -> Expr:
    """Σ ReLU(c)²/3 over the cosines with the other features: unit norms and no bias.

    >>> thomson_energy([Rational(-1, 2), Rational(-1, 2)])  # a triangle is free
    0

    Reference: Elhage et al. 2022, section 3 ("generalised Thomson problem").
    """
    return Add(*(Max(cosine, 0) ** 2 for cosine in cosines)) / 3


def polygon_energy(k: int) -> Expr:
    """`thomson_energy` of a feature in the regular k-gon; k/12 − 1/3 if k ≥ 4 is even.

    Raises ValueError for k < 2.

    >>> [polygon_energy(k) for k in (2, 3, 4, 6, 8)]
    [0, 0, 0, 1/6, 1/3]
    """
    if k < 2:
        raise ValueError(f"expected a polygon of k ≥ 2 vertices, got {k}")
    return simplify(thomson_energy(cos(2 * pi * Rational(j, k)) for j in range(1, k)))


def interference(cosines: Iterable[Expr]) -> Expr:
    """Q = Σ (c − β)³/c over the cosines c > β of a feature with the others, 3/a² of their energy.

    >>> interference([Rational(1, 2)]).subs(CUT, 0)
    1/4
    """
    return Add(*((cosine - CUT) ** 3 / cosine for cosine in cosines))


def sparse_loss() -> Expr:
    """The loss of a feature over p as p → 0, in a, the cut β = −b/a and the interference Q.

        1/3 − (1 − β)² (2 + β) a/3 + ((1 − β)³ + Q) a²/3,   0 ≤ β ≤ 1

    >>> sparse_loss().subs({a: 1, CUT: 0})
    Q/3
    """
    own = own_term().args[1][0].subs(b, -CUT * a)
    return collect(expand(own + a**2 * INTERFERENCE / 3), a, factor)


@cache
def best_length() -> Expr:
    """The squared norm of least `sparse_loss` at a cut.

        a = (1 − β)² (2 + β) / (2 [(1 − β)³ + Q])

    >>> best_length().subs(CUT, 0)
    1/(Q + 1)
    """
    (length,) = solve(diff(sparse_loss(), a), a)
    return factor(length)


@cache
def least_sparse_loss() -> Expr:
    """The least of `sparse_loss` over a: what a code must minimise as p → 0.

        1/3 − (1 − β)⁴ (2 + β)² / (12 [(1 − β)³ + Q])

    Without a bias Q is the sum of the squares of the positive cosines: Thomson's energy.

    >>> factor(least_sparse_loss().subs(CUT, 0))
    Q/(3*(Q + 1))
    """
    return Rational(1, 3) - factor(Rational(1, 3) - sparse_loss().subs(a, best_length()))
