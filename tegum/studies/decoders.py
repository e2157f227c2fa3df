"""Paper section 13 and appendix: what is left in h for better decoders than the model's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theory import FeatureDistribution, expected_loss_and_gradient
from theory.features import Array
from theory.sensing import DECODERS, Bounds, bounds, one_layer_readout, recover
from training import ReluOutputModel, Run, fit

N_FEATURES = 100
N_HIDDEN = (5, 10, 20, 40, 65)
DENSITIES = (0.3, 0.2, 0.15, 0.1, 0.07, 0.05, 0.03, 0.02, 0.01, 0.005)
WEIGHTS = ("trained", "random")
_LEAST_SCALE = 0.05  # of random weights, which a readout of dense features would drop otherwise


@dataclass(frozen=True, eq=False)
class Decoders:
    """How well each decoder does: arrays (sizes, densities, weights, decoders).

    `support` and `recovered` are shares of the inputs, `error` the median of ‖x̂ − x‖ / ‖x‖; see
    `theory.sensing.Recovery`. Weights are those of `WEIGHTS`: trained, and random directions with
    the scale and the bias that suit a readout best; `runs` holds the former, one run per size.
    `antipodal` (sizes, densities, weights) counts the features that have an opposite.
    """

    n_hidden: tuple[int, ...]
    densities: tuple[float, ...]
    trials: int
    runs: tuple[Run, ...]
    bounds: tuple[tuple[Bounds, ...], ...]
    support: Array
    recovered: Array
    error: Array
    antipodal: NDArray[np.intp]

    def records(self, n_hidden: int) -> list[dict[str, Any]]:
        """One flat dict per density, weights and decoder of the models of one size."""
        size = self.n_hidden.index(n_hidden)
        return [
            {
                "n_hidden": n_hidden,
                "density": density,
                "weights": weights,
                "decoder": decoder,
                "recovered": float(self.recovered[size, k, w, d]),
                "support": float(self.support[size, k, w, d]),
                "median_error": float(self.error[size, k, w, d]),
                "antipodal": int(self.antipodal[size, k, w]),
            }
            for k, density in enumerate(self.densities)
            for w, weights in enumerate(WEIGHTS)
            for d, decoder in enumerate(DECODERS)
        ]


def decoders(
    *,
    n_hidden: tuple[int, ...] = N_HIDDEN,
    densities: tuple[float, ...] = DENSITIES,
    trials: int = 200,
    restarts: int = 1,
    seed: int = 0,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Decoders:
    """Train a hundred features in few to many dimensions, and decode what they hide.

    Inputs are those that models are trained on, the ones without an active feature left out; all
    models of a density see the same. `progress(done, total)` counts pairs of size and density.

    Reference: Elhage et al. 2022, sections 11 and 13 and the appendix's lemma 1.
    """
    features = FeatureDistribution(N_FEATURES, density=np.array(densities)[:, None])
    inputs = [_inputs(p, trials, seed) for p in densities]
    shape = (len(n_hidden), len(densities), len(WEIGHTS), len(DECODERS))
    support, recovered, error = np.empty(shape), np.empty(shape), np.empty(shape)
    opposite = np.empty(shape[:-1], np.intp)
    runs = []
    for size, m in enumerate(n_hidden):
        run = fit(
            ReluOutputModel(N_FEATURES, m), features,
            search="quick", restarts=restarts, seed=seed, threads=threads,
        )  # fmt: skip
        runs.append(run)
        for k, x in enumerate(inputs):
            pairs = (run.W[k], run.b[k]), random_readout(m, features[k], seed=seed)
            for w, (W, b) in enumerate(pairs):
                opposite[size, k, w] = antipodal(W)
                for d, decoder in enumerate(DECODERS.values()):
                    found = recover(decoder, x, W, b)
                    support[size, k, w, d] = found.support.mean()
                    recovered[size, k, w, d] = found.recovered.mean()
                    error[size, k, w, d] = np.median(found.relative_error)
            if progress:
                progress(size * len(densities) + k + 1, len(n_hidden) * len(densities))
    return Decoders(
        n_hidden=n_hidden,
        densities=densities,
        trials=trials,
        runs=tuple(runs),
        bounds=tuple(tuple(bounds(N_FEATURES, m, p) for p in densities) for m in n_hidden),
        support=support,
        recovered=recovered,
        error=error,
        antipodal=opposite,
    )


def antipodal(W: Array, cosine: float = -0.99) -> int:
    """How many features have one that points the other way, to a cosine.

    Rows of less than half of the longest are no features.

    >>> antipodal(np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, 1e-6]]))
    2
    """
    norms = np.linalg.norm(W, axis=1)
    there = norms > norms.max() / 2
    U = W[there] / norms[there, None]
    return int(((U @ U.T).min(axis=1, initial=1.0) < cosine).sum())


def random_readout(
    n_hidden: int, features: FeatureDistribution, *, seed: int = 0
) -> tuple[Array, NDArray[np.float64]]:
    """Random unit directions U, with the one scale and the one bias of least exact loss.

        W = a U,   a, b = argmin Σ_i E (x_i − ReLU(W Wᵀ x + b)_i)²

    >>> W, b = random_readout(20, FeatureDistribution(60, 0.05))
    >>> W.shape, len(set(b))
    ((60, 20), 1)
    """
    from scipy.optimize import minimize

    U = np.random.default_rng(seed).standard_normal((features.n_features, n_hidden))
    U /= np.linalg.norm(U, axis=1, keepdims=True)

    def loss(point: Array) -> tuple[float, Array]:
        bias = np.full(len(U), point[1])
        value, dW, db = expected_loss_and_gradient(point[0] * U, bias, features)
        return float(value), np.array([(dW * U).sum(), db.sum()])

    start = one_layer_readout(float(features.density.mean()), n_hidden / len(U))
    scale, bias = minimize(
        loss, (start.norm, start.bias), jac=True, method="L-BFGS-B",
        bounds=[(_LEAST_SCALE, 3.0), (-3.0, 1.0)],
    ).x  # fmt: skip
    return scale * U, np.full(len(U), bias)


def _inputs(density: float, trials: int, seed: int) -> Array:
    """Inputs (trials, n) of the model, each with an active feature."""
    rng = np.random.default_rng(seed)
    found: list[Array] = []
    while len(found) < trials:
        x = rng.random(N_FEATURES) * (rng.random(N_FEATURES) < density)
        if x.any():
            found.append(x)
    return np.array(found)
