"""Paper footnote 3: the features of an ever wider model are dedicated one after another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geometry import dimensionality
from theory import DedicatedDigon, FeatureDistribution, dedicated_digon
from theory.features import Array
from training import ReluOutputModel, Run, fit

WIDTHS = tuple(range(1, 11))
DENSITIES = (0.3, 0.1, 0.03)
DEDICATED = 0.99  # D_i of a feature alone: trained ones are within 1e-3 of 1, others below .6


@dataclass(frozen=True)
class Widening:
    """The optimum at each width; rows are widths, columns densities.

    `dimensionalities` are D_i (widths, densities, n); `predicted` is the closed form of digons.
    """

    widths: tuple[int, ...]
    densities: tuple[float, ...]
    runs: tuple[Run, ...]
    dimensionalities: Array
    predicted: tuple[tuple[DedicatedDigon, ...], ...]

    @property
    def dedicated(self) -> NDArray[np.intp]:
        """How many features are alone, (widths, densities)."""
        return (self.dimensionalities > DEDICATED).sum(axis=-1)

    @property
    def predicted_dedicated(self) -> NDArray[np.intp]:
        """The same by the closed form."""
        return np.array([[one.dedicated for one in row] for row in self.predicted])

    def first_width(self, feature: int) -> list[int | None]:
        """From which width on a feature is dedicated at each density; None if at no width yet."""
        alone = self.dimensionalities[..., feature] > DEDICATED
        found: list[int | None] = []
        for column in alone.T:
            shared = np.flatnonzero(~column)
            place = shared[-1] + 1 if len(shared) else 0
            found.append(self.widths[place] if place < len(self.widths) else None)
        return found


def widening(
    *,
    n_features: int = 20,
    widths: tuple[int, ...] = WIDTHS,
    densities: tuple[float, ...] = DENSITIES,
    restarts: int = 16,
    seed: int = 0,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Widening:
    """Train models of growing width on the same features, I_i = .7^i.

    With importances r^i, digons are cheaper than dedicated dimensions as long as the pair's
    importances are nearer than ρ = 2p / (4 − 5p) (section 4.1), which is a number of pairs that
    does not depend on the width: of m dimensions all but

        q = ⌈ln ρ / (2 ln r) − 1/2⌉

    are for one feature each, and feature i is alone from the width i + 1 + q on (as long as there
    are m + q features).

    Reference: Elhage et al. 2022, footnote 3.
    """
    importance = 0.7 ** np.arange(n_features)
    features = FeatureDistribution(n_features, np.array(densities)[:, None], importance)
    runs = []
    for done, m in enumerate(widths, 1):
        model = ReluOutputModel(n_features, m)
        runs.append(fit(model, features, restarts=restarts, seed=seed, threads=threads))
        if progress:
            progress(done, len(widths))
    return Widening(
        widths=widths,
        densities=densities,
        runs=tuple(runs),
        dimensionalities=np.stack([dimensionality(run.W) for run in runs]),
        predicted=tuple(
            tuple(dedicated_digon(p, importance, m) for p in densities) for m in widths
        ),
    )
