"""Phase diagram of two features in one dimension: the paper's closed forms."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theory.features import Array

PHASES = ("not represented", "dedicated", "superposition")


def two_feature_losses(density: ArrayLike, relative_importance: ArrayLike) -> Mapping[str, Array]:
    """Losses of the three candidate solutions for n = 2, m = 1, I = (1, r), by the extra's fate.

        not represented  r (p/3 − p²/4)     W = (1, 0)
        dedicated          (p/3 − p²/4)     W = (0, 1)
        superposition      (1 + r) p²/6     W = (1, −1)

    density and relative_importance broadcast; raises ValueError outside (0, 1] and (0, ∞).

    >>> losses = two_feature_losses(4 / 7, 1.0)
    >>> [round(float(losses[phase]) * 147, 9) for phase in PHASES]  # the triple point
    [16.0, 16.0, 16.0]

    Reference: Elhage et al. 2022, section 4 and its companion notebook (there "sparsity" is p).
    """
    p, r = _ranges(density, relative_importance)
    variance = p / 3 - p**2 / 4
    return {
        "not represented": r * variance,
        "dedicated": np.broadcast_to(variance, np.broadcast_shapes(p.shape, r.shape)).copy(),
        "superposition": (1 + r) * p**2 / 6,
    }


def two_feature_phase(density: ArrayLike, relative_importance: ArrayLike) -> NDArray[np.intp]:
    """Which candidate of `two_feature_losses` is cheapest, as an index into PHASES.

    >>> [PHASES[int(two_feature_phase(0.1, r))] for r in (0.01, 1.0)]
    ['not represented', 'superposition']
    """
    losses = two_feature_losses(density, relative_importance)
    return np.argmin(np.stack([losses[phase] for phase in PHASES]), axis=0)


def superposition_boundary(relative_importance: ArrayLike) -> Array:
    """The density below which superposition is the cheapest candidate for n = 2, m = 1.

        p*(r) = 4ρ / (2 + 5ρ),   ρ = min(r, 1/r)

    Above it the less important feature is ignored; the three phases meet at (1, 4/7).

    >>> float(superposition_boundary(0.1)), round(float(superposition_boundary(1.0)), 6)
    (0.16, 0.571429)

    Reference: derived from the losses of `two_feature_losses`.
    """
    _, r = _ranges(1.0, relative_importance)
    rho = np.minimum(r, 1 / r)
    return 4 * rho / (2 + 5 * rho)


def _ranges(density: ArrayLike, relative_importance: ArrayLike) -> tuple[Array, Array]:
    p = np.asarray(density, np.float64)
    r = np.asarray(relative_importance, np.float64)
    if not ((p > 0) & (p <= 1)).all():
        raise ValueError("expected every density 1 − S in (0, 1]")
    if not ((r > 0) & np.isfinite(r)).all():
        raise ValueError("expected every relative importance to be positive and finite")
    return p, r
