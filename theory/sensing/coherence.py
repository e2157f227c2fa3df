"""What the inner products of feature directions guarantee: coherence and restricted isometry."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from geometry.frames import frame_analysis
from theory.features import Array
from theory.sensing.counting import checked_density, support_entropy

SUFFICIENT_ISOMETRY = 1 / math.sqrt(2)  # δ_2k below it: Cai & Zhang 2014, and sharp


def welch_bound(n_features: int, n_hidden: int) -> float:
    r"""The least coherence that n directions in m dimensions can have.

    .. math:: \mu \ge \sqrt{\frac{n - m}{m (n - 1)}}

    0 for n ≤ m. Raises ValueError for fewer than one of either.

    >>> welch_bound(3, 2)  # the triangle reaches it
    0.5

    Reference: Welch 1974; `geometry.frames.frame_analysis` says how near a frame comes.
    """
    if min(n_features, n_hidden) < 1:
        raise ValueError(f"expected n_features and n_hidden ≥ 1, got {n_features} and {n_hidden}")
    if n_features <= n_hidden:
        return 0.0
    return math.sqrt((n_features - n_hidden) / (n_hidden * (n_features - 1)))


def coherence_guarantee(coherence: float) -> int:
    r"""How many active features pursuit recovers whatever they are: the largest whole k with

    .. math:: k < (1 + 1 / \mu) / 2

    Basis pursuit and orthogonal matching pursuit both do, for unit directions whose cosines are at
    most μ in absolute value. Raises ValueError for μ outside (0, 1]; at μ = 0, an orthogonal
    frame, there is no limit.

    >>> coherence_guarantee(0.5), coherence_guarantee(0.2), coherence_guarantee(1.0)
    (1, 2, 0)

    References: Donoho & Elad 2003; Gribonval & Nielsen 2003; Tropp 2004.
    """
    if not 0 < coherence <= 1:
        raise ValueError(f"expected a coherence in (0, 1], got {coherence}")
    limit = (1 + 1 / coherence) / 2
    return math.ceil(limit * (1 - 1e-12)) - 1  # 1 / .2 is 5, or just above


def coherence_rate(n_features: int, density: float) -> float:
    r"""The least m/n at which any frame can be so incoherent that k = np features are guaranteed.

    .. math:: \frac{m}{n} = \Bigl(1 + \frac{n - 1}{(2k - 1)^2}\Bigr)^{-1}

    The Welch bound put into the guarantee; k is np or 1, whichever is more. It grows as 4k²/n: the
    square root bottleneck. Raises ValueError for a density outside (0, 1].

    >>> round(coherence_rate(100, 0.1), 3)
    0.785
    """
    active = max(n_features * float(checked_density(density)), 1.0)
    return 1 / (1 + (n_features - 1) / (2 * active - 1) ** 2)


def gaussian_isometry_rate(
    density: ArrayLike, isometry: float = SUFFICIENT_ISOMETRY
) -> float | Array:
    r"""The m/n from which a Gaussian W has restricted isometry constants δ_2k small enough.

    .. math:: \frac{m}{n} = \Bigl(\frac{\min(1, \sqrt{2\kappa} + \sqrt{2 H(2\kappa)})}
              {\sqrt{1 + \delta} - 1}\Bigr)^2

    From the largest singular value of 2k Gaussian rows (Davidson & Szarek 2001) and the number of
    choices of them; H is the `support_entropy`, κ the density. Sufficient, and far from necessary:
    it exceeds 1, where there is nothing left to compress, above a density of .0022. From about .04
    on it is cheapest to be sure of all n rows at once, which leaves no choice to count.

    density in (0, 1], of any shape; δ in (0, 1). Raises ValueError for others.

    >>> gaussian_isometry_rate(0.1) > 1 > gaussian_isometry_rate(1e-4)
    True

    References: Candès & Tao 2005; Blanchard, Cartis & Tanner 2011, "How sharp is the restricted
    isometry property?"; Cai & Zhang 2014 (δ_2k < 1/√2 suffices).
    """
    if not 0 < isometry < 1:
        raise ValueError(f"expected an isometry constant in (0, 1), got {isometry}")
    both = np.minimum(2 * checked_density(density), 1.0)
    deviation = np.minimum(np.sqrt(both) + np.sqrt(2 * support_entropy(both)), 1.0)
    rate = (deviation / (math.sqrt(1 + isometry) - 1)) ** 2
    return rate if np.ndim(rate) else float(rate)


def isometry_bounds(
    W: ArrayLike, sparsity: int, *, trials: int = 1000, seed: int = 0
) -> tuple[float, float]:
    r"""Between what the restricted isometry constant of a weight matrix lies.

    .. math:: \delta_k = \max_{|K| = k} \|\hat W_K \hat W_K^\top - 1\|, \qquad
              \delta_k \le (k - 1) \mu

    The lower bound is the worst of so many random choices of k features, the upper one Gershgorin's
    from the coherence μ. W (n_features, n_hidden), rows taken at unit norm and zero rows left out;
    raises ValueError as `frame_analysis` does.

    >>> lower, upper = isometry_bounds([[1.0, 0.0], [-0.5, 0.75**0.5], [-0.5, -(0.75**0.5)]], 2)
    >>> round(lower, 9), round(upper, 9)
    (0.5, 0.5)

    Reference: Elhage et al. 2022, footnote 9.
    """
    frame = frame_analysis(W, sparsities=(sparsity,), trials=trials, seed=seed)
    lower, upper = frame.restricted_isometry[sparsity], (sparsity - 1) * frame.coherence
    return lower, max(lower, upper)
