"""Where a linear programme finds sparse features again: the Donoho–Tanner thresholds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar, root_scalar
from scipy.special import erf, erfcx, log_ndtr, ndtr

from theory.features import Array
from theory.sensing.counting import checked_density, support_entropy

_LARGEST = 40.0  # multiples of the noise; exp(−40²/2) is no float64
_SMALLEST = 1e-12  # density of a strong threshold
_MARGIN = 1e-9  # of the ends of an interval, where logarithms are infinite


def weak_threshold(density: ArrayLike, *, signed: bool = False) -> float | Array:
    r"""The least m/n at which a linear programme recovers almost every input: a mean dimension.

    .. math:: \psi(\kappa) = \min_t \; \kappa (1 + t^2)
              + \chi (1 - \kappa) \bigl[(1 + t^2) \Phi(-t) - t \varphi(t)\bigr]

    Of n features κn are active; χ = 1 where they are known to be ≥ 0 and 2 for `signed` ones. nψ is
    the statistical dimension of the cone of descent directions of the sum (of absolute values) at
    such an input. A random subspace of dimension n − m meets it or not as m < nψ or m > nψ, within
    O(√n): minimising the sum recovers the input for a Gaussian W with m > nψ, and fails with fewer.

    density κ in (0, 1], of any shape; raises ValueError for others.

    >>> round(weak_threshold(0.1), 4), round(weak_threshold(0.1, signed=True), 4)
    (0.2653, 0.3288)

    References: Donoho & Tanner 2009, J. AMS 22 (weak thresholds); Amelunxen, Lotz, McCoy & Tropp
    2014, "Living on the edge" (statistical dimension).
    """
    p = checked_density(density)
    t = minimax_threshold(p, signed=signed)
    # the minimum, its condition put in: the active features, and the others beyond t
    return _each(lambda k, t: k + _sides(signed) * (1 - k) * ndtr(-t), p, t)


def minimax_threshold(density: ArrayLike, *, signed: bool = False) -> float | Array:
    r"""The soft threshold, in units of the noise, that is best for the worst amplitudes.

    .. math:: \kappa t = \chi (1 - \kappa) \bigl[\varphi(t) - t \Phi(-t)\bigr]

    It is where the minimum of `weak_threshold` lies, and the threshold of message passing. density
    κ in (0, 1], of any shape; raises ValueError for others.

    >>> round(minimax_threshold(0.1, signed=True), 4)
    1.1402
    """

    def best(k: float) -> float:
        def slope(t: float) -> float:
            return k * t - _sides(signed) * (1 - k) * (_normal(t) - t * ndtr(-t))

        return root_scalar(slope, bracket=(0.0, _LARGEST), xtol=1e-15).root

    return _each(best, checked_density(density))


def strong_threshold(density: ArrayLike, *, signed: bool = False) -> float | Array:
    r"""The least m/n at which a linear programme recovers all inputs at once, for one random W.

    .. math:: \Psi_{net}(\nu) = \Psi_{com}(\nu) - \Psi_{int}(\nu) - \Psi_{ext}(\nu)

    The exponent of the number of faces that a random projection of the simplex (the cross-polytope,
    for `signed` features) loses through its faces of dimension νn: that of the pairs of a face with
    κn vertices and one of dimension νn around it, less those of its internal and external angle.
    The threshold is the ν where it changes sign; 1 where it never does, as for all κ above .168
    (signed) or .37.

    density κ in [1e-12, 1], of any shape; raises ValueError for others (of less, the exponents are
    lost in rounding).

    >>> round(0.1 / strong_threshold(0.1, signed=True), 4)  # active features per hidden dimension
    0.1244

    References: Donoho & Tanner 2005, PNAS 102 (simplices); Donoho 2006, Discrete & Computational
    Geometry 35 (cross-polytopes), whose exponents these are.
    """

    def least(k: float) -> float:
        low, high = k * (1 + _MARGIN), 1 - (1 - k) * _MARGIN
        # to tell all inputs of κn active features apart takes m ≥ 2κn
        if k >= 0.5 or _lost_faces(high, k, signed) >= 0:
            return 1.0
        return root_scalar(_lost_faces, args=(k, signed), bracket=(low, high), xtol=1e-15 * k).root

    p = checked_density(density)
    if (p < _SMALLEST).any():
        raise ValueError(f"expected a density of at least {_SMALLEST:g}, got {p.min():g}")
    return _each(least, p)


def feasibility_threshold(density: ArrayLike) -> float | Array:
    r"""The least m/n at which being ≥ 0 alone makes almost every input the only solution.

    .. math:: m / n = (1 + \kappa) / 2

    That is what nonnegative least squares relies on, which minimises no sum: the cone is an orthant
    in the directions of the features at rest. For W of zero mean; where a hidden direction adds up
    the features, their sum is known and the weak threshold is reached.

    density κ in (0, 1], of any shape; raises ValueError for others.

    >>> feasibility_threshold(0.1)
    0.55

    Reference: Donoho & Tanner 2010, Discrete & Computational Geometry 43 (orthants).
    """
    return _each(lambda k: (1 + k) / 2, checked_density(density))


def _lost_faces(nu: float, k: float, signed: bool) -> float:
    """Ψ_net(ν) of the strong threshold."""
    sign_choices = nu * np.log(2) if signed else 0.0
    pairs = support_entropy(k) + (1 - k) * support_entropy((nu - k) / (1 - k)) + sign_choices
    return float(pairs) - _internal_exponent(nu, k) - _external_exponent(nu, signed)


def _internal_exponent(nu: float, k: float) -> float:
    """Of the angle of a simplex of νn vertices at a face of κn: a large deviation of half-normals.

    The chance that νn − κn of them have a mean below what one Gaussian allows; s is the tilt.
    """
    share = k / nu

    def condition(s: float) -> float:
        return -s * np.sqrt(np.pi / 2) * erfcx(-s / np.sqrt(2)) - (1 - share)

    # −s · (Mills ratio of −s) is 1 − 1/s² + …, which bounds the root from below
    tilt = root_scalar(condition, bracket=(-2.0 / np.sqrt(share), 0.0), xtol=1e-15).root
    mean = -tilt * share / (1 - share)
    rate = np.log(mean / share) - np.log(2 / np.pi) / 2 - mean**2 * (1 - share) / share / 2
    return float((rate + np.log(2)) * (nu - k))


def _external_exponent(nu: float, signed: bool) -> float:
    """Of the normal cone of a face with νn vertices: n − νn Gaussians all below one."""

    def exponent(x: float) -> float:
        chance = np.log(erf(x)) if signed else log_ndtr(np.sqrt(2) * x)
        return nu * x**2 - (1 - nu) * chance

    found: Any = minimize_scalar(
        exponent, bounds=(1e-12, 30.0), method="bounded", options={"xatol": 1e-12}
    )
    return float(found.fun)


def _sides(signed: bool) -> int:
    return 2 if signed else 1


def _normal(t: float) -> float:
    return float(np.exp(-(t**2) / 2) / np.sqrt(2 * np.pi))


def _each(function: Callable[..., float], *arguments: ArrayLike) -> float | Array:
    """A function of numbers, at every entry of arrays of one shape."""
    found = np.vectorize(function, otypes=[np.float64])(*arguments)
    return found if found.ndim else float(found)
