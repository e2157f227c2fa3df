"""Paper section 10.3: twenty absolute values on ten neurons, and the asymmetric motif in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from theory import (
    AsymmetricMotif,
    FeatureDistribution,
    absolute_value_losses,
    asymmetric_motifs,
    three_neurons,
)
from theory.features import Array
from training import AbsoluteValueModel, Run, fit

N_FEATURES, N_HIDDEN = 20, 10
DENSITIES = (0.5, 0.3, 0.2, 0.1, 0.05, 0.03, 0.02, 0.01)
LOOSE = 1.0  # outputs up to twice as unlike as the inputs


@dataclass(frozen=True)
class AsymmetricSuperposition:
    """One model per density: its motifs, those of the looser detector, and who shares neurons.

    `shared_neurons` counts the neurons with more than half of a unit circuit |W_in| W_out of two
    features or more. `leaks` are, of every motif, what the dominated output says when the dominant
    feature alone is 1: the heavy interference less all inhibition, after the ReLU.

    `three_neurons` and `pair_and_half` are exact losses of two equal features on three neurons.
    """

    density: Array
    run: Run
    motifs: tuple[tuple[AsymmetricMotif, ...], ...]
    loose_motifs: tuple[tuple[AsymmetricMotif, ...], ...]
    shared_neurons: tuple[int, ...]
    leaks: tuple[tuple[float, ...], ...]
    three_neurons: Array
    pair_and_half: Array


def asymmetric_superposition(
    *,
    densities: tuple[float, ...] = DENSITIES,
    restarts: int = 6,
    seed: int = 0,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> AsymmetricSuperposition:
    """Train n = 20, m = 10, I = .8^i and look for W_in = (k, −1/k), W_out = (1/k, k).

    Reference: Elhage et al. 2022, section 10 ("The Asymmetric Superposition Motif"), whose model
    is not specified; this one is that of ARENA's restatement.
    """
    density = np.array(densities)
    features = FeatureDistribution(N_FEATURES, density[:, None], 0.8 ** np.arange(N_FEATURES))
    run = fit(
        AbsoluteValueModel(N_FEATURES, N_HIDDEN), features,
        restarts=restarts, seed=seed, threads=threads, progress=progress,
    )  # fmt: skip
    assert run.readout is not None
    models = list(zip(run.W, run.readout, run.b, strict=True))
    motifs = tuple(asymmetric_motifs(W, readout) for W, readout, _ in models)
    return AsymmetricSuperposition(
        density=density,
        run=run,
        motifs=motifs,
        loose_motifs=tuple(asymmetric_motifs(W, R, agreement=LOOSE) for W, R, _ in models),
        shared_neurons=tuple(
            int(((np.abs(W) * readout > 0.5).sum(axis=0) > 1).sum()) for W, readout, _ in models
        ),
        leaks=tuple(
            tuple(_leak(*model, motif) for motif in found)
            for model, found in zip(models, motifs, strict=True)
        ),
        three_neurons=np.array([three_neurons(p).loss for p in densities]),
        pair_and_half=absolute_value_losses(density)["one"],
    )


def _leak(W: Array, readout: Array, b: Array, motif: AsymmetricMotif) -> float:
    """The dominated output when the dominant feature alone is 1, of the sign that drives both."""
    sign = np.sign(W[motif.dominant, motif.neuron])
    hidden = np.maximum(sign * W[motif.dominant], 0)
    return float(max(readout[motif.dominated] @ hidden + b[motif.dominated], 0.0))
