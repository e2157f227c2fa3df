"""Which starts are worth going on with, and how many of them reached the best."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from theory.features import Array

DISTINCT = 2e-6  # closer losses are one optimum: a tie takes no place of its own
HIT = 1e-6  # how close to the best a start has to come to count as having found it
NOTHING = 1e-9  # of what is at stake: no loss at all


class Contender(NamedTuple):
    """Where a start has come to: its loss is in units of what is at stake."""

    start: int
    W: Array
    b: Array
    loss: float
    evaluations: int


def ahead(field: Sequence[Contender], share: int, behind: float) -> list[Contender]:
    """The best optima of a field: one place in `share`, none too far `behind` the best.

    Contenders that tie go on together, so that in the end it is known how many found the best.
    """
    ranked = sorted((entry for entry in field if np.isfinite(entry.loss)), key=lambda e: e.loss)
    places = -(-len(field) // share)
    near = [entry for entry in ranked if entry.loss <= ranked[0].loss * (1 + behind)]
    optima = distinct(near)[:places]
    return [entry for entry in near if entry.loss <= optima[-1].loss * (1 + DISTINCT)]


def distinct(field: Sequence[Contender]) -> list[Contender]:
    """One contender of every tie, in a field in order of loss."""
    chosen: list[Contender] = []
    for entry in field:
        if not chosen or entry.loss > chosen[-1].loss * (1 + DISTINCT):
            chosen.append(entry)
    return chosen


def hits(field: Sequence[Contender], best: Contender) -> int:
    """How many came to rest within 1e-6 of the best; all must have been descended as far."""
    return sum(abs(entry.loss - best.loss) <= HIT * best.loss + NOTHING for entry in field)


def hit_interval(hits: int, starts: int, confidence: float = 0.95) -> tuple[float, float]:
    """The Clopper–Pearson interval of the chance that a start reaches the best.

    Raises ValueError unless 0 ≤ hits ≤ starts and starts ≥ 1.

    >>> low, high = hit_interval(5, 8)
    >>> round(low, 3), round(high, 3)
    (0.245, 0.915)

    Reference: Clopper & Pearson 1934, Biometrika 26.
    """
    # scipy.stats has it too, and takes a second to import
    from scipy.special import betaincinv

    if not 0 <= hits <= starts or starts < 1:
        raise ValueError(f"expected 0 ≤ hits ≤ starts and starts ≥ 1, got {hits} of {starts}")
    tail = (1 - confidence) / 2
    low = betaincinv(hits, starts - hits + 1, tail) if hits else 0.0
    high = betaincinv(hits + 1, starts - hits, 1 - tail) if hits < starts else 1.0
    return float(low), float(high)
