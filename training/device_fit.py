"""The descents of an exact fit on a torch device: all starts of all instances at once.

Only what takes the time is here. The starts are the caller's, and so is all that is done with what
the descents find: competition of the best, polishing, verification by the compiled form.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import torch

from theory.features import Array
from theory.loss.row_loss import SEARCH
from training.contest import Contender
from training.device_lbfgs import minimise
from training.device_loss import BUDGET
from training.lbfgs import HISTORY
from training.problem import LONGEST_STEP, Problem
from training.search import GAIN, GRADIENT, MOST_EVALUATIONS, QUICK, rearranged

Job = tuple[int, int]  # instance and start


def device_descents(
    starts: Mapping[Job, Array], parts: list[Problem], device: torch.device
) -> Iterator[tuple[Job, Contender]]:
    """Descend from every start W (n, m), b = 0; yields jobs and where they came to, as they end.

    As `training.search.descend`: while a descent has gained and features would rather change
    places, it goes on from there. A job's result depends on nothing but itself, to the last bit as
    far as `device_loss` does.
    """
    n = len(parts[0].density)
    waiting = {job: Contender(job[1], W, np.zeros(n), np.inf, 0) for job, W in starts.items()}
    while waiting:
        again: dict[Job, Contender] = {}
        for job, W, b, lower, used in _descended(waiting, parts, device):
            before = waiting[job]
            order = None
            if lower < before.loss * (1 - GAIN):
                order = rearranged(W, b, parts[job[0]])
            here = Contender(job[1], W, b, min(lower, before.loss), before.evaluations + used)
            if order is None:
                yield job, here
            else:
                again[job] = here._replace(W=W[order], b=b[order])
        waiting = again


def _descended(
    waiting: Mapping[Job, Contender], parts: list[Problem], device: torch.device
) -> Iterator[tuple[Job, Array, Array, float, int]]:
    """One descent of every job, in batches that fit the memory BUDGET."""
    jobs = list(waiting)
    n, m = waiting[jobs[0]].W.shape
    # two histories and the vectors of the search; overlaps, their gradients and copies
    each = 8 * ((2 * HISTORY + 16) * (n * m + n) + 6 * n * n)
    size = max(1, BUDGET // each)
    for first in range(0, len(jobs), size):
        batch = jobs[first : first + size]
        W, b, density, importance = (
            torch.tensor(np.stack(part), device=device)
            for part in zip(
                *(
                    (waiting[job].W, waiting[job].b, problem.density, problem.importance)
                    for job in batch
                    for problem in (parts[job[0]],)
                ),
                strict=True,
            )
        )
        rules = (LONGEST_STEP, GRADIENT, QUICK, MOST_EVALUATIONS)
        for k, W_end, b_end, loss, used in minimise(W, b, density, importance, SEARCH, *rules):
            yield batch[k], W_end, b_end, loss, used
