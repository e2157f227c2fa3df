"""How far a single ReLU layer gets with random weights: the first step of message passing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import ndtr

from theory.features import Array
from theory.sensing.counting import checked_density

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(200)
_THRESHOLDS = -3.0, 8.0  # in noises; a lower one cuts nothing, a higher one everything


@dataclass(frozen=True)
class OneLayer:
    """The best readout x̂ = ReLU(W Wᵀx + b) of rows W_i of one norm and random direction.

    `loss` is the mean square error per feature and `relative_error` its root relative to that of
    x; `norm` is ‖W_i‖ and `bias` b.
    """

    loss: float
    relative_error: float
    norm: float
    bias: float


def one_layer_readout(density: float, ratio: float) -> OneLayer:
    r"""What one ReLU layer makes of features in random directions, as n → ∞ at m/n = δ.

    .. math:: L = \min_{s, \alpha} E (s (X + \tau Z - \alpha\tau)_+ - X)^2 \le \tau^2 \psi(p),
              \qquad \tau^2 = \frac{p}{3\delta}

    A feature comes out with the Gaussian interference τZ of the others (of np of them: np ≫ 1), and
    the layer can but scale it, s = ‖W_i‖², and cut it, b = −sατ. That is the first step of message
    passing, which recovers x by taking more of them: a layer alone stays at a relative error of at
    most √(ψ/δ) and, as p → 0, of half that (a scale undoes half of the cut). To be within ε takes
    (2ε)⁻² times the dimensions of the weak threshold ψ or more. The exact loss at n = 400, m = 80
    and p = .1 is .7 % above L; at np < 1 it is several times L: few features are no Gaussian.

    Raises ValueError for a density or a ratio outside (0, 1].

    >>> found = one_layer_readout(0.1, 0.2)
    >>> round(found.relative_error, 3), round(found.norm, 2), round(found.bias, 2)
    (0.823, 0.75, -0.21)
    """
    p = float(checked_density(density))
    if not 0 < ratio <= 1:
        raise ValueError(f"expected a ratio m/n in (0, 1], got {ratio}")
    noise = float(np.sqrt(p / 3 / ratio))
    amplitude = (_NODES + 1) / 2 / noise

    def moments(threshold: float) -> tuple[float, float]:
        """E η² and E ηX / τ of the cut output η, in units of the noise."""
        above = amplitude - threshold
        output = above * ndtr(above) + _normal(above)
        square = (1 + above**2) * ndtr(above) + above * _normal(above)
        rest = (1 + threshold**2) * ndtr(-threshold) - threshold * _normal(threshold)
        return (
            p * float(_WEIGHTS @ square) / 2 + (1 - p) * float(rest),
            p * float(_WEIGHTS @ (amplitude * output)) / 2,
        )

    def explained(threshold: float) -> float:
        square, product = moments(threshold)
        return -(product**2) / square

    best: Any = minimize_scalar(
        explained, bounds=_THRESHOLDS, method="bounded", options={"xatol": 1e-10}
    )
    square, product = moments(best.x)
    scale = product / square
    loss = p / 3 + noise**2 * best.fun
    return OneLayer(
        loss=float(loss),
        relative_error=float(np.sqrt(loss / (p / 3))),
        norm=float(np.sqrt(scale)),
        bias=float(-scale * best.x * noise),
    )


def _normal(t: Array | float) -> Array:
    return np.exp(-(np.asarray(t) ** 2) / 2) / np.sqrt(2 * np.pi)
