"""The descents of an exact fit on a torch device: all starts of all instances at once.

Only what takes the time is here. The starts are the caller's, and so is all that is done with what
the descents find: competition of the best, polishing, verification by the compiled form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from theory.features import Array
from theory.row_loss import SEARCH
from training.device_lbfgs import minimise
from training.device_loss import BUDGET
from training.lbfgs import HISTORY

Job = TypeVar("Job")
Start = tuple[Array, Array, Array, Array]  # W (n, m), b, density and importance (n,)
Descent = tuple[Array, Array, float, int]  # W, b, loss and evaluations
Rearranged = Callable[[Array, Array, Array, Array], NDArray[np.intp] | None]


def device_descents(
    starts: Mapping[Job, Start],
    device: torch.device,
    rearranged: Rearranged,
    longest: float,
    gtol: float,
    ftol: float,
    limit: int,
    gain: float,
) -> Iterator[tuple[Job, Descent]]:
    """Descend from every start; yields jobs and what they found, in the order they are done.

    While a descent has gained more than `gain` of its loss and `rearranged` says which row each
    feature should rather have, it goes on from there. `longest`, `gtol`, `ftol` and `limit` are
    those of `training.descent.minimise`, for one descent.

    A job's result depends on nothing but itself, to the last bit as far as `device_loss` does.
    """
    loss = dict.fromkeys(starts, np.inf)
    evaluations = dict.fromkeys(starts, 0)
    waiting = dict(starts)
    while waiting:
        again: dict[Job, Start] = {}
        for job, W, b, lower, used in _descended(waiting, device, (longest, gtol, ftol, limit)):
            _, _, density, importance = starts[job]
            order = None
            if lower < loss[job] * (1 - gain):
                order = rearranged(W, b, density, importance)
            loss[job] = min(lower, loss[job])
            evaluations[job] += used
            if order is None:
                yield job, (W, b, loss[job], evaluations[job])
            else:
                again[job] = W[order], b[order], density, importance
        waiting = again


def _descended(
    starts: Mapping[Job, Start], device: torch.device, rules: tuple[float, float, float, int]
) -> Iterator[tuple[Job, Array, Array, float, int]]:
    """One descent of every job, in batches that fit the memory BUDGET."""
    jobs = list(starts)
    n, m = starts[jobs[0]][0].shape
    # two histories and the vectors of the search; overlaps, their gradients and copies
    each = 8 * ((2 * HISTORY + 16) * (n * m + n) + 6 * n * n)
    size = max(1, BUDGET // each)
    for first in range(0, len(jobs), size):
        batch = jobs[first : first + size]
        parts = zip(*(starts[job] for job in batch), strict=True)
        W0, b0, density, importance = (
            torch.tensor(np.stack(part), device=device) for part in parts
        )
        for k, W, b, loss, used in minimise(W0, b0, density, importance, SEARCH, *rules):
            yield batch[k], W, b, loss, used
