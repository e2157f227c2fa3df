"""Two dense features through one dimension, nonlinearly: the paper's appendix, exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import root_scalar

from geometry.arguments import real, truth, whole
from theory.features import Array

MOST = 10**7  # segments, which `floor` goes through one by one
LINEAR = 1 / 24  # half the variance of a feature: one of the two is lost, or half of each


@dataclass(frozen=True)
class StaircaseCode:
    """t = (⌊Z x⌋ + y)/Z and its inverse for x, y in [0, 1], their floors made of ReLUs.

        ⌊u⌋ ≈ Σ_j [ReLU(u − j + ε) − ReLU(u − j)]/ε

    `segments` is Z, `ramp` is ε in (0, 1]: the floor rises over the last ε of a unit. j runs over
    1, …, Z − 1, or with `last_ramp` to Z as well: a ramp at the end of every unit, of which the
    last does nothing but harm. The decoder reads x as (floor + `offset`)/Z, y as the rest.

    Raises ValueError for fewer than two segments or a ramp outside (0, 1].

    >>> code = StaircaseCode(segments=3, ramp=0.1)
    >>> x, y = code.decode(code.encode(0.5, 0.25))
    >>> round(float(x), 12), round(float(y), 12), code.error < LINEAR
    (0.5, 0.25, True)

    Reference: Elhage et al. 2022, appendix "Nonlinear Compression" (its curve is not specified).
    """

    segments: int
    ramp: float
    offset: float = 0.5
    last_ramp: bool = False

    def __post_init__(self) -> None:
        whole("segments", self.segments, 2, MOST)
        if not 0 < real("ramp", self.ramp) <= 1:
            raise ValueError(f"expected a ramp in (0, 1], got {self.ramp}")
        if not 0 <= real("offset", self.offset) <= 1:
            raise ValueError(f"expected an offset in [0, 1], got {self.offset}")
        truth("last_ramp", self.last_ramp)

    @property
    def neurons(self) -> int:
        """ReLUs of encoder and decoder: two per ramp, and one that hands on what it is given."""
        ramps = self.segments - (not self.last_ramp)
        return 2 * (2 * ramps + 1)

    def floor(self, u: ArrayLike) -> Array:
        """The staircase of ReLUs."""
        ends = np.arange(1, self.segments + self.last_ramp)
        past = np.asarray(u, np.float64)[..., None] - ends
        rising = np.maximum(past + self.ramp, 0) - np.maximum(past, 0)
        return rising.sum(axis=-1) / self.ramp

    def encode(self, x: ArrayLike, y: ArrayLike) -> Array:
        """t of x and y in [0, 1], which broadcast."""
        x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
        return (self.floor(self.segments * x) + y) / self.segments

    def decode(self, t: ArrayLike) -> tuple[Array, Array]:
        """x and y, as far as t tells."""
        u = self.segments * np.asarray(t, np.float64)
        floor = self.floor(u)
        return (floor + self.offset) / self.segments, u - floor

    @property
    def errors(self) -> tuple[float, float]:
        """E (x − x̂)² and E (y − ŷ)² for independent uniform x, y, in closed form.

        Every unit of Z x adds polynomials in ε and the offset: those before the last ramp one
        pair, the unit of the last ramp another, and a last unit without a ramp a third.
        """
        Z, e, d = self.segments, self.ramp, self.offset
        inner = d**2 + 2 * d * e - d + (e**3 + e**2 - 2 * e + 1) / 3
        outer = d**2 - d * e**3 / 3 + 2 * d * e - d
        outer += (-(e**5) + 3 * e**3 + 4 * e**2 - 8 * e + 4) / 12
        last = 0.0 if self.last_ramp else d**2 - d + 1 / 3
        before = Z - 2 + self.last_ramp
        y_error = before * e * (2 * e**2 - 3 * e + 3) / 6 + e * (6 - 6 * e + 3 * e**2 - e**3) / 12
        return (before * inner + outer + last) / Z**3, y_error / Z

    @property
    def error(self) -> float:
        """The mean squared error per feature, to be compared with LINEAR."""
        return sum(self.errors) / 2


def break_even_ramp(segments: int, *, offset: float = 0.5, last_ramp: bool = False) -> float:
    """The ramp ε at which a `StaircaseCode` is as bad as the best linear map, 1/24 per feature.

    With ever more segments it tends to the root of 4ε³ − 6ε² + 6ε = 1, where y alone costs 1/12:

        ε = (1 + (√2 − 1)^{1/3} − (√2 + 1)^{1/3}) / 2 = .20196

    Raises ValueError as `StaircaseCode`, and where the code is worse at every ramp.

    >>> round(break_even_ramp(3), 5), round(break_even_ramp(3, last_ramp=True), 5)
    (0.25287, 0.15675)
    """

    def excess(ramp: float) -> float:
        return StaircaseCode(segments, ramp, offset, last_ramp).error - LINEAR

    steepest = 1e-12
    if excess(steepest) >= 0:
        raise ValueError(
            f"expected a code that beats the linear one with steep ramps, got segments {segments} "
            f"and offset {offset}; take more segments, or the offset 1/2"
        )
    return root_scalar(excess, bracket=(steepest, 1.0), xtol=1e-14).root
