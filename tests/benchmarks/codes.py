"""Optimal spherical codes that toy models learn: how many random starts end at the code.

    python -m tests.benchmarks.codes rectified-5-cell 2_21 --starts 100
    python -m tests.benchmarks.codes 4_21 --starts 20 --inverse-density 10000

A start is one `fit(restarts=1)`: random directions, descent, moves, convergence, polish. It has
found the code if all its cosines are within 1e-3 of the code's (`cosines`), or its exact loss is
within 1e-6 of the one that a descent from the code itself reaches (`loss`). Below a density of its
own each code is no longer the optimum: then `best / code` is below 1.

References: Cohn & Kumar 2007, J. AMS 20 (derived codes, Higman–Sims, McLaughlin); Ballinger et al.
2009, Experimental Mathematics 18 (40 in 10 and 64 in 14); Hammons et al. 1994, IEEE Trans. IT 40
(the Nordstrom–Robinson code as the Gray image of the octacode).
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import Annotated

import numpy as np
import tyro

from theory import FeatureDistribution, expected_loss
from theory.features import Array
from training import ReluOutputModel, fit, refine

COSINES = 1e-3
LOSS = 1e-6


def e8_roots() -> Array:
    """4_21: (±1, ±1, 0⁶) and (±½)⁸ with an even number of signs, at unit norm."""
    pairs = []
    for i, j in itertools.combinations(range(8), 2):
        for signs in itertools.product((1, -1), repeat=2):
            root = np.zeros(8)
            root[[i, j]] = signs
            pairs.append(root)
    halves = [s for s in itertools.product((0.5, -0.5), repeat=8) if np.prod(s) > 0]
    return np.array(pairs + halves) / 2**0.5


def derived(code: Array, cosine: float) -> Array:
    """The points at one cosine from the first, seen from it: a code in one dimension less."""
    first = code[0]
    near = code[np.abs(code @ first - cosine) < 1e-9]
    across = near - np.outer(near @ first, first)
    return _in_its_span(across @ across.T)


def three_21() -> Array:
    return derived(e8_roots(), 1 / 2)


def two_21() -> Array:
    return derived(three_21(), 1 / 3)


def demicube() -> Array:
    return derived(two_21(), 1 / 4)


def rectified_5_cell() -> Array:
    return derived(demicube(), 1 / 5)


def forty_in_ten() -> Array | None:
    """Known here by its cosines alone."""
    return None


def sixty_four_in_fourteen() -> Array:
    """The Nordstrom–Robinson code, shortened twice, with bits as signs."""
    octacode = np.array(
        [
            [1, 0, 0, 0, 3, 1, 2, 1],
            [0, 1, 0, 0, 1, 2, 3, 1],
            [0, 0, 1, 0, 3, 3, 3, 2],
            [0, 0, 0, 1, 2, 3, 1, 1],
        ]
    )
    words = np.array(list(itertools.product(range(4), repeat=4))) @ octacode % 4
    gray = np.array([[0, 0], [0, 1], [1, 1], [1, 0]])[words].reshape(256, 16)
    short = gray[(gray[:, :2] == 0).all(axis=1), 2:]
    return (1 - 2 * short) / 14**0.5


def blocks_of_seven() -> Array:
    """The 253 words of weight 7 of the binary Golay code of length 23: the Steiner S(4, 7, 23)."""
    generator = 0b101011100011
    words = {0}
    for shift in range(12):
        words |= {word ^ (generator << shift) for word in words}
    bits = np.array([[word >> k & 1 for k in range(23)] for word in sorted(words)])
    return bits[bits.sum(axis=1) == 7]


def mclaughlin() -> Array:
    """275 in 22: the strongly regular graph (275, 112, 30, 56) in its eigenspace of −28."""
    blocks = blocks_of_seven()
    with_last = blocks[:, 22] == 1
    meet = blocks @ blocks.T
    same = with_last[:, None] == with_last[None, :]
    among_blocks = np.where(same, meet == 1, meet == 3)
    incident = blocks[:, :22] == 1
    to_points = np.where(with_last[:, None], ~incident, incident)
    return _eigencode(np.block([[np.zeros((22, 22)), to_points.T], [to_points, among_blocks]]), -28)


def higman_sims() -> Array:
    """100 in 22: the strongly regular graph (100, 22, 0, 6) in its eigenspace of −8."""
    blocks = blocks_of_seven()
    hexads = blocks[blocks[:, 22] == 1][:, :22]
    adjacency = np.zeros((100, 100))
    adjacency[0, 1:23] = 1
    adjacency[1:23, 23:] = hexads.T
    adjacency += adjacency.T
    adjacency[23:, 23:] = hexads @ hexads.T == 0
    return _eigencode(adjacency, -8)


def _eigencode(adjacency: Array, eigenvalue: float) -> Array:
    values, vectors = np.linalg.eigh(adjacency)
    return _normalised(vectors[:, np.abs(values - eigenvalue) < 1e-6])


def _in_its_span(gram: Array) -> Array:
    values, vectors = np.linalg.eigh(gram)
    kept = values > 1e-9 * values[-1]
    return _normalised(vectors[:, kept] * values[kept] ** 0.5)


def _normalised(V: Array) -> Array:
    return V / np.linalg.norm(V, axis=1, keepdims=True)


# name: n, m, cosines, how it is built, 1/(1−S)
CODES: dict[str, tuple[int, int, tuple[float, ...], Callable[[], Array | None], tuple]] = {
    "rectified-5-cell": (10, 4, (1 / 6, -2 / 3), rectified_5_cell, (10, 100, 1000)),
    "5-demicube": (16, 5, (1 / 5, -3 / 5), demicube, (10, 100, 1000)),
    "2_21": (27, 6, (1 / 4, -1 / 2), two_21, (30, 100, 1000)),
    "3_21": (56, 7, (1 / 3, -1 / 3, -1), three_21, (60, 100, 1000)),
    "40-point": (40, 10, (-1 / 2, -1 / 3, 0, 1 / 6), forty_in_ten, (30, 100, 1000)),
    "64-point": (64, 14, (-3 / 7, 1 / 7, -1 / 7), sixty_four_in_fourteen, (30, 100, 1000)),
    "4_21": (240, 8, (-1, -1 / 2, 0, 1 / 2), e8_roots, (10_000,)),
    "higman-sims": (100, 22, (1 / 11, -4 / 11), higman_sims, (100, 1000)),
    "162-in-21": (162, 21, (1 / 7, -2 / 7), lambda: derived(mclaughlin(), 1 / 6), (1000,)),
    "112-in-21": (112, 21, (1 / 9, -1 / 3), lambda: derived(mclaughlin(), -1 / 4), (1000,)),
    "mclaughlin": (275, 22, (1 / 6, -1 / 4), mclaughlin, (10_000,)),
}


def main(
    names: Annotated[tuple[str, ...], tyro.conf.Positional] = (),
    starts: int = 20,
    inverse_density: tuple[float, ...] = (),
    seed: int = 0,
) -> None:
    """Print how many starts find each code; without names, all but the two largest."""
    chosen = names or tuple(name for name in CODES if CODES[name][0] < 200)
    for name in chosen:
        *_, inverse_densities = CODES[name]
        for inverse in inverse_density or inverse_densities:
            trial(name, inverse, starts, seed)


def trial(name: str, inverse_density: float, starts: int, seed: int) -> None:
    n, m, cosines, build, _ = CODES[name]
    features = FeatureDistribution(n, 1 / inverse_density)
    losses, right, evaluations = [], [], 0
    began = time.process_time()
    for start in range(starts):
        run = fit(ReluOutputModel(n, m), features, restarts=1, seed=seed + start)
        losses.append(float(run.loss))
        right.append(off_by(run.W, cosines) < COSINES)
        evaluations += run.metrics[0]["evaluations"]
    seconds = time.process_time() - began
    code = build()
    ideal = min(losses) if code is None else code_loss(code, features)
    equal = sum(abs(loss - ideal) <= LOSS * ideal for loss in losses)
    print(
        f"{name} ({n} in {m}) at 1/(1−S) = {inverse_density:g}: of {starts} starts "
        f"{sum(right)} at the code's cosines, {equal} at its loss "
        f"{f'{ideal:.9g}' if code is not None else '(unknown: the best found)'}; over it best "
        f"{min(losses) / ideal:.7f}, median {float(np.median(losses)) / ideal:.7f}; "
        f"{evaluations / starts:.0f} evaluations and {seconds / starts:.3g} CPU-s a start",
        flush=True,
    )


def off_by(W: Array, cosines: tuple[float, ...]) -> float:
    """The largest distance of a cosine between two rows from the nearest of the code."""
    norms = np.linalg.norm(W, axis=1)
    if norms.min() < 0.5:
        return float("inf")
    V = _normalised(W)
    found = (V @ V.T)[np.triu_indices(len(V), 1)]
    return float(np.abs(found[:, None] - np.array(cosines)).min(axis=1).max())


def code_loss(code: Array, features: FeatureDistribution) -> float:
    """The exact loss that a descent from the code reaches, from the cheapest of some scales."""
    scales = [(float(np.sqrt(1 + t)), np.full(len(code), -t)) for t in np.linspace(0, 1.2, 7)]
    norm, bias = min(scales, key=lambda s: float(expected_loss(s[0] * code, s[1], features)))
    return refine(norm * code, bias, features)[2]


if __name__ == "__main__":
    tyro.cli(main)
