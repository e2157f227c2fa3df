"""Losses with no or one active feature, and the loss as a mixture over how many are active.

With one feature active the ReLU of an output has one kink on [0, 1]: the loss is an integral of
(x − output)² over where the output is on, and of x² over where it is off.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from sympy import (
    Add,
    Expr,
    Matrix,
    Max,
    Piecewise,
    Poly,
    Symbol,
    cancel,
    factor,
    integrate,
    symbols,
)

from theory.symbolic.symbols import a, b, c, p, x


@cache
def own_term() -> Expr:
    """∫₀¹ (x − ReLU(a x + b))² dx, a feature alone at its own output.

    Where b < 0 the output is on from x = −b/a to 1, if that lies below 1, and off before.

    >>> own_term().subs({a: 1, b: 0}), own_term().subs({a: 1, b: -2})
    (0, 1/3)

    Reference: Elhage et al. 2022, section 3 (the first term of L_1).
    """
    start = -b / a
    whole = integrate((x - (a * x + b)) ** 2, (x, 0, 1))
    late = integrate(x**2, (x, 0, start)) + integrate((x - (a * x + b)) ** 2, (x, start, 1))
    return Piecewise(
        (whole, b >= 0),
        (factor(cancel(late)), a + b > 0),
        (integrate(x**2, (x, 0, 1)), True),
    )


@cache
def other_term() -> Expr:
    """∫₀¹ ReLU(c x + b)² dx, the interference of a feature alone at another's output.

    Negative interference is free (c ≤ 0, b ≤ 0), and with b < 0 so is positive up to c = −b.

    >>> [other_term().subs({c: c_, b: b_}) for c_, b_ in ((-1, 0), (1, 0), (1, -1))]
    [0, 1/3, 0]

    Reference: Elhage et al. 2022, section 3 (the second term of L_1).
    """
    root = -b / c
    square = (c * x + b) ** 2
    return Piecewise(
        (integrate(square, (x, 0, 1)), (b >= 0) & (b + c >= 0)),
        (0, (b <= 0) & (b + c <= 0)),
        (factor(integrate(square, (x, root, 1))), c > 0),
        (factor(integrate(square, (x, 0, root))), True),
    )


def none_active(biases: Sequence[Expr], importance: Sequence[Expr]) -> Expr:
    """L_0 = Σ_i I_i ReLU(b_i)²: what the outputs say when there is nothing.

    >>> from sympy import Integer
    >>> none_active([Integer(2), Integer(-1)], [Integer(1), Integer(1)])
    4

    Reference: Elhage et al. 2022, section 3.
    """
    return Add(*(I * Max(bias, 0) ** 2 for I, bias in zip(importance, biases, strict=True)))


def one_active(W: Matrix, biases: Sequence[Expr], importance: Sequence[Expr]) -> Expr:
    """L_1: the loss with one active feature, summed over which one it is.

        L_1 = Σ_i I_i ∫₀¹ (x − ReLU(‖W_i‖² x + b_i))² dx + Σ_{i≠j} I_j ∫₀¹ ReLU(W_j·W_i x + b_j)² dx

    W (n_features, n_hidden), rows are features.

    >>> from sympy import Integer
    >>> one_active(Matrix([1, -1]), [Integer(0)] * 2, [Integer(1)] * 2)  # a digon is free
    0

    Reference: Elhage et al. 2022, section 3.
    """
    own, other = own_term(), other_term()
    overlaps = W * W.T
    n = W.rows
    terms = []
    for j in range(n):
        output = own.subs({a: overlaps[j, j], b: biases[j]}) if overlaps[j, j] else _dead(biases[j])
        output += Add(*(
            other.subs({c: overlaps[j, i], b: biases[j]}) for i in range(n) if i != j
        ))  # fmt: skip
        terms.append(importance[j] * output)
    return Add(*terms)


def one_active_at_one(W: Matrix, biases: Sequence[Expr], importance: Sequence[Expr]) -> Expr:
    """The integrand of L_1 at x = 1, by which the paper reads it.

        Σ_i I_i (1 − ReLU(‖W_i‖² + b_i))² + Σ_{i≠j} I_j ReLU(W_j·W_i + b_j)²

    Without biases every integrand is its value at 1 times x², and L_1 a third of this.

    >>> from sympy import Integer
    >>> one_active_at_one(Matrix([1, 1]), [Integer(0)] * 2, [Integer(1)] * 2)
    2

    Reference: Elhage et al. 2022, section 3.
    """
    overlaps = W * W.T
    squares = [
        importance[j] * (int(i == j) - Max(overlaps[j, i] + biases[j], 0)) ** 2
        for i in range(W.rows)
        for j in range(W.rows)
    ]
    return Add(*squares)


def mixture(n_features: int) -> Expr:
    """The loss over how many features are active, in L_0, …, L_n and the density.

        L = Σ_k p^k (1 − p)^{n−k} L_k,   L_k summed over the sets of k active features

    >>> mixture(1)
    L_0*(1 - p) + L_1*p

    Reference: Elhage et al. 2022, section 3.
    """
    L = symbols(f"L_0:{n_features + 1}")
    return Add(*(p**k * (1 - p) ** (n_features - k) * L[k] for k in range(n_features + 1)))


def strata(loss: Expr, n_features: int) -> list[Expr]:
    """L_0, …, L_n of a loss that is a polynomial in the density p.

    With the odds q = p/(1 − p) the loss is (1 − p)^n Σ_k L_k q^k: the L_k are its coefficients.

    >>> strata(p**2 / 3, 2)  # a unit digon costs something only when both are active
    [0, 0, 1/3]
    """
    q = Symbol("q")
    polynomial = Poly(cancel(loss.subs(p, q / (1 + q)) * (1 + q) ** n_features), q)
    return [polynomial.coeff_monomial(q**k) for k in range(n_features + 1)]


def _dead(bias: Expr) -> Expr:
    """∫₀¹ (x − ReLU(b))² dx, of a feature that is not represented."""
    output = Max(bias, 0)
    return integrate((x - output) ** 2, (x, 0, 1))
