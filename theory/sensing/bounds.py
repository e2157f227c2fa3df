"""Every limit on how many sparse features a hidden space has room for, and where a model stands."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from geometry.arguments import real, whole
from theory.sensing.coherence import coherence_rate, gaussian_isometry_rate
from theory.sensing.counting import checked_density, packing_bound, support_entropy, surprisal
from theory.sensing.donoho_tanner import (
    feasibility_threshold,
    strong_threshold,
    weak_threshold,
)


@dataclass(frozen=True)
class Limit:
    """One limit: what it is called, what it says, and the m it asks for.

    `kind` is "necessary" (no decoder does with less), "scaling" (the constant is not known),
    "threshold" (of a decoder on random W, sharp as n grows) or "sufficient" (a guarantee).
    `rate` is the least m/n, `n_hidden` that times n, `features_per_dimension` its reciprocal
    (infinite where the rate is 0), `reached` whether the model has as many dimensions.
    """

    name: str
    kind: str
    says: str
    rate: float
    n_hidden: float
    reached: bool

    @property
    def features_per_dimension(self) -> float:
        return 1 / self.rate if self.rate else math.inf


@dataclass(frozen=True)
class Bounds:
    """The limits for n features of one density in m dimensions, and the place of n/m among them."""

    n_features: int
    n_hidden: int
    density: float
    limits: tuple[Limit, ...]

    @property
    def features_per_dimension(self) -> float:
        """n/m of the model."""
        return self.n_features / self.n_hidden

    @property
    def position(self) -> str:
        """The last limit of exact recovery that n/m is within, and the first that it is beyond."""
        sharp = [limit for limit in self.limits if limit.name in _LADDER]
        sharp.sort(key=lambda limit: limit.rate)
        within = [limit.name for limit in sharp if limit.reached]
        beyond = [limit.name for limit in sharp if not limit.reached]
        if not within:
            return f"beyond the {beyond[0]}"
        if not beyond:
            return "within every threshold"
        return f"within the {within[-1]}, beyond the {beyond[0]}"

    def limit(self, name: str) -> Limit:
        """The limit of that name; raises ValueError for another."""
        for limit in self.limits:
            if limit.name == name:
                return limit
        names = ", ".join(limit.name for limit in self.limits)
        raise ValueError(f"expected one of {names}; got {name!r}")

    def records(self) -> list[dict[str, Any]]:
        """One flat dict per limit, ready for a table; None for infinitely many features."""
        return [
            {
                "limit": limit.name,
                "kind": limit.kind,
                "rate": limit.rate,
                "n_hidden": limit.n_hidden,
                "features_per_dimension": limit.features_per_dimension if limit.rate else None,
                "reached": limit.reached,
                "says": limit.says,
            }
            for limit in self.limits
        ]


MOST = 10**15  # features: beyond, floats do not count one by one
# The limits of exact recovery, which the place of a model is told by.
_LADDER = {
    "information limit": (
        "necessary",
        "no decoder, however slow: one dimension per active feature",
    ),
    "nonnegative weak threshold": ("threshold", "least sum, features ≥ 0, almost every input"),
    "signed weak threshold": ("threshold", "least absolute sum, any signs, almost every input"),
    "nonnegative strong threshold": ("threshold", "least sum, features ≥ 0, all inputs at once"),
    "signed strong threshold": ("threshold", "least absolute sum, any signs, all inputs at once"),
}
_OTHERS = {
    "packing bound": ("necessary", "stable decoders of all inputs (appendix, theorem 2; C = 1)"),
    "surprisal": ("scaling", "the paper's −(1−S) log(1−S)"),
    "support entropy": ("scaling", "nats that name the active features"),
    "feasibility threshold": ("threshold", "nonnegativity alone (least squares)"),
    "coherence": ("sufficient", "the least coherent frame there can be, every np features"),
    "restricted isometry": ("sufficient", "Gaussian W, every np features"),
}


def bounds(n_features: int, n_hidden: int, density: float) -> Bounds:
    r"""How many dimensions features of one density need, by every limit known, beside a model's m.

    .. math:: p \le \psi_+(p) \le \psi_\pm(p) \le m / n \le 1

    is what recovery asks for: by any decoder, by a linear programme that knows x ≥ 0, by one that
    does not. The limits speak of k = np active features, n → ∞ and exact recovery from W x without
    noise; "threshold" ones of Gaussian W. At finite n the transitions are smooth, over a width of
    1/√n in m/n (footnote 24).

    Limits are in the order of `records`: by kind, then by how much they ask. Raises ValueError for
    a density outside (0, 1] and unless 1 ≤ n_hidden ≤ n_features.

    >>> found = bounds(100, 20, 0.1)
    >>> found.position
    'within the information limit, beyond the nonnegative weak threshold'
    >>> round(found.limit("nonnegative weak threshold").n_hidden, 2)
    26.53

    Reference: Elhage et al. 2022, section 13 and appendix; see the functions for their own.
    """
    p = float(checked_density(real("density", density)))
    n_features, n_hidden = whole("n_features", n_features, 1, MOST), whole("n_hidden", n_hidden, 0)
    if not 1 <= n_hidden <= n_features:
        raise ValueError(
            f"expected 1 ≤ n_hidden ≤ n_features, got {n_hidden} and {n_features}; "
            "with a dimension per feature there is nothing to compress"
        )
    rates = {
        "information limit": p,
        "packing bound": float(packing_bound(p)),
        "surprisal": float(surprisal(p)),
        "support entropy": float(support_entropy(p)),
        "nonnegative weak threshold": float(weak_threshold(p)),
        "signed weak threshold": float(weak_threshold(p, signed=True)),
        "feasibility threshold": float(feasibility_threshold(p)),
        "nonnegative strong threshold": float(strong_threshold(p)),
        "signed strong threshold": float(strong_threshold(p, signed=True)),
        "coherence": coherence_rate(n_features, p),
        "restricted isometry": float(gaussian_isometry_rate(p)),
    }
    described = _LADDER | _OTHERS
    return Bounds(
        n_features=n_features,
        n_hidden=n_hidden,
        density=p,
        limits=tuple(
            Limit(
                name,
                *described[name],
                rate,
                n_features * rate,
                n_hidden >= n_features * rate * (1 - 1e-12),  # 3 · (1/3) may be above 1
            )
            for name, rate in rates.items()
        ),
    )
