"""Two features in one dimension without biases: the exact loss, its minima and their transition."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.polynomial import Polynomial
from numpy.typing import ArrayLike
from scipy.optimize import root_scalar

from geometry.arguments import held, real, real_array, shown
from theory.features import Array

KINDS = ("confused", "antipodal")
LARGEST = 1e12  # importance: beyond, polynomials lose what the other feature adds
ROUNDING = 1e-7  # of the roots of polynomials, in their imaginary part and at the border |τ| = 1


@dataclass(frozen=True)
class NoBiasMinimum:
    """A local minimum of the loss: `confused` where W_1 W_2 > 0, `antipodal` where it is negative.

    W_1 ≥ 0; the other sign of both weights is the same model.
    """

    kind: str
    W: tuple[float, float]
    loss: float


def no_bias_loss(W1: ArrayLike, W2: ArrayLike, density: ArrayLike, importance: ArrayLike) -> Array:
    """The exact loss of n = 2, m = 1 without biases, as a surface over (W_1, W_2).

        L = E (x_1 − ReLU(W_1 h))² + I E (x_2 − ReLU(W_2 h))²,   h = W_1 x_1 + W_2 x_2

    In the ratio τ = W_2/W_1, |τ| ≤ 1, it is (1 + I) p/3 − A(τ) W_1² + B(τ) W_1⁴ with polynomials A
    and B of either sign of τ; where |W_2| > |W_1| the features change places. `importance` is that
    of the second feature, the first has 1. All broadcast; ValueError for a density outside (0, 1]
    or a negative importance.

    >>> float(no_bias_loss(1.0, -1.0, 0.5, 1.0)) * 12  # p² (1 + I)/6
    1.0

    Reference: Elhage et al. 2022, section 4, comment by T. McGrath (there integrals over delta
    functions; here polynomials).
    """
    p, r = _checked(density, importance)
    a, b = real_array("W1", W1), real_array("W2", W2)
    a, b, p, r = np.broadcast_arrays(a, b, p, r)
    swapped = np.abs(b) > np.abs(a)
    long, short = np.where(swapped, b, a), np.where(swapped, a, b)
    first, second = np.where(swapped, r, 1.0), np.where(swapped, 1.0, r)
    ratio = np.divide(short, long, out=np.zeros_like(long), where=long != 0)
    positive = _terms(p, first, second, same_sign=True)
    negative = _terms(p, first, second, same_sign=False)
    size = np.abs(ratio)
    A, B = (
        np.where(ratio > 0, _value(plus, size), _value(minus, size))
        for plus, minus in zip(positive, negative, strict=True)
    )
    with np.errstate(over="ignore", invalid="ignore"):
        return held("loss", (1 + r) * p / 3 - A * long**2 + B * long**4)


def no_bias_minima(density: float, importance: float) -> tuple[NoBiasMinimum, ...]:
    """All local minima but for the common sign of the weights, the lowest first.

    At a given ratio the best scale is W_1² = A/2B, so that L(τ) = (1 + I) p/3 − A²/4B, a rational
    function whose stationary points are roots of the polynomial 2A'B − AB'. τ = 0 is never one of
    its minima: the loss falls from there towards positive W_2. ValueError for a density outside
    (0, 1] or an importance that is not positive.

    >>> [minimum.kind for minimum in no_bias_minima(0.9, 0.8)]  # McGrath's third surface
    ['confused', 'antipodal']

    Reference: as `no_bias_loss`.
    """
    p, r = real("density", density), _positive(importance)
    _checked(p, r)
    found: list[NoBiasMinimum] = []
    for kind in KINDS:
        for swapped in (False, True):
            for gain, W in _best_ratios(p, r, kind == "confused", swapped):
                minimum = NoBiasMinimum(kind, W, (1 + r) * p / 3 - gain)
                if not any(np.allclose(W, other.W, rtol=1e-6, atol=1e-12) for other in found):
                    found.append(minimum)
    return tuple(sorted(found, key=lambda minimum: minimum.loss))


def confusion_transition(importance: float) -> float:
    """The density above which the confused state is the ground state, the antipodal pair below it.

        max_{τ > 0} A²/4B = max_{τ < 0} A²/4B

    Both are algebraic in p and so is the density; at equal importance, where τ = ±1, it is

        p* = (40 − 4√14)/43 = .5821714…

    The two states differ there, W_2 by .58 or more at importances from .01 to 1: a jump.
    Raises ValueError for an importance that is not positive.

    >>> abs(confusion_transition(1.0) - (40 - 4 * 14**0.5) / 43) < 1e-14
    True

    Reference: derived here; Elhage et al. 2022, section 4, comment by T. McGrath, has it as a jump
    seen on surfaces.
    """
    r = _positive(importance)

    def difference(p: float) -> float:
        gains = [
            max(
                (
                    gain
                    for swapped in (False, True)
                    for gain, _ in _best_ratios(p, float(r), same_sign, swapped)
                ),
                default=0.0,
            )
            for same_sign in (True, False)
        ]
        return (gains[0] - gains[1]) / p

    # the confused state wins at p = 1; towards 0 the pair gains all there is, (1 + I) p/3
    low = 1e-3 * float(min(r, 1 / r))
    return float(root_scalar(difference, bracket=(low, 1.0), xtol=1e-16, rtol=1e-15).root)


def instability_of_zero(density: ArrayLike) -> Array:
    """The importance above which the loss falls from W = (1, 0) to a small negative W_2 too.

        I_0(p) = p (16 − 9p) / (32 (1 − p))

    To a small positive W_2 it always falls, at first order. Below I_0 a barrier divides the
    confused from the antipodal minimum, which is there before it and at a distance: nothing grows
    continuously out of W_2 = 0.

    >>> float(instability_of_zero(0.1))
    0.05243055555555556
    """
    p, _ = _checked(density, 1.0)
    with np.errstate(divide="ignore"):
        return p * (16 - 9 * p) / (32 * (1 - p))


def _terms(p, first, second, *, same_sign: bool) -> tuple[list, list]:
    """A and B as coefficients of powers of |τ|; `first` is the importance of the longer weight."""
    if same_sign:
        s, m = p / 3, p**2 / 4  # E x_i², E x_1 x_2
        A = [2 * first * s, 2 * (first + second) * m, 2 * second * s]
        B = [first * s, 2 * first * m, (first + second) * s, 2 * second * m, second * s]
        return A, B
    alone, both = p * (1 - p), p**2
    A = [
        first * 2 * p / 3,
        -first * both / 2,
        second * 2 * alone / 3,
        (first / 12 + second / 4) * both,
    ]
    B = [
        first * p / 3,
        -first * both / 2,
        first * both / 3,
        -first * both / 12,
        second * alone / 3,
        second * both / 12,
    ]
    return A, B


def _best_ratios(
    p: float, importance: float, same_sign: bool, swapped: bool
) -> list[tuple[float, tuple[float, float]]]:
    """A²/4B and the weights (W_1, W_2) at its local maxima over 0 < |τ| ≤ 1."""
    first, second = (importance, 1.0) if swapped else (1.0, importance)
    A, B = (Polynomial(c) for c in _terms(p, first, second, same_sign=same_sign))
    slope = 2 * A.deriv() * B - A * B.deriv()
    roots = slope.roots()
    found = []
    for t in roots.real[np.abs(roots.imag) < ROUNDING]:
        # by symmetry equal importances have a maximum at |τ| = 1, to rounding
        if 0 < t < 1 + ROUNDING and slope.deriv()(t) < 0:
            long = float(np.sqrt(A(t) / (2 * B(t))))
            short = float(t) * long if same_sign else -float(t) * long
            W = (short, long) if swapped else (long, short)
            found.append((float(A(t) ** 2 / (4 * B(t))), W if W[0] >= 0 else (-W[0], -W[1])))
    return found


def _value(coefficients: list, t: Array) -> Array:
    return sum(c * t**k for k, c in enumerate(coefficients))  # type: ignore[return-value]


def _positive(importance: float) -> float:
    r = real("importance", importance)
    if not 1 / LARGEST <= r <= LARGEST:
        raise ValueError(
            f"expected a positive importance, from {1 / LARGEST:g} to {LARGEST:g}, got {r:g}"
        )
    return r


def _checked(density: ArrayLike, importance: ArrayLike) -> tuple[Array, Array]:
    p, r = real_array("density", density), real_array("importance", importance)
    if not ((p > 0) & (p <= 1)).all():
        raise ValueError(f"expected every density 1 − S in (0, 1], got {shown(density)}")
    if not (r >= 0).all():
        raise ValueError(f"expected every importance to be ≥ 0, got {shown(importance)}")
    return p, r
