"""How a named shape lies in hidden space: turned, scaled, and how far from perfect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geometry.correspondence import rotation
from geometry.matching import Match
from geometry.template import Template
from geometry.weights import checked_weights


@dataclass(frozen=True, eq=False)
class Placement:
    """A template laid onto weights by a similarity about the origin.

    Attributes
    ----------
    correspondence : for every feature the index of its vertex
    rotation : (d, m), orthonormal rows, reflections included: ``scale * vertices[correspondence]
        @ rotation`` comes closest to the weights
    scale : the length of the vertices when they do
    rmsd : root mean square distance that is left, relative to the scale
    shape_measure : the squared distance that is left as a percentage of the squared length of the
        weights; 0 for the perfect shape, at most 100
    norm_spread : standard deviation of the norms of the features over their mean
    """

    correspondence: tuple[int, ...]
    rotation: NDArray[np.float64]
    scale: float
    rmsd: float
    shape_measure: float
    norm_spread: float

    def to_dict(self, *, rotation: bool = True) -> dict[str, Any]:
        """Every attribute as JSON has it: lists for tuples and arrays; None for what is left out.

        Parameters
        ----------
        rotation : whether its d x m numbers are wanted
        """
        return {
            "correspondence": list(self.correspondence),
            "rotation": self.rotation.tolist() if rotation else None,
            "scale": self.scale,
            "rmsd": self.rmsd,
            "shape_measure": self.shape_measure,
            "norm_spread": self.norm_spread,
        }


def place(W: ArrayLike, template: Template, match: Match) -> Placement:
    r"""The rotation and scale that bring a template closest to weights, and what remains.

    .. math:: S = 100 \min_{s, R} \sum_i \| W_i - s\, T_{\pi(i)} R \|^2 \Big/ \sum_i \| W_i \|^2

    This is the continuous shape measure about the origin, which takes the place of the centroid:
    zero weights are where all features of a model meet.

    Parameters
    ----------
    W : (k, m), the features of the part with their norms
    template, match : as `fit` laid the one onto the directions of the same features

    References
    ----------
    Pinsky & Avnir 1998, Inorganic Chemistry 37, 5575, equation 2.

    >>> from geometry import template
    >>> from geometry.matching import fit
    >>> triangle = template("triangle")
    >>> W = 3 * triangle.vertices[[2, 0, 1]]
    >>> found = place(W, triangle, fit(W / 3, triangle))
    >>> round(found.scale, 6), abs(round(found.shape_measure, 6)), abs(round(found.norm_spread, 6))
    (3.0, 0.0, 0.0)
    """
    array = checked_weights(W, ndim=(2,))
    T = template.at(**match.parameters)
    if array.shape[0] != len(T) or array.shape[1] < template.dimension:
        raise ValueError(
            f"expected W of shape ({len(T)}, {template.dimension} or more) for "
            f"{template.name!r}, got {array.shape}; give the features that were matched"
        )
    norms = np.linalg.norm(array, axis=1)
    if not norms.any():
        raise ValueError("expected W with a feature that is not zero, got zeros; leave them out")
    T = T[match.matching]
    R = rotation(array, T)
    scale = float((array * (T @ R)).sum() / (T**2).sum())
    left = float(((array - scale * T @ R) ** 2).sum())
    return Placement(
        correspondence=tuple(map(int, match.matching)),
        rotation=R,
        scale=scale,
        rmsd=float(np.sqrt(left / len(T)) / scale),
        shape_measure=100 * left / float((array**2).sum()),
        norm_spread=float(norms.std() / norms.mean()),
    )
