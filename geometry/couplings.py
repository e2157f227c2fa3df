"""How far the subspaces of components lean on each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Coupling:
    """Two components whose subspaces are not orthogonal.

    Attributes
    ----------
    first, second : the numbers of the two components
    cosines : the cosines of the principal angles between their subspaces, largest first, as far as
        they exceed the tolerance
    """

    first: int
    second: int
    cosines: tuple[float, ...]

    @property
    def angles(self) -> tuple[float, ...]:
        """The principal angles in degrees, smallest first."""
        return tuple(float(a) for a in np.degrees(np.arccos(self.cosines)))

    def to_dict(self) -> dict[str, Any]:
        """Cosines and angles as JSON has them."""
        return {
            "components": [self.first, self.second],
            "cosines": list(self.cosines),
            "angles": list(self.angles),
        }


def couplings(frames: Sequence[Array], tolerance: float) -> tuple[Coupling, ...]:
    r"""The pairs of subspaces with a principal angle whose cosine exceeds a tolerance.

    .. math:: \cos \theta_k = \sigma_k (F_a F_b^\top)

    Parameters
    ----------
    frames : orthonormal rows, (d_c, m) for component c
    tolerance : the largest cosine that still counts as orthogonal

    >>> diagonal = np.array([[1.0, 1.0]]) / np.sqrt(2)
    >>> [round(pair.angles[0], 9) for pair in couplings([np.eye(2)[:1], diagonal], 0.1)]
    [45.0]
    """
    kept = [(c, frame) for c, frame in enumerate(frames) if len(frame)]
    if len(kept) < 2:
        return ()
    starts = np.cumsum([0, *(len(frame) for _, frame in kept)])
    axes = np.vstack([frame for _, frame in kept])
    found = []
    for a, (first, frame) in enumerate(kept[:-1]):
        cosines = frame @ axes[starts[a + 1] :].T
        # the root of the summed squares is at least the largest principal cosine
        sums = np.add.reduceat((cosines**2).sum(axis=0), starts[a + 1 : -1] - starts[a + 1])
        for b in np.flatnonzero(sums > tolerance**2) + a + 1:
            second, other = kept[b]
            principal = np.linalg.svd(frame @ other.T, compute_uv=False)
            principal = np.minimum(principal[principal > tolerance], 1.0)
            if len(principal):
                found.append(Coupling(first, second, tuple(map(float, principal))))
    return tuple(found)
