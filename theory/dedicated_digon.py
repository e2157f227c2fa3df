"""The closed form of paper 3.3: some features alone, some in antipodal pairs, the rest ignored."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from geometry.arguments import real, real_array, shown, whole


@dataclass(frozen=True)
class DedicatedDigon:
    """The cheapest mixture of dedicated features and digons in n_hidden dimensions."""

    represented: int
    dedicated: int
    loss: float

    @property
    def digons(self) -> int:
        return (self.represented - self.dedicated) // 2


def dedicated_digon(density: float, importance: ArrayLike, n_hidden: int) -> DedicatedDigon:
    """How many features to represent alone and in antipodal pairs, from exact losses.

        cost(q) = (p/3 − p²/4) Σ_{ignored} I_i + (p²/6) Σ_{paired} I_i

    With features sorted by importance, the first m − q have a dimension each, the next 2q share q
    dimensions in antipodal pairs of unit length, the rest are ignored with b = p/2; the best q is
    taken. These counts are those of the paper's figure at 1 − S = 1, .3, .1 and .03.

    density p in (0, 1], importance (n,); raises ValueError outside.

    >>> dedicated_digon(0.3, 0.7 ** np.arange(20), 5).represented
    7

    Reference: Elhage et al. 2022, section 3 (the figure); derived from E min(x, y)² = 1/6.
    """
    density, n_hidden = real("density", density), whole("n_hidden", n_hidden, 1)
    if not 0 < density <= 1:
        raise ValueError(f"expected a density 1 − S in (0, 1], got {density}")
    weights = np.atleast_1d(real_array("importance", importance))
    if weights.ndim != 1 or not weights.size or not (weights >= 0).all():
        raise ValueError(f"expected importance of shape (n,), all ≥ 0, got {shown(importance)}")
    weights = np.sort(weights)[::-1]
    ignored = density / 3 - density**2 / 4
    paired = density**2 / 6
    n = len(weights)
    best: DedicatedDigon | None = None
    for q in range(min(n_hidden, n - n_hidden) + 1 if n > n_hidden else 1):
        dedicated = min(n_hidden - q, n)
        represented = min(dedicated + 2 * q, n)
        loss = float(
            paired * weights[dedicated:represented].sum() + ignored * weights[represented:].sum()
        )
        if best is None or loss < best.loss:
            best = DedicatedDigon(represented, dedicated, loss)
    assert best is not None
    return best
