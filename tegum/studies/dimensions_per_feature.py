"""Paper section 5.1: dimensions per feature of many equal features, predicted and trained."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from theory import FeatureDistribution, IdealSolution, MeanField, ideal, mean_field, random_code
from theory.features import Array
from training import ReluOutputModel, Run, fit

# above 50 the 400 features would run out
INVERSE_DENSITIES = tuple(float(x) for x in np.geomspace(1.0, 50.0, 25))
# the shapes that gain most at some density, of all that are no products
SHAPES = (
    "dedicated", "5-simplex", "5-cell", "tetrahedron", "triangle", "digon", "pentagon",
    "square antiprism", "5-demicube", "Riesz 20 in 6", "2_21", "3_21", "4_21",
)  # fmt: skip


@dataclass(frozen=True)
class DimensionsPerFeature:
    """D* = m/‖W‖²_F and the gain per dimension, trained and by three predictions.

    `shapes` has the best polytope at each density, `limits` the Gaussian mean field (n, m → ∞) and
    `codes` the best random code for these n and m; both are None at density 1, where interference
    is never clipped and every projection is as good.
    """

    inverse_density: Array
    run: Run
    shapes: tuple[IdealSolution, ...]
    limits: tuple[MeanField | None, ...]
    codes: tuple[MeanField | None, ...]

    @property
    def dimensions_per_feature(self) -> Array:
        return self.run.W.shape[-1] / (self.run.W**2).sum(axis=(1, 2))

    @property
    def gain_per_dimension(self) -> Array:
        """What the trained models save of the variance of all features, in variances and per m."""
        features = self.run.features
        saved = features.variance.sum(axis=-1) - self.run.loss
        return saved / features.variance[:, 0] / self.run.W.shape[-1]


def dimensions_per_feature(
    *,
    n_features: int = 400,
    n_hidden: int = 30,
    inverse_densities: Sequence[float] = INVERSE_DENSITIES,
    restarts: int = 1,
    seed: int = 0,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> DimensionsPerFeature:
    """Train equal features, beside the best polytope and the codes without structure.

    The sizes are the paper's.

    Reference: Elhage et al. 2022, section 5 (the figure of D*).
    """
    inverse = np.asarray(inverse_densities, np.float64)
    run = fit(
        ReluOutputModel(n_features, n_hidden),
        FeatureDistribution(n_features, 1 / inverse[:, None]), search="quick",
        restarts=restarts, seed=seed, threads=threads, progress=progress,
    )  # fmt: skip
    sparse = [1 / x if x > 1 else None for x in inverse]
    return DimensionsPerFeature(
        inverse_density=inverse,
        run=run,
        shapes=tuple(best_shape(1 / x) for x in inverse),
        limits=tuple(p and mean_field(p) for p in sparse),
        codes=tuple(p and random_code(p, n_features, n_hidden) for p in sparse),
    )


def best_shape(density: float) -> IdealSolution:
    """The shape of the largest gain per dimension, of SHAPES."""
    return max((ideal(name, density) for name in SHAPES), key=lambda one: one.gain_per_dimension)


def shape_dimensions_per_feature(shape: IdealSolution) -> float:
    """D* of copies of a shape: its dimensions over the squared length of its features.

    >>> round(shape_dimensions_per_feature(ideal("digon", 0.1)), 2)
    0.49
    """
    return shape.W.shape[1] / float((shape.W**2).sum())
