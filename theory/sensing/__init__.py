"""Compressed sensing: how many sparse features a hidden space has room for, and who finds them."""

from theory.sensing.bounds import Bounds, Limit, bounds
from theory.sensing.coherence import (
    coherence_guarantee,
    coherence_rate,
    gaussian_isometry_rate,
    isometry_bounds,
    welch_bound,
)
from theory.sensing.counting import packing_bound, support_entropy, surprisal
from theory.sensing.donoho_tanner import (
    feasibility_threshold,
    minimax_threshold,
    strong_threshold,
    weak_threshold,
)
from theory.sensing.finite_size import nonnegative_recovery

__all__ = [
    "Bounds",
    "Limit",
    "bounds",
    "coherence_guarantee",
    "coherence_rate",
    "feasibility_threshold",
    "gaussian_isometry_rate",
    "isometry_bounds",
    "minimax_threshold",
    "nonnegative_recovery",
    "packing_bound",
    "strong_threshold",
    "support_entropy",
    "surprisal",
    "weak_threshold",
    "welch_bound",
]
