"""The expected loss in exact rational arithmetic: the oracle for small models."""

from __future__ import annotations

from fractions import Fraction
from math import factorial
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from theory.feature_sets import AnticorrelatedSet
from theory.features import FeatureDistribution, checked_features
from theory.loss.expected_loss import model_arrays

# Σ c · e^{σ s} / s^k as {(σ, k): c}
_Transform = dict[tuple[Fraction, int], Fraction]


def rational_loss(W: ArrayLike, b: ArrayLike, features: FeatureDistribution) -> Fraction:
    """The expected loss as a fraction, with no rounding anywhere.

        E (x_i − z₊)² = p_i/3 − 2 E x_i z₊ + E z₊²,   z = b_i + Σ_j G_ij x_j,   G = W Wᵀ

    with x_i active and idle taken apart, so that what else is in its set is known. The moment
    generating function of z is Σ c e^{σs}/s^k, and e^{σs}/s^k stands for a! (σ)₊^{k+a} / (k+a)! in
    E z₊^a. Floats are taken as the fractions that they are. The cost grows like 3ⁿ for weights in
    general position (n ≤ 8, say), less where weights repeat.

    W (n_features, n_hidden), b (n_features,): one model; outputs without importance are not
    computed. Raises ValueError as `expected_loss`, and for exponential amplitudes, whose loss is no
    fraction.

    >>> rational_loss([[1], [-1]], [0, 0], FeatureDistribution(2, density=0.5))
    Fraction(1, 12)

    Reference: the truncated-power (B-spline) formula for sums of uniform variables.
    """
    if checked_features(features).amplitude != "uniform":
        raise ValueError(
            f"expected uniform amplitudes, got {features.amplitude!r}, whose loss is no fraction; "
            "use expected_loss"
        )
    weights, bias, density, importance = model_arrays(W, b, features)
    if bias.ndim != 1:
        raise ValueError(f"expected one model, W of shape (n, m), got W {weights.shape}")
    rows = [[Fraction(x) for x in row] for row in weights.tolist()]
    p = [Fraction(x) for x in density.tolist()]
    sets = [
        _Set(group.features, p[group.features[0]], isinstance(group, AnticorrelatedSet))
        for group in features.groups
    ]
    grouped = {j for group in features.groups for j in group.features}
    sets += [_Set((j,), p[j], False) for j in range(len(rows)) if j not in grouped]
    total = Fraction(0)
    for i in np.flatnonzero(importance).tolist():
        row = rows[i]
        overlaps = [_dot(row, other) for other in rows]
        total += Fraction(importance[i]) * _output_loss(i, overlaps, Fraction(bias[i]), sets)
    return total


class _Set(NamedTuple):
    members: tuple[int, ...]
    density: Fraction
    exclusive: bool


def _dot(x: list[Fraction], y: list[Fraction]) -> Fraction:
    return sum((a * b for a, b in zip(x, y, strict=True)), Fraction(0))


def _output_loss(i: int, w: list[Fraction], b: Fraction, sets: list[_Set]) -> Fraction:
    others: _Transform = {(b, 0): Fraction(1)}
    own = sets[0]
    for group in sets:
        if i in group.members:
            own = group
        else:
            others = _times(others, _factor(group.members, group.density, group.exclusive, w))
    rest = tuple(j for j in own.members if j != i)
    if own.exclusive:
        chance = own.density / len(own.members)
        active = others
        idle = _times(others, _factor(rest, (own.density - chance) / (1 - chance), True, w))
    else:
        chance = own.density
        active = _times(others, _factor(rest, Fraction(1), False, w))
        idle = others
    weight = w[i]
    square = _times(active, _uniform(weight))
    if weight:
        # E x e^{wxs} = e^{ws}/(ws) − e^{ws}/(ws)² + 1/(ws)²
        first = {
            (weight, 1): 1 / weight,
            (weight, 2): -1 / weight**2,
            (Fraction(0), 2): 1 / weight**2,
        }
        cross = _times(active, first)
    else:
        cross = {key: c / 2 for key, c in active.items()}
    on = Fraction(1, 3) - 2 * _positive_part(cross, 1) + _positive_part(square, 2)
    return chance * on + (1 - chance) * _positive_part(idle, 2)


def _factor(
    members: tuple[int, ...], density: Fraction, exclusive: bool, w: list[Fraction]
) -> _Transform:
    """A set that is active with probability `density`: one of its members, or all of them."""
    blocks = [(j,) for j in members] if exclusive else [members]
    law: _Transform = {(Fraction(0), 0): 1 - density}
    for block in blocks:
        joint: _Transform = {(Fraction(0), 0): density / len(blocks)}
        for j in block:
            joint = _times(joint, _uniform(w[j]))
        for key, c in joint.items():
            law[key] = law.get(key, Fraction(0)) + c
    return law


def _uniform(weight: Fraction) -> _Transform:
    zero = Fraction(0)
    return {(weight, 1): 1 / weight, (zero, 1): -1 / weight} if weight else {(zero, 0): Fraction(1)}


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
