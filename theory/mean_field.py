"""Many features spread over hidden space: Gaussian interference, and random codes exactly."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh_tridiagonal
from scipy.optimize import OptimizeResult, minimize
from scipy.special import ndtr

from geometry.arguments import real, whole
from theory.features import Array

VALID = 0.02  # of the loss: what the Gaussian may be off and still be believed
TERMS, NODES = 512, 320
# in standard deviations and in lengths of a feature: interference is practically never beyond
DEVIATIONS, JUMPS = 12.0, 3.0
MOST_PER_DIMENSION = 1e6
MOST = 10**9  # features or dimensions
LARGEST = 1e6  # scale or bias: beyond, nothing is left of features of size 1


@dataclass(frozen=True)
class MeanField:
    """The best code without local structure at a density.

    `features_per_dimension` α = N/m counts the represented features, all of norm `scale` s; a
    feature i reads s² x_i + `bias` + interference, of which the mean is taken off.
    `gain_per_dimension` is α (1 − l/v), as of `IdealSolution`.
    """

    density: float
    features_per_dimension: float
    scale: float
    bias: float
    loss_per_feature: float
    gain_per_dimension: float

    @property
    def dimensions_per_feature(self) -> float:
        """D* = m / ‖W‖²_F = 1 / (α s²)."""
        return 1 / (self.features_per_dimension * self.scale**2)


def mean_field(density: float, n_hidden: int | None = None) -> MeanField:
    """The least loss per dimension when interference is Gaussian: n, m → ∞ without structure.

        max_{α, s, b} α (1 − l/v),   l = E (x − ReLU(s² x + b + ξ))²,   Var ξ = s⁴ (α − 1) v

    α − 1 is the interference of a tight frame of unit vectors, by the Welch bound the least that
    features of one norm can have on average, and where no overlap is large its sum is normal
    (Lindeberg). Codes that do not spread their overlaps, such as polytopes in subspaces of their
    own, may do better.

    With `n_hidden` the Gaussian is held against random codes of that size (`gaussian_error`), and
    where the loss is off by more than 2 % a ValueError says so: `random_code` is right there.
    ValueError also for a density outside (0, 1).

    >>> limit = mean_field(0.02)
    >>> round(limit.features_per_dimension, 1), round(limit.gain_per_dimension, 1)
    (10.5, 4.9)

    Reference: Welch 1974, IEEE Trans. Inf. Theory 20 (the bound); Cowsik et al. 2024,
    arXiv 2410.12101 (moments of the interference).
    """
    best = _limit(_checked(density))
    if n_hidden is not None:
        n_hidden = whole("n_hidden", n_hidden, 2, MOST)
        N = best.features_per_dimension * n_hidden
        error = gaussian_error(N, n_hidden, density, best.scale, best.bias)
        if abs(error) > VALID:
            raise ValueError(
                f"expected Gaussian interference, off by at most {VALID:.0%} of the loss, got "
                f"{error:+.1%} for {N:.0f} features in {n_hidden} dimensions at density "
                f"{density:g}; take random_code, or more dimensions"
            )
    return best


def gaussian_error(
    n_features: float, n_hidden: int, density: float, scale: float, bias: float
) -> float:
    """How much the loss of random codes changes when their interference is taken to be Gaussian.

        l_Gauss / l − 1,   both at Var ξ = s⁴ (N − 1) v / m

    with l the exact `random_code_loss` of N features in m dimensions. Small when many of them are
    active at once, N p ≫ 1.

    >>> abs(gaussian_error(400, 60, 0.2, 1.0, -0.1)) < 0.01
    True
    >>> gaussian_error(400, 60, 0.005, 1.0, -0.1) < -0.1
    True
    """
    n_features, scale, bias = (
        real(name, value)
        for name, value in (("n_features", n_features), ("scale", scale), ("bias", bias))
    )
    exact = random_code_loss(n_features, n_hidden, density, scale, bias)
    variance = _variance(density) * (n_features - 1) / n_hidden
    return _gaussian_loss(density, scale**2, bias, variance**0.5 * scale**2) / exact - 1


def random_code_loss(
    n_features: float, n_hidden: int, density: float, scale: float, bias: float
) -> float:
    """The exact expected loss of a feature, averaged over all codes of random directions.

        l = E_W E_x (x_i − ReLU(s² x_i + b + Σ_{j≠i} G_ij (x_j − p/2)))²,   W_j uniform, ‖W_j‖ = s

    with biases b_i = b − Σ_{j≠i} G_ij p/2 that take off the mean interference. Some code is no
    worse than the average. The overlaps with the N − 1 others are independent, of density
    (1 − c²)^{(m−3)/2}, so that the characteristic function of their sum is a power of one
    Gauss–Jacobi sum, and the loss a cosine series of it: right to 1e-8 where N p ≥ 1, and to some
    1e-4 where hardly ever two are active, in milliseconds.

    n_features N > 1 need not be whole; n_hidden m ≥ 2. Raises ValueError otherwise.

    >>> round(random_code_loss(60, 30, 0.3, 1.0, 0.05), 6)
    0.10399

    Reference: Elhage et al. 2022, section 2 (the loss); Fang & Oosterlee 2008 (cosine series).
    """
    p, n_features = _checked(density), real("n_features", n_features)
    scale, bias = real("scale", scale), real("bias", bias)
    if not 1 < n_features <= MOST:
        raise ValueError(f"expected n_features > 1 and ≤ {MOST:.0e}, got {n_features}")
    n_hidden = whole("n_hidden", n_hidden, 2, MOST)
    if not max(abs(scale), abs(bias)) <= LARGEST:
        raise ValueError(
            f"expected |scale| and |bias| up to {LARGEST:g}, got {scale:g} and {bias:g}; "
            "optimal ones are of order 1"
        )
    own = scale**2
    if own == 0.0:
        return p / 3 - p**2 / 4 + (p / 2 - max(bias, 0.0)) ** 2
    spread = own * math.sqrt((n_features - 1) / n_hidden)
    # nothing active: the biases alone are left, near enough normal to take out a slow series
    silent, silent_spread = (1 - p) ** (n_features - 1), spread * p / 2
    largest = max(abs(bias), abs(own + bias))
    reach = DEVIATIONS * spread * math.sqrt(_variance(p)) + JUMPS * own + largest
    w = np.arange(1.0, TERMS + 1) * (math.pi / reach)
    partner = _partner(own * math.pi / reach, n_hidden, p)
    # it may be below 0, and N need not be whole
    law = (partner.astype(np.complex128) ** (n_features - 1)).real
    law -= silent * np.exp(-((silent_spread * w) ** 2) / 2)

    def moments(y: float) -> tuple[float, float]:
        quadratic, cubic = _series_moments(y, w, law, 1 - silent, reach)
        of_silent = _gaussian_moments(y, silent_spread)
        return quadratic + silent * of_silent[0], cubic + silent * of_silent[1]

    return _loss(p, own, moments(bias), moments(own + bias))


def random_code(density: float, n_features: int, n_hidden: int) -> MeanField:
    """The best random code for n features in m dimensions, which represents N of them.

        max_{N ≤ n, s, b} (N/m) (1 − l/v),   l = `random_code_loss`

    A bound besides a prediction, but for N not being whole: some model has that loss, and an
    optimum is at least as good. Raises ValueError as `random_code_loss`.

    >>> code = random_code(0.02, 400, 30)
    >>> round(code.features_per_dimension), round(code.gain_per_dimension, 1)
    (10, 3.5)
    """
    p = _checked(density)
    v = _variance(p)
    n_features = whole("n_features", n_features, 2, MOST)
    n_hidden = whole("n_hidden", n_hidden, 2, MOST)
    most = n_features / n_hidden
    limit = _limit(p)

    def lost(y: Array) -> float:
        alpha, own, bias = math.exp(y[0]), y[1], y[2]
        loss = random_code_loss(alpha * n_hidden, n_hidden, p, math.sqrt(own), bias)
        return -alpha * (1 - loss / v)

    few = min(limit.features_per_dimension, most)
    spread_thin = [math.log(most), 1 / (1 + most), p / 2]  # all of them, every output on
    starts = ([math.log(few), limit.scale**2, limit.bias], spread_thin)
    bounds = [(math.log(2 / n_hidden), math.log(most)), (1e-3, 10.0), (-10.0, 10.0)]
    ends = [_least(lost, start, bounds, ftol=1e-9) for start in starts]
    best = min(ends, key=lambda found: found.fun)
    alpha, own, bias = math.exp(best.x[0]), float(best.x[1]), float(best.x[2])
    return _solution(p, alpha, own, bias, v * (1 + best.fun / alpha))


@lru_cache(maxsize=1024)
def _limit(p: float) -> MeanField:
    v = _variance(p)

    def lost(y: Array) -> float:
        alpha, own, bias = 1 + math.exp(y[0]), y[1], y[2]
        loss = _gaussian_loss(p, own, bias, own * math.sqrt((alpha - 1) * v))
        return -alpha * (1 - loss / v)

    bounds = [(-20.0, math.log(MOST_PER_DIMENSION)), (1e-3, 10.0), (-10.0, 10.0)]
    starts = [[excess, 1.0, bias] for excess in (-6.0, -2.0, 0.0, 1.5, 3.0) for bias in (0.3, -0.3)]
    best = min((_least(lost, start, bounds) for start in starts), key=lambda found: found.fun)
    alpha, own, bias = 1 + math.exp(best.x[0]), float(best.x[1]), float(best.x[2])
    return _solution(p, alpha, own, bias, v * (1 + best.fun / alpha))


def _least(
    lost: Callable[[Array], float], start: list, bounds: list, ftol: float = 1e-13
) -> OptimizeResult:
    options = {"ftol": ftol, "gtol": 1e-9}
    return minimize(lost, start, method="L-BFGS-B", bounds=bounds, options=options)


def _solution(p: float, alpha: float, own: float, bias: float, loss: float) -> MeanField:
    return MeanField(
        density=p,
        features_per_dimension=alpha,
        scale=math.sqrt(own),
        bias=bias,
        loss_per_feature=float(loss),
        gain_per_dimension=float(alpha * (1 - loss / _variance(p))),
    )


def _gaussian_loss(p: float, own: float, bias: float, spread: float) -> float:
    low, high = (_gaussian_moments(y, spread) for y in (bias, own + bias))
    return _loss(p, own, low, high)


def _loss(p: float, own: float, low: tuple[float, float], high: tuple[float, float]) -> float:
    """E (x − ReLU(a x + b + ξ))² from E (y + ξ)₊² and E (y + ξ)₊³ at y = b and a + b.

    (1 − p) E (b + ξ)₊² + p [1/3 + Δ/(3a) − E (a + b + ξ)₊² / a + Δ/(3a²)], Δ the step of the
    cubes: integrals over the own x by parts.
    """
    cubes = (high[1] - low[1]) / (3 * own)
    return (1 - p) * low[0] + p * (1 / 3 + cubes - high[0] / own + cubes / own)


def _gaussian_moments(y: float, spread: float) -> tuple[float, float]:
    """E (y + ξ)₊² and E (y + ξ)₊³ for a normal ξ."""
    if spread == 0.0:
        return max(y, 0.0) ** 2, max(y, 0.0) ** 3
    at, square = y / spread, spread**2
    above = float(ndtr(at))
    peak = spread * math.exp(-at * at / 2) / math.sqrt(2 * math.pi)
    return (
        (y**2 + square) * above + y * peak,
        (y**3 + 3 * y * square) * above + (y**2 + 2 * square) * peak,
    )


def _series_moments(
    y: float, w: Array, law: Array, mass: float, reach: float
) -> tuple[float, float]:
    """∫ (y + ξ)₊^r f(ξ) dξ, r = 2 and 3, for an even f with cosine coefficients `law`.

    ∫_0^T t^r cos(w (t − y)) dt with T = y + reach, by parts from r = 0 up.
    """
    length = y + reach
    end = np.exp(1j * w * length)
    integral = (end - 1) / (1j * w)
    moments = []
    for r in (1, 2, 3):
        integral = (length**r * end - r * integral) / (1j * w)
        waves = float(law @ (np.exp(-1j * w * y) * integral).real)
        moments.append((mass * length ** (r + 1) / (2 * (r + 1)) + waves) / reach)
    return moments[1], moments[2]


def _partner(v: float, n_hidden: int, p: float) -> Array:
    """E exp(i k v c (x − p/2)), k = 1 … TERMS, over the overlap c and x; real, as c is even."""
    overlaps, weights = _overlaps(n_hidden)
    silent = _powers(np.exp(0.5j * p * v * overlaps))
    active = _powers(np.exp(1j * (1 - p / 2) * v * overlaps)).imag + silent.imag
    order = np.arange(1.0, TERMS + 1)
    return (1 - p) * silent.real @ weights + p / (order * v) * (active @ (weights / overlaps))


def _powers(z: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """z, z², … as rows: far cheaper than as many exponentials."""
    return np.cumprod(np.broadcast_to(z, (TERMS, len(z))), axis=0, dtype=np.complex128)


@lru_cache(maxsize=64)
def _overlaps(n_hidden: int) -> tuple[Array, Array]:
    """Positive Gauss–Jacobi nodes for the overlap of random directions, with their weights.

    By the eigenvalues of the recurrence (Golub & Welsch 1969), which large n_hidden do not upset.
    """
    k = np.arange(2.0, NODES)
    square = k * (k + n_hidden - 3) / ((2 * k + n_hidden - 2) * (2 * k + n_hidden - 4))
    beside = np.sqrt(np.concatenate([[1 / n_hidden], square]))
    nodes, vectors = eigh_tridiagonal(np.zeros(NODES), beside)
    weights = vectors[0] ** 2
    seen = (nodes > 0) & (weights > 1e-18 * weights.max())
    return nodes[seen], weights[seen] / weights[seen].sum()


def _variance(p: float) -> float:
    return p / 3 - p**2 / 4


def _checked(density: float) -> float:
    p = real("density", density)
    if not 0 < p < 1:
        raise ValueError(f"expected a density 1 − S in (0, 1), got {density}")
    return p
