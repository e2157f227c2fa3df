"""How often `identify` finds exactly the tegum factors that a matrix was put together from.

    python -m tests.benchmarks.splitting --trials 100
    python -m tests.benchmarks.splitting --trials 20 --factors 40
    python -m tests.benchmarks.splitting --trials 20 --spare 20

A model is a product of factors drawn from `MIX`, in random orthogonal subspaces that together fill
hidden space but for the spare dimensions, with a tenth as many features that are not learned. Then
it is spoilt:

- tilt: every axis of every factor is displaced by so much in a random direction (root mean
  square), which shears the shapes and makes all factors lean on all others;
- cosine: one axis of every second factor leans on one of its predecessor by this cosine;
- noise: every feature is displaced by so much of its length (root mean square).

Last, every feature gets a length of its own. A partition is exact if every factor is one component
and no component holds anything else, whatever the names; "factors" is the share of factors that
are such a component, "named" of those that have the right name too.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import tyro
from numpy.typing import NDArray
from scipy.stats import beta

from geometry import Identification, identify, template

Array = NDArray[np.float64]
MIX = {
    "digon": 0.23,
    "triangle": 0.19,
    "tetrahedron": 0.14,
    "pentagon": 0.12,
    "square antiprism": 0.1,
    "dedicated": 0.07,
    "5-cell": 0.05,
    "cube": 0.03,
    "hexagon": 0.03,
    "8-simplex": 0.02,
    "rectified 5-cell": 0.02,
}


@dataclass(frozen=True)
class Spoiling:
    """By how much the factors of a model are displaced."""

    noise: float
    cosine: float = 0.0
    tilt: float = 0.0


@dataclass(frozen=True, eq=False)
class Model:
    """A weight matrix and the factors it was put together from: (features, name) each."""

    W: Array
    factors: dict[tuple[int, ...], str]


LEVELS = (
    *(Spoiling(noise) for noise in (0.0, 0.02, 0.05, 0.1, 0.15, 0.2)),
    *(Spoiling(0.05, cosine=cosine) for cosine in (0.3, 0.5, 0.6)),
    *(Spoiling(0.05, tilt=tilt) for tilt in (0.1, 0.3)),
    Spoiling(0.1, cosine=0.3, tilt=0.3),
)


def main(trials: int = 100, factors: int = 10, spare: int = 0, seed: int = 0) -> None:
    """Print one row per level of noise, cosine and tilt.

    Args:
        spare: hidden dimensions beyond those that the factors fill
    """
    print("factors noise cosine tilt |  exact partitions (95 %)          | factors named | CPU-s")
    for level in LEVELS:
        rng = np.random.default_rng([seed, factors, *(int(1000 * x) for x in vars(level).values())])
        exact, shares, named, seconds = 0, [], [], []
        for _ in range(trials):
            model = product_model(factors, level, rng, spare=spare)
            began = time.process_time()
            verdict = identify(model.W)
            seconds.append(time.process_time() - began)
            found = {part.features: part.name for part in verdict.components}
            exact += found.keys() == model.factors.keys()
            shares.append(np.mean([features in found for features in model.factors]))
            named.append(rightly_named(verdict, model))
        low, high = clopper_pearson(exact, trials)
        print(
            f"{factors:7} {level.noise:5.2f} {level.cosine:6.1f} {level.tilt:4.1f} | "
            f"{exact:4} of {trials:4} = {exact / trials:6.1%} ({low:5.1%}–{high:6.1%}) | "
            f"{np.mean(shares):7.2%} {np.mean(named):5.1%} | {np.median(seconds):.3f}",
            flush=True,
        )


def product_model(
    count: int, level: Spoiling, rng: np.random.Generator, *, spare: int = 0
) -> Model:
    """A random product of `count` factors, spoilt, with features that are not learned."""
    names = [str(name) for name in rng.choice(list(MIX), count, p=list(MIX.values()))]
    shapes = [template(name) for name in names]
    ends = np.cumsum([shape.dimension for shape in shapes])
    m = int(ends[-1]) + spare
    frames = np.split(np.linalg.qr(rng.normal(size=(m, m)))[0][: ends[-1]], ends[:-1])
    for k in range(1, count, 2):
        upright = np.sqrt(1 - level.cosine**2) * frames[k][0]
        frames[k][0] = level.cosine * frames[k - 1][0] + upright
    rows, label = [], []
    for k, (shape, frame) in enumerate(zip(shapes, frames, strict=True)):
        tilted = frame + level.tilt / np.sqrt(m) * rng.normal(size=frame.shape)
        parameters = {p.name: rng.uniform(p.low, p.high) for p in shape.parameters}
        rows.append(shape.at(**parameters) @ tilted)
        label += [k] * len(rows[-1])
    W = np.concatenate(rows)
    W = W + level.noise / np.sqrt(m) * rng.normal(size=W.shape)
    W = W * rng.uniform(0.8, 1.25, size=(len(W), 1))
    unlearned = rng.normal(size=(len(W) // 10, m))
    unlearned *= rng.uniform(0, 0.3, size=(len(unlearned), 1)) / np.sqrt(m)
    W, label = np.concatenate([W, unlearned]), np.array(label + [-1] * len(unlearned))
    order = rng.permutation(len(W))
    W, label = W[order], label[order]
    return Model(W, {tuple(map(int, np.flatnonzero(label == k))): n for k, n in enumerate(names)})


def rightly_named(verdict: Identification, model: Model) -> float:
    """The share of factors that are components of the right name."""
    names = {part.features: part.name for part in verdict.components}
    return float(np.mean([names.get(part) == name for part, name in model.factors.items()]))


def clopper_pearson(hits: int, trials: int) -> tuple[float, float]:
    """The exact 95 % interval of a rate."""
    low = beta.ppf(0.025, hits, trials - hits + 1) if hits else 0.0
    high = beta.ppf(0.975, hits + 1, trials - hits) if hits < trials else 1.0
    return float(low), float(high)


if __name__ == "__main__":
    tyro.cli(main)
