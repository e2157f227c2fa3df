"""How many almost orthogonal vectors there are, at random and at best."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import linprog
from scipy.special import betainc, betaincinv, eval_gegenbauer

from geometry.arguments import real, real_array, shown, whole
from theory.features import Array

DEGREES = 12  # even Gegenbauer polynomials in the linear programme
GRID = 2000
TINY = 1e-300
MOST = 10**15  # vectors or dimensions: beyond, floats do not count one by one


def chance_of_overlap(cosine: ArrayLike, dimension: int) -> Array:
    """The chance that two random unit vectors have an absolute cosine above a given one.

        P(|u · v| > ε) = 1 − I_{ε²}(1/2, (d − 1)/2)

    with the regularised incomplete beta function, because (u · v)² has that beta law. ε in [0, 1],
    of any shape; d ≥ 2, ValueError otherwise.

    >>> round(float(chance_of_overlap(0.5, 3)), 12)  # Archimedes: uniform in three dimensions
    0.5
    """
    epsilon = _cosine(cosine)
    dimension = _checked_dimension(dimension)
    return betainc((dimension - 1) / 2, 0.5, 1 - epsilon**2)


def largest_overlap(
    n_vectors: int, dimension: int, quantile: float = 0.5
) -> tuple[float, float, float]:
    """A quantile of the largest |cosine| among random unit vectors: estimate, and proven bounds.

        M π / (1 + (M − 1) π)  ≤  P(max_{i<j} |u_i · u_j| > ε)  ≤  min(1, M π),   M = N (N − 1) / 2

    with π the chance of one pair. Pairs are independent of each other two at a time (not all at
    once), which is what the lower bound needs (Chung and Erdős 1952); the estimate takes them as
    independent, 1 − (1 − π)^M. Returns (estimate, lower, upper). Against √(2 ln(N²/2) / d), its
    limit for many vectors in many more dimensions, the quantiles show where that is off.

    >>> estimate, lower, upper = largest_overlap(200, 100)
    >>> bool(lower < estimate < upper)
    True
    >>> round(estimate, 4), round(math.sqrt(2 * math.log(200**2 / 2) / 100), 4)
    (0.3996, 0.4451)

    Reference: Elhage et al. 2022, section 2 (almost-orthogonal vectors).
    """
    dimension = _checked_dimension(dimension)
    n_vectors, quantile = whole("n_vectors", n_vectors, 2, MOST), real("quantile", quantile)
    if not 0 < quantile < 1:
        raise ValueError(f"expected a quantile between 0 and 1, got {quantile}")
    above = 1 - quantile
    pairs = n_vectors * (n_vectors - 1) / 2
    chances = (
        -math.expm1(math.log1p(-above) / pairs),
        # the chance of one pair that each bound allows: a larger one means a smaller cosine
        above / (pairs - above * (pairs - 1)),
        above / pairs,
    )
    independent, lower, upper = (_overlap_of(chance, dimension) for chance in chances)
    return independent, lower, upper


def nearest_cosine(n_vectors: int, dimension: int) -> float:
    """The mean largest cosine between one direction and random unit vectors.

        E max_i u_i · v = ∫ (1 − F(t)^N) dt − 1   over [−1, 1],   F the law of one cosine

    the score that guessing gets where directions are matched with the nearest of N. Exact.

    >>> round(nearest_cosine(1, 5), 9), round(nearest_cosine(20, 6), 4)
    (0.0, 0.7093)
    """
    dimension = _checked_dimension(dimension)
    n_vectors = whole("n_vectors", n_vectors, 1, MOST)
    t, weight = np.polynomial.legendre.leggauss(400)
    below = 0.5 + 0.5 * np.sign(t) * (1 - chance_of_overlap(np.abs(t), dimension))
    return float(weight @ (1 - below**n_vectors)) - 1


def random_code_size(cosine: float, dimension: int) -> float:
    """How many random unit vectors stay within |cosine| ≤ ε with even chance, N(ε, d).

        N (N − 1) / 2 = −ln 2 / ln(1 − π),      π ~ (1 − ε²)^{d/2}

    with π the chance that one pair does not: exponentially many in d. The pairs are taken as
    independent; the bounds of `largest_overlap` keep N between .84 and 1.21 times it.
    ε in (0, 1), d ≥ 2, ValueError otherwise.

    >>> [round(random_code_size(0.5, d)) for d in (10, 50, 100, 200)]
    [4, 87, 3692, 5797760]

    Reference: Elhage et al. 2022, section 2 (Johnson–Lindenstrauss).
    """
    chance = _possible(_inner(cosine), dimension)
    return 0.5 + math.sqrt(0.25 - 2 * math.log(2) / math.log1p(-chance))


def code_size_bounds(cosine: float, dimension: int) -> tuple[float, float]:
    """Between what numbers the largest set of vectors with |cosine| ≤ ε lies.

        max(d, 1 / π)  ≤  N  ≤  min f(1) / f_0,   f = Σ_k f_k G_2k ≤ 0 on [−ε, ε],   f_k ≥ 0

    Below: vectors can be added until the caps of ±each, of share π, cover the sphere. Above: the
    linear programme of Delsarte over even Gegenbauer polynomials G (Delsarte, Goethals and Seidel
    1977), which for ε² < 1/d contains the relative bound d (1 − ε²) / (1 − d ε²) of Welch's; f is
    shifted by what it exceeds 0 between the points of the grid.
    ε in (0, 1), d ≥ 3, ValueError otherwise.

    >>> round(code_size_bounds(0.5, 8)[1], 4)  # the 120 axes of the E8 roots
    120.0

    Reference: Elhage et al. 2022, section 2; Cohn and Kumar 2007 for the sharp cases.
    """
    epsilon = _inner(cosine)
    dimension = _checked_dimension(dimension)
    if dimension < 3:
        raise ValueError(
            f"expected dimension ≥ 3, got {dimension}; in the plane N = ⌊π / arccos ε⌋"
        )
    least = max(float(dimension), 1 / _possible(epsilon, dimension))
    values = _even_gegenbauer(np.linspace(0, epsilon, GRID), dimension)
    # in many dimensions the polynomials are tiny inside: coefficients in units of their size there
    size = np.abs(values).max(axis=0)
    programme = linprog(size.min() / size, A_ub=values / size, b_ub=-np.ones(GRID))
    if not programme.success:
        raise ValueError(
            f"expected a polynomial of degree ≤ {2 * DEGREES} that bounds |cosine| {cosine} in "
            f"{dimension} dimensions, found none; take it smaller"
        )
    between = _even_gegenbauer(np.linspace(0, epsilon, 20 * GRID), dimension)
    excess = max(0.0, 1 + float((between @ (programme.x / size)).max()))
    return least, float((1 + programme.fun / size.min() - excess) / (1 - excess))


def _possible(epsilon: float, dimension: int) -> float:
    """The chance of an overlap, where it is a float at all."""
    chance = float(chance_of_overlap(epsilon, dimension))
    if chance < TINY:
        raise ValueError(
            f"expected a cosine that random vectors of dimension {dimension} may have, got "
            f"{epsilon:g}, whose chance is below {TINY:g}; take a smaller one"
        )
    return chance


def _even_gegenbauer(t: Array, dimension: int) -> Array:
    """G_2, G_4, … at t, (points, DEGREES), 1 at t = 1."""
    degree, order = 2 * np.arange(1, DEGREES + 1), dimension / 2 - 1
    return eval_gegenbauer(degree, order, t[:, None]) / eval_gegenbauer(degree, order, 1.0)


def _overlap_of(chance: float, dimension: int) -> float:
    return math.sqrt(1 - betaincinv((dimension - 1) / 2, 0.5, chance))


def _cosine(value: ArrayLike) -> Array:
    epsilon = real_array("cosine", value)
    if not ((epsilon >= 0) & (epsilon <= 1)).all():
        raise ValueError(f"expected |cosine| in [0, 1], got {shown(value)}")
    return epsilon


def _inner(value: float) -> float:
    epsilon = real("cosine", value)
    if not 0 < epsilon < 1:
        raise ValueError(f"expected a cosine between 0 and 1, got {value}")
    return epsilon


def _checked_dimension(dimension: int) -> int:
    return whole("dimension", dimension, 2, MOST)
