"""Approximate message passing: an iteration whose error a recursion of one number predicts."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from theory.features import Array
from theory.sensing.counting import checked_density
from theory.sensing.donoho_tanner import minimax_threshold

_BEYOND = 10.0  # noises above the threshold, where nothing is cut any more
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(120)


def denoising_error(noise: float, density: float, threshold: float, *, signed: bool) -> float:
    r"""The mean square error of soft thresholding a sparse feature seen in Gaussian noise.

    .. math:: E (\eta(X + \tau Z; \alpha\tau) - X)^2, \qquad \eta(y; \theta) = (y - \theta)_+

    X is active with probability p, then uniform on [0, 1); with random sign if `signed`, where η
    keeps the sign of y. The threshold α is in units of the noise τ > 0. As τ → 0 it is τ² times
    what `weak_threshold` minimises. Raises ValueError for a density outside (0, 1] and noise ≤ 0.

    >>> round(denoising_error(0.1, 0.1, 1.0, signed=False), 6)
    0.002405
    """
    p = float(checked_density(density))
    if not 0 < noise < np.inf:
        raise ValueError(f"expected noise in (0, ∞), got {noise}")
    end = 1 / noise
    reach = min(end, threshold + _BEYOND)
    amplitude = reach * (_NODES + 1) / 2
    cut = reach / 2 * (_WEIGHTS @ _risk(amplitude, threshold, signed))
    active = (cut + (end - reach) * (1 + threshold**2)) / end
    at_rest = float(_risk(np.zeros(1), threshold, signed)[0])
    return float(noise**2 * (p * active + (1 - p) * at_rest))


def state_evolution(
    density: float, ratio: float, *, signed: bool = False, steps: int = 200
) -> Array:
    r"""The noise that message passing sees at every step, as n → ∞, for Gaussian W and m/n = δ.

    .. math:: \tau_{t+1}^2 = \frac{1}{\delta} E (\eta(X + \tau_t Z; \alpha \tau_t) - X)^2, \qquad
              \tau_0^2 = E X^2 / \delta

    Returns τ² (steps + 1,). The mean square error after step t is δ τ_t². At the threshold α that
    is best for the worst amplitudes (`minimax_threshold`) it falls to 0 geometrically for
    m/n > `weak_threshold` and stays above 0 below it: the two transitions are one.

    Raises ValueError for a density or a ratio outside (0, 1].

    >>> bool(state_evolution(0.1, 0.30)[-1] < 1e-9 < 1e-3 < state_evolution(0.1, 0.23)[-1])
    True

    Reference: Donoho, Maleki & Montanari 2009, PNAS 106.
    """
    p = float(checked_density(density))
    if not 0 < ratio <= 1:
        raise ValueError(f"expected a ratio m/n in (0, 1], got {ratio}")
    alpha = float(minimax_threshold(p, signed=signed))
    squares = np.empty(steps + 1)
    squares[0] = p / 3 / ratio
    for t in range(steps):
        noise = max(float(np.sqrt(squares[t])), 1e-150)  # squares of less are no float64
        squares[t + 1] = denoising_error(noise, p, alpha, signed=signed) / ratio
    return squares


def _risk(a: Array, threshold: float, signed: bool) -> Array:
    """E (η(a + Z) − a)² at amplitudes a ≥ 0, in units of the noise."""
    alpha = threshold
    found = a**2 * ndtr(alpha - a) + (1 + alpha**2) * ndtr(a - alpha)
    found -= (alpha + a) * _normal(alpha - a)
    if signed:
        found += (1 + alpha**2 - a**2) * ndtr(-alpha - a) + (a - alpha) * _normal(alpha + a)
    return found


def _normal(t: Array) -> Array:
    return np.exp(-(t**2) / 2) / np.sqrt(2 * np.pi)
