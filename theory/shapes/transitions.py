"""The densities at which two shapes, or two packings of them, tie: roots of exact losses."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.optimize import root_scalar

from geometry import template
from geometry.arguments import ends, shown
from theory.features import FeatureDistribution
from theory.loss.reference import RTOL, exact_reference_loss
from theory.shapes.ideal import ideal

Shapes = str | Sequence[str]
DENSITIES = (1e-3, 0.99)  # at p = 1 nothing is clipped, and every tight frame ties
_APART = 0.15  # in ln p, of the densities that are looked at; two ties in between are missed
_TIE = 1e-9  # gains closer than this are of one shape under two names
_LEFT = 1e-12  # relative to the loss: what the descent to an ideal leaves, at most


@dataclass(frozen=True)
class Transition:
    """Where two packings tie: `denser` wins above `density`, `sparser` below it.

    `error` bounds how far off the density may be. Both gain `gain_per_dimension` there, and it
    grows with falling ln p by `kink` more in the sparser one: that the slope of the least loss
    jumps makes the transition one of first order.
    """

    denser: tuple[str, ...]
    sparser: tuple[str, ...]
    density: float
    error: float
    gain_per_dimension: float
    kink: float

    @property
    def inverse_density(self) -> float:
        """1/(1 − S)."""
        return 1 / self.density


def transition(a: Shapes, b: Shapes, *, within: tuple[float, float] = DENSITIES) -> float:
    """The density at which two shapes gain the same per hidden dimension, to machine precision.

        Σ_{c∈a} k_c (1 − l_c(p)/v) / Σ_{c∈a} d_c  =  the same of b,   v = p/3 − p²/4

    where the shape c of k features in d dimensions costs l_c(p) per feature at its best norms,
    biases and free parameters (`ideal`). For n → ∞ features this is where the cheaper of two pure
    phases changes. a and b are names of templates, or sequences of names that stand side by side
    in orthogonal subspaces. If both fill the same dimensions, the tie is also that of the losses of
    a model with any number of features: those that are left over cost v on either side.

    Where they tie more than once, this is the sparsest tie, below which their order changes no
    more; `transitions` has them all, with error bounds. Raises ValueError for unknown names and
    products, and where there is no tie `within` the densities given.

    >>> round(transition("digon", "pentagon"), 6)
    0.224875

    In a model of three features in two dimensions:

    >>> round(transition(("digon", "dedicated"), "triangle"), 6)
    0.521838

    Reference: Elhage et al. 2022, sections 4 and 5; losses by `exact_reference_loss`.
    """
    found = transitions(a, b, within=within)
    if not found:
        raise ValueError(
            f"expected a density between {within[0]:g} and {within[1]:g} at which {a!r} and {b!r} "
            "tie, got none: one of them always wins there; widen `within` or compare their ideals"
        )
    return found[-1].density


def transitions(
    a: Shapes, b: Shapes, *, within: tuple[float, float] = DENSITIES
) -> tuple[Transition, ...]:
    """Every tie of two shapes or packings (see `transition`), from dense to sparse.

    Those closer to each other than .15 in ln p may be missed.

    >>> for tie in transitions("digon", "pentagon"):
    ...     print(f"{tie.denser[0]} above {tie.density:.9f}, {tie.sparser[0]} below")
    pentagon above 0.711077566, digon below
    digon above 0.224875449, pentagon below
    """
    low, high = ends("within", within)
    if not 0 < low < high <= 1:
        raise ValueError(f"expected densities 0 < low < high ≤ 1 to look within, got {within}")
    one, other = shape_names(a), shape_names(b)
    scanned = np.geomspace(high, low, 1 + math.ceil(math.log(high / low) / _APART))
    ahead = np.array([ideal_gain(one, p) - ideal_gain(other, p) for p in scanned])
    clear = np.flatnonzero(np.abs(ahead) > _TIE)
    ties = [
        tie(one, other, scanned[j], scanned[i])
        for i, j in pairwise(clear)
        if ahead[i] * ahead[j] < 0
    ]
    return tuple(ties)


def tie(a: tuple[str, ...], b: tuple[str, ...], low: float, high: float) -> Transition:
    """The tie of two packings between two densities at which different ones win."""

    def ahead(density: float) -> float:
        return exact_gain(a, density)[0] - exact_gain(b, density)[0]

    density = root_scalar(ahead, bracket=(low, high), method="brentq", xtol=1e-15).root
    step = 1e-4 * density
    slope = (ahead(density + step) - ahead(density - step)) / (2 * step)
    gain, uncertain = exact_gain(a, density)
    uncertain += exact_gain(b, density)[1]
    denser, sparser = (a, b) if slope > 0 else (b, a)
    error = uncertain / abs(slope) + np.spacing(density)
    return Transition(denser, sparser, density, float(error), gain, abs(slope) * density)


def shape_names(shapes: Shapes) -> tuple[str, ...]:
    """The names of the shapes that stand side by side, as the catalogue spells them."""
    if not np.iterable(shapes):
        raise ValueError(f"expected a name or several, got {shown(shapes)}; name a template")
    names = (shapes,) if isinstance(shapes, str) else tuple(shapes)
    if not names:
        raise ValueError("expected at least one shape, got none; name a template")
    return tuple(sorted(template(name).name for name in names))


def ideal_gain(shapes: tuple[str, ...], density: float) -> float:
    """Gain per dimension of shapes side by side, from their ideals: good to about 1e-11."""
    dimensions = [template(name).dimension for name in shapes]
    gains = [ideal(name, density).gain_per_dimension for name in shapes]
    return float(np.average(gains, weights=dimensions))


def exact_gain(shapes: tuple[str, ...], density: float) -> tuple[float, float]:
    """Gain per dimension to twelve digits of the losses, and how far off it may be.

    Not being quite at the optimum of norms, biases and parameter costs a gain twice as many digits
    as it does them.
    """
    variance = density / 3 - density**2 / 4
    dimensions, saved, uncertain = 0, 0.0, 0.0
    for name in shapes:
        share = _exact_loss(name, density) / variance
        k, d = template(name).vertices.shape
        dimensions += d
        saved += k - share
        uncertain += share * (RTOL + _LEFT)
    return saved / dimensions, uncertain / dimensions


def _exact_loss(name: str, density: float) -> float:
    """The loss of a shape at its best: of one output of every orbit, times the orbit's size."""
    best = ideal(name, density)
    _, first, sizes = np.unique(template(name).orbits, return_index=True, return_counts=True)
    importance = np.zeros(len(best.b))
    importance[first] = sizes
    features = FeatureDistribution(len(best.b), density, importance)
    return float(exact_reference_loss(best.W, best.b, features))
