"""How long an input is on average: the scale of an attack."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import erf, erfcx

from theory.feature_sets import AnticorrelatedSet
from theory.features import Array, FeatureDistribution, checked_features

# the integrand is smooth on the scale of 1 and falls like exp(−|y| / 2) on both sides
RANGE, STEP = 60.0, 0.1
SMALL = 1e-6


def mean_norm(features: FeatureDistribution) -> Array:
    """The mean length of an input, E ‖x‖, (...), by one integral of a Laplace transform.

        E √s = (1 / 2√π) ∫ (1 − E exp(−t s)) exp(−y/2) dy,   s = ‖x‖²,  t = exp(y)

    where E exp(−t s) is a product over features and sets, like a characteristic function.

    >>> round(float(mean_norm(FeatureDistribution(1, density=0.5))), 9)
    0.25

    Reference: Elhage et al. 2022, section 8 (attacks are measured by the average input norm).
    """
    checked_features(features)
    y = np.arange(-RANGE, RANGE, STEP)
    lacks = _lacks(np.exp(y), features.amplitude)
    p = features.density[..., None]
    alone = np.ones(features.n_features, bool)
    with np.errstate(divide="ignore"):  # log 0 is the right answer where all is lacking
        logs = np.zeros((*features.instances, len(y)))
        for group in features.groups:
            members = list(group.features)
            alone[members] = False
            apart = isinstance(group, AnticorrelatedSet)
            of_set = lacks if apart else -np.expm1(len(members) * np.log1p(-lacks))
            logs += np.log1p(-p[..., members[0], :] * of_set)
        logs += np.log1p(-p[..., alone, :] * lacks).sum(axis=-2)
    return (-np.expm1(logs) * np.exp(-y / 2)).sum(axis=-1) * STEP / (2 * math.sqrt(math.pi))


def _lacks(t: Array, amplitude: str) -> Array:
    """1 − E exp(−t v²) for the value v of an active feature; by its moments where t is small."""
    root = np.sqrt(t)
    if amplitude == "exponential":
        series, transform = 2 * t - 12 * t * t, erfcx(0.5 / root)
    else:
        series, transform = t / 3 - t * t / 10, erf(root)
    return np.where(t < SMALL, series, 1 - math.sqrt(math.pi) / 2 * transform / root)
