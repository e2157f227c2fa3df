"""The expected loss in exact rational arithmetic: the oracle for small models."""

from __future__ import annotations

from fractions import Fraction
from math import factorial

from numpy.typing import ArrayLike

from theory.expected_loss import model_arrays
from theory.features import FeatureDistribution

# Σ c · e^{σ s} / s^k as {(σ, k): c}
_Transform = dict[tuple[Fraction, int], Fraction]


def rational_loss(W: ArrayLike, b: ArrayLike, features: FeatureDistribution) -> Fraction:
    """The expected loss as a fraction, with no rounding anywhere.

        E (x_i − z₊)² = p_i/3 − 2 E x_i z₊ + E z₊²,   z = b_i + Σ_j G_ij x_j,   G = W Wᵀ

    The moment generating function of z is Σ c e^{σs}/s^k, and e^{σs}/s^k stands for
    a! (σ)₊^{k+a} / (k+a)! in E z₊^a. Floats are taken as the fractions that they are. The cost
    grows like 3ⁿ for weights in general position (n ≤ 8, say), less where weights repeat.

    W (n_features, n_hidden), b (n_features,): one model. Raises ValueError as `expected_loss`.

    >>> rational_loss([[1], [-1]], [0, 0], FeatureDistribution(2, density=0.5))
    Fraction(1, 12)

    Reference: the truncated-power (B-spline) formula for sums of uniform variables.
    """
    weights, bias, density, importance = model_arrays(W, b, features)
    if bias.ndim != 1:
        raise ValueError(f"expected one model, W of shape (n, m), got W {weights.shape}")
    rows = [[Fraction(x) for x in row] for row in weights.tolist()]
    p = [Fraction(x) for x in density.tolist()]
    total = Fraction(0)
    for i, row in enumerate(rows):
        overlaps = [_dot(row, other) for other in rows]
        total += Fraction(importance[i]) * _output_loss(i, overlaps, Fraction(bias[i]), p)
    return total


def _dot(x: list[Fraction], y: list[Fraction]) -> Fraction:
    return sum((a * b for a, b in zip(x, y, strict=True)), Fraction(0))


def _output_loss(i: int, w: list[Fraction], b: Fraction, p: list[Fraction]) -> Fraction:
    others: _Transform = {(b, 0): Fraction(1)}
    for j, weight in enumerate(w):
        if j != i and weight:
            others = _times(others, _density_factor(weight, p[j]))
    own, weight = p[i], w[i]
    if weight:
        square = _times(others, _density_factor(weight, own))
        # E x e^{wxs} = e^{ws}/(ws) − e^{ws}/(ws)² + 1/(ws)²
        first = {
            (weight, 1): own / weight,
            (weight, 2): -own / weight**2,
            (Fraction(0), 2): own / weight**2,
        }
        cross = _times(others, first)
    else:
        square = others
        cross = {key: c * own / 2 for key, c in others.items()}
    return own / 3 - 2 * _positive_part(cross, 1) + _positive_part(square, 2)


def _density_factor(weight: Fraction, p: Fraction) -> _Transform:
    zero = Fraction(0)
    return {(zero, 0): 1 - p, (weight, 1): p / weight, (zero, 1): -p / weight}


def _times(a: _Transform, b: _Transform) -> _Transform:
    product: _Transform = {}
    for (s, j), x in a.items():
        for (t, k), y in b.items():
            key = (s + t, j + k)
            product[key] = product.get(key, Fraction(0)) + x * y
    return product


def _positive_part(transform: _Transform, power: int) -> Fraction:
    """E z₊^power from the moment generating function of z."""
    return sum(
        (
            c * shift ** (k + power) * factorial(power) / factorial(k + power)
            for (shift, k), c in transform.items()
            if shift > 0
        ),
        Fraction(0),
    )
