"""Phase diagrams of one feature too many, n = m + 1 = 2 and 3: closed forms."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geometry.arguments import real_array
from theory.features import Array

PHASES = ("not represented", "dedicated", "superposition")
THREE_FEATURE_PHASES = (*PHASES, "others in superposition")


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


def three_feature_losses(density: ArrayLike, relative_importance: ArrayLike) -> Mapping[str, Array]:
    """Losses of the four candidate solutions for n = 3, m = 2, I = (1, 1, r), by the extra's fate.

        not represented           r (p/3 − p²/4)     W ⊥ (0, 0, 1)
        dedicated                   (p/3 − p²/4)     W ⊥ (1, 0, 0), another feature is ignored
        superposition             (1 + r) p²/6       W ⊥ (0, 1, 1)
        others in superposition           p²/3       W ⊥ (1, 1, 0), the extra one is dedicated

    density and relative_importance broadcast; raises ValueError outside (0, 1] and (0, ∞).

    >>> losses = three_feature_losses(4 / 7, 1.0)  # where all four meet
    >>> [round(float(losses[phase]) * 147, 9) for phase in THREE_FEATURE_PHASES]
    [16.0, 16.0, 16.0, 16.0]

    Reference: Elhage et al. 2022, section 4 and its companion notebook. W ⊥ (1, 1, 1) is not
    considered there.
    """
    losses = dict(two_feature_losses(density, relative_importance))
    p, r = _ranges(density, relative_importance)
    both = np.broadcast_to(p**2 / 3, np.broadcast_shapes(p.shape, r.shape)).copy()
    return {**losses, "others in superposition": both}


def three_feature_phase(density: ArrayLike, relative_importance: ArrayLike) -> NDArray[np.intp]:
    """Which candidate of `three_feature_losses` is cheapest, as an index into THREE_FEATURE_PHASES.

    >>> [THREE_FEATURE_PHASES[int(three_feature_phase(0.3, r))] for r in (0.1, 0.9, 2.0)]
    ['not represented', 'superposition', 'others in superposition']
    """
    losses = three_feature_losses(density, relative_importance)
    return np.argmin(np.stack([losses[phase] for phase in THREE_FEATURE_PHASES]), axis=0)


def three_feature_boundary(relative_importance: ArrayLike) -> Array:
    """The density below which two features share a dimension, for n = 3, m = 2.

        p*(r) = 4r / (2 + 5r) for r ≤ 1,   4/7 for r ≥ 1

    Below it the extra feature is one of the two if r < 1, and dedicated if r > 1; above, the extra
    one is ignored or another is. The four phases meet at (1, 4/7).

    >>> float(three_feature_boundary(0.1)), round(float(three_feature_boundary(3.0)), 6)
    (0.16, 0.571429)

    Reference: derived from the losses of `three_feature_losses`.
    """
    _, r = _ranges(1.0, relative_importance)
    rho = np.minimum(r, 1.0)
    return 4 * rho / (2 + 5 * rho)


def superposition_onset(density: ArrayLike) -> Array:
    """The relative importance above which an ignored feature is unstable to weak superposition.

        r_0(p) = Q(β)/v,   Q = q²β² + pqβ³/3 + p (p/3 − pβ + β² − (3/16)(p − 2β)²),

    with q = 1 − p, v = p/3 − p²/4 and β the positive root of pqβ² + (2q² + p/2) β = p²/4. For
    W = (1 + ηε, −ε), b = (βε, p (1 + ε)/2), the second feature gains r v ε² and the first pays
    Q ε², least at this β and at η = 3 (p − 2β)/8. Below the onset W_2 = 0; above it W_2 grows
    continuously, unless the strong antipodal pair has a lower loss. With more dimensions the line
    is the same.

    Raises ValueError for a density outside (0, 1].

    >>> superposition_onset([0.5, 0.6, 1.0]).round(6)
    array([0.550445, 0.665399, 1.      ])

    Reference: derived here, from the paper's loss (section 4) with biases.
    """
    p, _ = _ranges(density, 1.0)
    q = 1 - p
    linear = 2 * q**2 + p / 2
    beta = p**2 / 2 / (linear + np.sqrt(linear**2 + p**3 * q))
    active = p / 3 - p * beta + beta**2 - 3 / 16 * (p - 2 * beta) ** 2
    cost = q**2 * beta**2 + p * q * beta**3 / 3 + p * active
    return cost / (p / 3 - p**2 / 4)


def _ranges(density: ArrayLike, relative_importance: ArrayLike) -> tuple[Array, Array]:
    p, r = real_array("density", density), real_array("relative_importance", relative_importance)
    if not ((p > 0) & (p <= 1)).all():
        raise ValueError("expected every density 1 − S in (0, 1]")
    if not (r > 0).all():
        raise ValueError("expected every relative importance to be positive and finite")
    return p, r
