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
from theory.sensing.decoders import DECODERS, Recovery, recover
from theory.sensing.donoho_tanner import (
    feasibility_threshold,
    minimax_threshold,
    strong_threshold,
    weak_threshold,
)
from theory.sensing.finite_size import nonnegative_recovery
from theory.sensing.message_passing import denoising_error, state_evolution
from theory.sensing.one_layer import OneLayer, one_layer_readout
from theory.sensing.phase_transition import recovery_rate

__all__ = [
    "DECODERS",
    "Bounds",
    "Limit",
    "OneLayer",
    "Recovery",
    "bounds",
    "coherence_guarantee",
    "coherence_rate",
    "denoising_error",
    "feasibility_threshold",
    "gaussian_isometry_rate",
    "isometry_bounds",
    "minimax_threshold",
    "nonnegative_recovery",
    "one_layer_readout",
    "packing_bound",
    "recover",
    "recovery_rate",
    "state_evolution",
    "strong_threshold",
    "support_entropy",
    "surprisal",
    "weak_threshold",
    "welch_bound",
]
