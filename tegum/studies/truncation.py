"""Paper footnote 7: infinitely many features of importance falling to zero, cut off after n."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from theory import FeatureDistribution
from theory.features import Array
from training import ReluOutputModel, fit, refine

SIZES = (8, 10, 12, 14, 16, 18, 20, 24, 28, 32, 40)
DENSITIES = (0.1, 0.03, 0.01, 0.003)
BASE = 0.7
SHORT = 0.05

Optimum = tuple[Array, Array, float]  # W, b and the loss of the first n features


@dataclass(frozen=True)
class Truncation:
    """The optimum of the first n features; rows are sizes n, columns densities.

    `weights[k]` is W (densities, n, m). `loss` is that of all infinitely many features, those
    after n not represented: it can only fall with n. `kept` counts the features that are longer
    than .05, `represented` those longer than 1/2.
    """

    sizes: tuple[int, ...]
    densities: tuple[float, ...]
    weights: tuple[Array, ...]
    loss: Array
    kept: NDArray[np.intp]
    represented: NDArray[np.intp]

    @property
    def excess(self) -> Array:
        """The loss over the least of any size, relative."""
        return self.loss / self.loss.min(axis=0) - 1


def truncation(
    *,
    n_hidden: int = 5,
    sizes: tuple[int, ...] = SIZES,
    densities: tuple[float, ...] = DENSITIES,
    restarts: int = 32,
    seed: int = 0,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Truncation:
    """Train on the first n of the features with I_i = .7^i, for growing n.

        L_∞(n) = L_n + (p/3 − p²/4) Σ_{i ≥ n} .7^i

    converges, and sooner than the sum: a feature with W_i = 0, b_i = p/2 is stationary, for every
    other output has the bias that is best for it, and what i adds to it on average costs nothing at
    first order; it is a minimum once I_i is small against what its interference costs the others.
    Each size also starts from the optima of the sizes beside it, extended or cut off.

    Reference: Elhage et al. 2022, footnote 7.
    """
    p = np.array(densities)
    best: list[list[Optimum]] = []
    for done, n in enumerate(sizes, 1):
        run = fit(
            ReluOutputModel(n, n_hidden), _first(n, p[:, None]),
            restarts=restarts, seed=seed, threads=threads,
        )  # fmt: skip
        best.append(list(zip(run.W, run.b, run.loss, strict=True)))
        if progress:
            progress(done, len(sizes))
    rng = np.random.default_rng(seed)
    for k, near in [*pairwise(range(len(sizes)))] + [*pairwise(reversed(range(len(sizes))))]:
        for d, density in enumerate(densities):
            begin = _resized(best[k][d], sizes[near], density / 2, rng)
            moved = refine(*begin, _first(sizes[near], density))
            best[near][d] = min(best[near][d], moved, key=lambda optimum: float(optimum[2]))
    weights = tuple(np.stack([W for W, _, _ in row]) for row in best)
    norms = [np.linalg.norm(W, axis=-1) for W in weights]
    tail = BASE ** np.array(sizes) / (1 - BASE)
    return Truncation(
        sizes=sizes,
        densities=densities,
        weights=weights,
        loss=np.array([[float(loss) for *_, loss in row] for row in best])
        + tail[:, None] * (p / 3 - p**2 / 4),
        kept=np.stack([(norm > SHORT).sum(axis=-1) for norm in norms]),
        represented=np.stack([(norm > 0.5).sum(axis=-1) for norm in norms]),
    )


def _first(n: int, density: float | Array) -> FeatureDistribution:
    return FeatureDistribution(n, density, BASE ** np.arange(n))


def _resized(
    optimum: Optimum, n: int, mean: float, rng: np.random.Generator
) -> tuple[Array, Array]:
    """The first n features, or those that are there and some more: short, for zero is a saddle."""
    W, b, _ = optimum
    more = SHORT * rng.standard_normal((max(0, n - len(W)), W.shape[1]))
    return np.concatenate([W[:n], more]), np.concatenate([b[:n], np.full(len(more), mean)])
