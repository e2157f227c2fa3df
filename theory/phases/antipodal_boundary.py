"""Where the antipodal pair gives way, for two features in one dimension, exactly optimised."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import root_scalar

from geometry.arguments import real
from theory.features import FeatureDistribution
from theory.loss.rational import rational_loss
from theory.phases.candidates import superposition_boundary, superposition_onset
from theory.phases.continuation import (
    Crossing,
    FeaturesAt,
    Stationary,
    branch_end,
    crossing,
    followed,
    local_minimum,
    stationary,
)

INSIDE = 1e-3  # relative distance from a fold at which a branch is taken up
NARROW = 1e-6  # relative width in which the second engine looks for the transition


@dataclass(frozen=True, eq=False)
class AntipodalBoundary:
    """Transitions with growing density at one relative importance r of the second feature.

    At `jump` the strong antipodal pair ties with the state above it, by the fast engine and, in
    `rational`, by rational arithmetic. If that state is in weak superposition, its second feature
    fades to nothing at `onset`; else onset is None and the jump is to an ignored feature.
    Metastable are the pair up to `pair_end`, a fold, and the other state down to `other_end`: a
    fold of the weak state, or the onset, where an ignored feature becomes unstable.
    """

    relative_importance: float
    jump: Crossing
    rational: float
    onset: float | None
    pair_end: float
    other_end: float


def antipodal_boundary(relative_importance: float) -> AntipodalBoundary:
    """The exact phase boundary of n = 2, m = 1 at a relative importance in (0, 1].

        L_pair(p) = min(r v(p), L_weak(p)),   v = p/3 − p²/4

    The paper's candidates tie at 4r/(2 + 5r) instead. For r above that of `boundary_end` there are
    two steps: a jump between two antipodal states, and at the density where `superposition_onset`
    is r the weaker weight vanishes continuously. At r = 1 that is density 1: W_2 < 0 below it.
    For r > 1 exchange the features. Raises ValueError for r outside (0, 1].

    >>> boundary = antipodal_boundary(0.5)
    >>> round(boundary.jump.at, 6), round(float(superposition_boundary(0.5)), 6), boundary.onset
    (0.484588, 0.444444, None)

    Reference: derived here; Elhage et al. 2022, section 4.
    """
    r = real("relative_importance", relative_importance)
    if not 0 < r <= 1:
        raise ValueError(
            f"expected a relative importance in (0, 1], got {relative_importance}; "
            "for more, exchange the features"
        )

    features_at = _features(r)
    crude, onset = float(superposition_boundary(r)), _onset(r)
    pair = local_minimum([[1.0], [-0.9]], [0.0, 0.02], features_at(crude))
    fold = branch_end(pair, features_at, crude, 1.0)
    assert fold is not None
    high = fold.at * (1 - INSIDE)
    other_end, above, low = onset, _ignored(features_at(onset)), onset
    if onset >= high or followed(pair, features_at, crude, onset).loss > above.loss:
        high = min(high, onset)
        start = 0.95 * onset
        weak = local_minimum([[1.0], [-0.25]], [0.05, start / 2], features_at(start))
        other = branch_end(weak, features_at, start, 0.9 * crude, step=0.01)
        assert other is not None
        other_end, low = other.at, other.at * (1 + INSIDE)
        above = followed(weak, features_at, start, (low + high) / 2)
    middle = (low + high) / 2
    jump = crossing(followed(pair, features_at, crude, middle), above, features_at, low, high)
    exact = crossing(
        *jump.states, features_at, jump.at * (1 - NARROW), jump.at * (1 + NARROW),
        loss=lambda W, b, features: float(rational_loss(W, b, features)),
    )  # fmt: skip
    return AntipodalBoundary(
        r, jump, exact.at, onset if other_end != onset else None, fold.at, other_end
    )


def boundary_end() -> tuple[float, float]:
    """(p, r) where the jump meets the onset: below this r there is one transition, above it two.

        L_pair(p) = r v(p),   r = r_0(p)

    >>> p, r = boundary_end()
    >>> round(p, 4), round(r, 4)
    (0.5117, 0.5641)
    """
    state = local_minimum([[1.0], [-0.7]], [0.0, 0.05], _features(0.57)(0.515))

    def ahead(p: float) -> float:
        r = float(superposition_onset(p))
        features = FeatureDistribution(2, p, [1.0, r])
        pair = stationary(state.W, state.b, features)
        assert pair is not None
        return pair.loss - r * float(features.variance[0])

    p = float(root_scalar(ahead, bracket=(0.51, 0.53), xtol=1e-14).root)
    return p, float(superposition_onset(p))


def _features(r: float) -> FeaturesAt:
    return lambda p: FeatureDistribution(2, p, [1.0, r])


def _onset(r: float) -> float:
    """The density at which `superposition_onset` is r; it grows from 0 to 1 with the density."""
    if r == 1:
        return 1.0
    return float(
        root_scalar(
            lambda p: float(superposition_onset(p)) - r, bracket=(1e-9, 1.0), xtol=1e-15
        ).root
    )


def _ignored(features: FeatureDistribution) -> Stationary:
    W, b = np.array([[1.0], [0.0]]), np.array([0.0, float(features.mean[1])])
    state = stationary(W, b, features)
    assert state is not None
    return state
