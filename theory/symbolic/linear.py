"""The linear model: feature benefit, interference, and why superposition is never strictly better.

x' = G x + b with G = W Wᵀ (rows of W are features) leaves x − x' = (1 − G) x − b: only the first
two moments of the features matter. Let D = diag(I), and P the projector onto the columns of W, so
that P G = G. The columns of 1 − P are orthogonal to those of P − G, and Pythagoras gives

    L = ‖(1 − G) D^{1/2}‖² = ‖(1 − P) D^{1/2}‖² + ‖(P − G) D^{1/2}‖² ≥ Σ_i I_i (1 − ℓ_i)

with the leverages ℓ_i = P_ii. They lie in [0, 1] and sum to the rank, at most m, so that the first
part is least where the m most important features have leverage 1: a dimension each.
"""

# sympy's annotations are narrower than what its functions take and give
# pyright: reportOperatorIssue=false, reportReturnType=false

from __future__ import annotations

from collections.abc import Sequence

from sympy import (
    Add,
    Expr,
    Matrix,
    MatrixBase,
    Symbol,
    cos,
    diag,
    diff,
    expand,
    eye,
    sin,
    solve,
    symbols,
    trigsimp,
)

MEAN = Symbol("mu", real=True)
SECOND_MOMENT = Symbol("m_2", positive=True)


def importances(n_features: int) -> tuple[Symbol, ...]:
    """I_1, …, I_n, positive.

    >>> importances(2)
    (I_1, I_2)
    """
    return symbols(f"I_1:{n_features + 1}", positive=True)


def overlaps(n_features: int) -> Matrix:
    """The symmetric matrix G of overlaps W_i·W_j, its entries symbols.

    >>> overlaps(2).tolist()
    [[G_11, G_12], [G_12, G_22]]
    """
    return Matrix(
        n_features,
        n_features,
        lambda i, j: Symbol(f"G_{min(i, j) + 1}{max(i, j) + 1}", real=True),
    )


def benefit_and_interference(G: MatrixBase, importance: Sequence[Expr]) -> Expr:
    """The paper's loss: what is not represented, and what the others add.

        Σ_i I_i (1 − ‖W_i‖²)² + Σ_{i≠j} I_j (W_j·W_i)²

    >>> benefit_and_interference(Matrix([[1, 0], [0, 0]]), importances(2))
    I_2

    Reference: Elhage et al. 2022, section 3.
    """
    n = G.rows
    benefit = [importance[i] * (1 - G[i, i]) ** 2 for i in range(n)]
    interference = [
        importance[j] * G[j, i] ** 2 for i in range(n) for j in range(n) if i != j
    ]  # fmt: skip
    return Add(*benefit, *interference)


def expected_loss(G: MatrixBase, biases: Sequence[Expr], importance: Sequence[Expr]) -> Expr:
    """Σ_i I_i E (x_i − Σ_j G_ij x_j − b_i)², from the moments of independent, equal features.

    Expanded, with E x_i² = m₂ and E x_i x_j = μ² put in for the products; x ~ N(0, 1) has μ = 0 and
    m₂ = 1, a sparse uniform feature μ = p/2 and m₂ = p/3.

    >>> G = Matrix([[0]])
    >>> expected_loss(G, [Symbol("b")], [1])
    b**2 - 2*b*mu + m_2
    """
    n = G.rows
    x = symbols(f"x_1:{n + 1}")
    residual = Matrix(x) - G * Matrix(x) - Matrix(biases)
    square = expand(Add(*(importance[i] * residual[i] ** 2 for i in range(n))))
    for i in range(n):
        square = square.subs(x[i] ** 2, SECOND_MOMENT)
        for j in range(i):
            square = square.subs(x[i] * x[j], MEAN**2)
    return square.subs(dict.fromkeys(x, MEAN))


def best_biases(G: MatrixBase, importance: Sequence[Expr]) -> list[Expr]:
    """The biases at which the derivatives of `expected_loss` vanish: b = (1 − G) E x.

    >>> best_biases(Matrix([[0]]), [1])
    [mu]
    """
    b = symbols(f"b_1:{G.rows + 1}", real=True)
    loss = expected_loss(G, b, importance)
    found = solve([diff(loss, bias) for bias in b], b, dict=True)[0]
    return [found[bias] for bias in b]


def gradient(W: MatrixBase, importance: Sequence[Expr]) -> Matrix:
    """The derivative of `benefit_and_interference` by W (n, m), which vanishes at every optimum.

        ∂L/∂W = −2 (D (1 − G) + (1 − G) D) W

    >>> list(gradient(Matrix([1, 0]), importances(2)))  # the top feature alone
    [0, 0]

    Reference: Elhage et al. 2022, footnote 12.
    """
    D, left = diag(*importance), eye(W.rows) - W * W.T
    return -2 * (D * left + left * D) * W


def projector(W: MatrixBase) -> Matrix:
    """The projector onto the columns of W (n, m), of full column rank; its diagonal is ℓ.

    >>> projector(Matrix([2, 0])).tolist()
    [[1, 0], [0, 0]]
    """
    return W * (W.T * W).inv() * W.T


def projector_bound(W: MatrixBase, importance: Sequence[Expr]) -> tuple[Expr, Expr]:
    """The loss in two parts that are both ≥ 0: what the column space of W leaves, and the rest.

        L = Σ_i I_i (1 − ℓ_i) + ‖(P − G) D^{1/2}‖²,   ℓ_i = P_ii

    The second vanishes where W has orthonormal columns; the first is linear in the leverages,
    0 ≤ ℓ_i ≤ 1, Σ ℓ_i ≤ m, and at least Σ_{i>m} I_i (Eckart–Young). Between features of unequal
    importance it is attained only at ℓ_i = 0 or 1, where features are alone or ignored.

    >>> projector_bound(Matrix([1, 0]), importances(2))
    (I_2, 0)

    Reference: Eckart & Young 1936; Elhage et al. 2022, footnote 12.
    """
    P, D = projector(W), diag(*importance)
    rest = P - W * W.T
    space = Add(*(importance[i] * (1 - P[i, i]) for i in range(W.rows)))
    return space, (rest * D * rest.T).trace()


def two_on_a_circle() -> Expr:
    """The loss of two features in one dimension, W = (cos θ, sin θ): where superposition ties.

    It is least at θ = 0 if I_1 > I_2, and the same at every θ if the importances are equal: there
    superposition is no better, and no worse either.

    >>> two_on_a_circle()
    I_1*sin(theta)**2 - I_2*sin(theta)**2 + I_2
    """
    theta = Symbol("theta", real=True)
    W = Matrix([cos(theta), sin(theta)])
    return trigsimp(benefit_and_interference(W * W.T, importances(2)))
