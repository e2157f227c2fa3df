"""Paper section 8: how much an attack costs a model in superposition."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata

from theory import FeatureDistribution, Vulnerability, feature_attacks, vulnerability
from theory.features import Array
from training import ReluOutputModel, Run, fit
from training.data import sample

DENSITIES = tuple(float(p) for p in np.geomspace(1.0, 1e-3, 25))
ASCENTS, STRIDE = 20, 0.25  # steps of an attack along the gradient, in lengths of the attack


@dataclass(frozen=True)
class Adversarial:
    """One optimum per density, each under the worst attack along one of its features.

    `ratio` (L' − L)/(L'_0 − L_0) is relative to a model without superposition,
    `features_per_dimension` is 1/D* = ‖W‖²_F/m, `spare` the number of features not represented
    (‖W_i‖ ≤ ½).
    """

    run: Run
    vulnerabilities: tuple[Vulnerability, ...]

    @property
    def ratio(self) -> Array:
        return np.array([found.ratio for found in self.vulnerabilities])

    @property
    def features_per_dimension(self) -> Array:
        return (self.run.W**2).sum(axis=(1, 2)) / self.run.W.shape[-1]

    @property
    def spare(self) -> Array:
        return (np.linalg.norm(self.run.W, axis=-1) <= 0.5).sum(axis=-1)

    def rank_correlation(self, among: ArrayLike = True) -> float:
        """Spearman's, of the ratio with the features per dimension, at the densities `among`."""
        chosen = np.broadcast_to(among, self.ratio.shape)
        ranks = rankdata([self.ratio[chosen], self.features_per_dimension[chosen]], axis=1)
        return float(np.corrcoef(ranks)[0, 1])


def adversarial(
    *,
    n_features: int = 100,
    n_hidden: int = 20,
    densities: Sequence[float] = DENSITIES,
    restarts: int = 2,
    seed: int = 0,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Adversarial:
    """Train equal features at each density and attack them with .1 of the mean length of an input.

    The ratio follows the features per dimension while features are left to be represented. When
    all are, W stands still, the attack shrinks with the inputs, and biases swallow it.

    Reference: Elhage et al. 2022, section 8 (which gives neither n, m nor the densities).
    """
    features = FeatureDistribution(n_features, np.asarray(densities)[:, None])
    run = fit(
        ReluOutputModel(n_features, n_hidden), features, search="quick",
        restarts=restarts, seed=seed, threads=threads, progress=progress,
    )  # fmt: skip
    found = (vulnerability(run.W[k], run.b[k], features[k]) for k in range(len(densities)))
    return Adversarial(run, tuple(found))


def per_example_ratio(
    W: Array, b: Array, features: FeatureDistribution, norm: float, *, size: int = 4096, seed: int
) -> float:
    """The same ratio when every input has its own worst attack, on sampled inputs.

        E_x max_i (l(x, λ G_i / ‖G_i‖) − l(x, 0)) / λ²,   l the squared error of one input

    for equal importances of 1; without superposition every input loses λ².
    """
    x = sample(features, size, seed=seed).double().numpy().T
    G = W @ W.T
    z = x @ G + b
    plain = ((x - np.maximum(z, 0.0)) ** 2).sum(axis=1)
    worst = plain
    for shift in feature_attacks(W, norm) @ G:
        worst = np.maximum(worst, ((x - np.maximum(z + shift, 0.0)) ** 2).sum(axis=1))
    return float((worst - plain).mean() / norm**2)


def gradient_attack_ratio(
    W: Array, b: Array, features: FeatureDistribution, norm: float, *, size: int = 4096, seed: int
) -> tuple[float, float]:
    """The same when every attack climbs along the gradient, and the share of inputs without one.

    Projected gradient ascent of the squared error of one input in the ball ‖δ‖ ≤ λ, from δ = 0. An
    output that is off has no gradient, however little is missing: an input on which all are off
    cannot be attacked so.

    Reference: Madry et al. 2018, "Towards deep learning models resistant to adversarial attacks".
    """
    x = sample(features, size, seed=seed).double().numpy().T
    G = W @ W.T
    z = x @ G + b
    plain = ((x - np.maximum(z, 0.0)) ** 2).sum(axis=1)
    attack, worst = np.zeros_like(x), plain
    stuck = ~((z > 0) & (z != x)).any(axis=1)
    for _ in range(ASCENTS):
        z = (x + attack) @ G + b
        slope = np.where(z > 0, z - x, 0.0) @ G
        length = np.sqrt((slope**2).sum(axis=1, keepdims=True))
        attack += STRIDE * norm * np.divide(slope, length, out=slope, where=length > 0)
        length = np.sqrt((attack**2).sum(axis=1, keepdims=True))
        attack *= np.minimum(1, norm / np.maximum(length, 1e-300))
        z = (x + attack) @ G + b
        worst = np.maximum(worst, ((x - np.maximum(z, 0.0)) ** 2).sum(axis=1))
    return float((worst - plain).mean() / norm**2), float(stuck.mean())
