"""The asymmetric motif of absolute value models: one neuron for half of two features each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from geometry.arguments import real, real_array
from theory.features import Array

LEAST_RATIO = 2.0
AGREEMENT = 0.3
LEAST_INHIBITION = 0.5


@dataclass(frozen=True)
class AsymmetricMotif:
    """A neuron with W_in = (w, −w/r) and W_out = (o, o r) on two features, and its inhibitor.

    `dominant` drives the neuron, `dominated` reads most of it, and `ratio` is r. `heavy` is what
    the dominant feature, alone and 1, adds to the dominated output; `light` the other way round;
    `inhibition` what the neuron `inhibitor` takes off the heavy one.
    """

    neuron: int
    dominant: int
    dominated: int
    ratio: float
    heavy: float
    light: float
    inhibitor: int
    inhibition: float


def asymmetric_motifs(
    W_in: ArrayLike,
    W_out: ArrayLike,
    *,
    least_ratio: float = LEAST_RATIO,
    agreement: float = AGREEMENT,
    least_inhibition: float = LEAST_INHIBITION,
) -> tuple[AsymmetricMotif, ...]:
    """Neurons that compute half of the absolute values of two features with unlike weights.

        W_in = (k, −1/k),   W_out = (1/k, k):   interference k² one way and 1/k² the other

    The heavy interference is inhibited by a second neuron, which the dominant feature drives with
    the same sign and which writes a negative weight to the dominated output; the light one stays.
    A neuron counts if exactly two features have more than half of a unit circuit |W_in| W_out on
    it, with inputs of opposite sign whose ratio is at least `least_ratio`, if the ratio of the
    outputs is the reciprocal within the share `agreement`, and if one inhibitor takes off at least
    the share `least_inhibition` of the heavy interference.

    W_in, W_out (n_features, n_neurons). The scales of neurons do not matter. Raises ValueError for
    other shapes.

    >>> W_in, W_out = [[2.0, 1.0], [-0.5, 0.0]], [[0.5, 0.0], [2.0, -4.0]]
    >>> motif, = asymmetric_motifs(W_in, W_out)
    >>> motif.neuron, motif.dominant, motif.dominated, motif.ratio, motif.heavy, motif.light
    (0, 0, 1, 4.0, 4.0, 0.25)

    Reference: Elhage et al. 2022, section 10 ("The Asymmetric Superposition Motif").
    """
    read, write = real_array("W_in", W_in), real_array("W_out", W_out)
    if read.ndim != 2 or write.shape != read.shape:
        raise ValueError(
            "expected W_in and W_out of one shape (n_features, n_neurons), got "
            f"{read.shape} and {write.shape}"
        )
    least_ratio, agreement = real("least_ratio", least_ratio), real("agreement", agreement)
    least_inhibition = real("least_inhibition", least_inhibition)
    found = []
    for k in range(read.shape[1]):
        served = np.flatnonzero(np.abs(read[:, k]) * write[:, k] > 0.5)
        if len(served) != 2 or read[served[0], k] * read[served[1], k] >= 0:
            continue
        dominated, dominant = sorted(served.tolist(), key=lambda i: abs(read[i, k]))
        ratio = float(abs(read[dominant, k] / read[dominated, k]))
        outputs = float(write[dominated, k] / write[dominant, k])
        if ratio < least_ratio or abs(outputs / ratio - 1) > agreement:
            continue
        heavy = float(abs(read[dominant, k]) * write[dominated, k])
        inhibitor, inhibition = _inhibitor(read, write, k, dominant, dominated)
        if inhibition >= least_inhibition * heavy:
            light = float(abs(read[dominated, k]) * write[dominant, k])
            found.append(
                AsymmetricMotif(
                    k, dominant, dominated, ratio, heavy, light, inhibitor, inhibition
                )
            )  # fmt: skip
    return tuple(found)


def _inhibitor(
    read: Array, write: Array, k: int, dominant: int, dominated: int
) -> tuple[int, float]:
    """The neuron that takes most off the dominated output when the dominant feature drives k."""
    drive = np.maximum(read[dominant] * np.sign(read[dominant, k]), 0)
    taken = -drive * write[dominated]
    taken[k] = -np.inf
    strongest = int(taken.argmax())
    return strongest, float(taken[strongest])
