"""The descents of an exact fit on a torch device: all starts of all instances at once.

Only what takes the time is here. The starts come from `training.exact`, and so does all that is
done with the descents: competition of the best, polishing, verification by the compiled form.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from theory.features import Array
from theory.row_loss import SEARCH
from training.device_lbfgs import minimise
from training.device_loss import BUDGET
from training.exact import GAIN, LONGEST_STEP, rearranged
from training.lbfgs import HISTORY

Job = tuple[int, int]  # instance and restart
Descent = tuple[Array, Array, float, int]  # W, b, loss and evaluations


def device_descents(
    starts: list[tuple[Array, Array]], density: Array, importance: Array, device: torch.device
) -> Iterator[tuple[Job, Descent]]:
    """Descend from every start for every instance; yields (instance, restart) and what was found.

    starts has one W (n, m) and b (n,) per restart; density and importance are (instances, n), and
    the importances such that a loss of 1 is to represent nothing. Between descents features change
    places as in `training.exact`. Jobs come in the order in which they are done.

    A job's result depends on nothing but itself, to the last bit as far as `device_loss` does.
    """
    waiting: dict[Job, Descent] = {
        (k, r): (W, b, np.inf, 0) for k in range(len(density)) for r, (W, b) in enumerate(starts)
    }
    while waiting:
        again: dict[Job, Descent] = {}
        for job, W, b, lower, used in _descended(waiting, density, importance, device):
            _, _, loss, evaluations = waiting[job]
            k = job[0]
            order = (
                rearranged(W, b, density[k], importance[k]) if lower < loss * (1 - GAIN) else None
            )
            loss, evaluations = min(lower, loss), evaluations + used
            if order is None:
                yield job, (W, b, loss, evaluations)
            else:
                again[job] = W[order], b[order], loss, evaluations
        waiting = again


def _descended(
    waiting: dict[Job, Descent], density: Array, importance: Array, device: torch.device
) -> Iterator[tuple[Job, Array, Array, float, int]]:
    """One descent of every job, in batches that fit the memory BUDGET."""
    jobs = list(waiting)
    n, m = waiting[jobs[0]][0].shape
    # two histories and the vectors of the search; overlaps, their gradients and copies
    each = 8 * ((2 * HISTORY + 16) * (n * m + n) + 6 * n * n)
    size = max(1, BUDGET // each)

    def moved(arrays: list[Array]) -> torch.Tensor:
        return torch.tensor(np.stack(arrays), device=device)

    for first in range(0, len(jobs), size):
        batch = jobs[first : first + size]
        descents = minimise(
            moved([waiting[job][0] for job in batch]),
            moved([waiting[job][1] for job in batch]),
            moved([density[k] for k, _ in batch]),
            moved([importance[k] for k, _ in batch]),
            SEARCH, LONGEST_STEP, 1e-6, 1e-6, 5000,
        )  # fmt: skip
        for index, W, b, loss, used in descents:
            yield batch[index], W, b, loss, used
