"""What an ideal polytope costs: its best scale, biases and free parameters at a density."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from geometry import dimensionality, template
from geometry.arguments import real
from theory.features import Array
from theory.shapes.best_fit import Parameters, best_fit

LEAST = 1e-12  # density
NOT_REPRESENTED = "not represented"


@dataclass(frozen=True)
class IdealSolution:
    """The best that a template can do.

    Attributes
    ----------
    name, density : the template and 1 − S
    loss_per_feature : l, the mean over the features
    scale, bias : the norm and the bias of a feature, means where a shape has several orbits
    gain_per_dimension : (k/d)(1 − l/v), how many features' variance v a hidden dimension saves when
        its k features in d dimensions cost l each
    parameters : the free parameters of a family, and their values
    scales, biases, losses : of every orbit of vertices, in the template's order of orbits
    """

    name: str
    density: float
    loss_per_feature: float
    scale: float
    bias: float
    gain_per_dimension: float
    parameters: Parameters = ()
    scales: tuple[float, ...] = ()
    biases: tuple[float, ...] = ()
    losses: tuple[float, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether every orbit is at least half as long as the longest.

        If not, fewer features are represented than the shape has vertices: it is another shape.
        """
        return min(self.scales) > max(self.scales) / 2

    @property
    def W(self) -> Array:
        """The weights (k, d): every vertex times the norm of its orbit."""
        if self.name == NOT_REPRESENTED:
            return np.zeros((1, 0))
        shape = template(self.name)
        norms = np.array(self.scales)[list(shape.orbits)]
        return norms[:, None] * shape.at(**dict(self.parameters))

    @property
    def b(self) -> Array:
        """The biases (k,)."""
        if self.name == NOT_REPRESENTED:
            return np.array(self.biases)
        return np.array(self.biases)[list(template(self.name).orbits)]

    @property
    def dimensionality(self) -> tuple[float, ...]:
        """The predicted D of every orbit of features, 0 for one whose norm is 0.

        >>> [round(D, 4) for D in ideal("pentagon", 0.05).dimensionality]
        [0.4]
        """
        if self.name == NOT_REPRESENTED:
            return (0.0,)
        orbits = template(self.name).orbits
        D = dimensionality(self.W)
        return tuple(float(D[orbits.index(o)]) for o in range(max(orbits) + 1))


def ideal(name: str, density: float) -> IdealSolution:
    """The least exact loss of a shape at a density, over its norms, biases and free parameters.

        l = min_{s, b, h}  (1/k) L(s V(h), b),   V (k, d) the template's unit vectors

    for independent uniform features of equal importance 1. Vertices that are alike have the same
    norm and the same bias. The loss is that of the reference engine, to 1e-11. "not represented"
    is a feature that is left out: its loss is its variance v = p/3 − p²/4. Products are refused:
    their factors do not interfere, so ask for those. Raises ValueError for a density outside
    (0, 1], an unknown name or a product.

    >>> digon = ideal("digon", 0.1)
    >>> digon.loss_per_feature < 0.1**2 / 6, round(digon.scale, 2)
    (True, 1.01)

    Reference: losses as in Elhage et al. 2022, section 2; digon at b = 0 in closed form:
    p² (32 − 25p) / (48 (4 − 3p)) at squared norm (8 − 5p) / (2 (4 − 3p)).
    """
    p = real("density", density)
    if not LEAST <= p <= 1:
        raise ValueError(
            f"expected a density 1 − S in (0, 1], from {LEAST:g} on, got {density}; the loss of "
            "sparser features has no digits left"
        )
    absent = isinstance(name, str) and name == NOT_REPRESENTED
    return _ideal(NOT_REPRESENTED if absent else template(name).name, p)


@lru_cache(maxsize=2**16)
def _ideal(name: str, density: float) -> IdealSolution:
    variance = density / 3 - density**2 / 4
    if name == NOT_REPRESENTED:
        mean = density / 2
        return IdealSolution(
            name, density, variance, 0.0, mean, 0.0, (), (0.0,), (mean,), (variance,)
        )
    shape = template(name)
    k, d = shape.vertices.shape
    best = best_fit(shape, np.full(k, density), np.ones(k))
    loss = best.loss / k
    norms = np.linalg.norm(best.W, axis=1)
    firsts = [shape.orbits.index(orbit) for orbit in range(max(shape.orbits) + 1)]
    return IdealSolution(
        name=name,
        density=density,
        loss_per_feature=loss,
        scale=float(norms.mean()),
        bias=float(best.b.mean()),
        gain_per_dimension=(k / d) * (1 - loss / variance),
        parameters=best.parameters,
        scales=tuple(map(float, norms[firsts])),
        biases=tuple(map(float, best.b[firsts])),
        losses=tuple(map(float, best.losses[firsts])),
    )
