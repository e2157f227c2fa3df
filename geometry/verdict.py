"""What an identification says: components with names, and what is not represented."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from math import isnan, nan
from typing import Any


@dataclass(frozen=True)
class Component:
    """One tegum factor of a weight matrix.

    Attributes
    ----------
    features : the indices of its features, ascending
    name, symbol : of the template it was recognised as; "unknown" and "" when of none
    dimension : the dimension of the template, or for an unknown the number of directions in which
        it reaches further than noise of the tolerance of a name would
    group_order : the order of the template's symmetry group; 1 for an unknown
    rmsd : root mean square displacement of its unit directions from the vertices of the template
        after the best rotation and reflection, relative to unit length. For an unknown that of the
        nearest template with as many vertices, NaN when there is none
    confidence : posterior probability of the name among the templates of this size and random
        directions; of a dedicated feature the share of its squared overlaps that is its own;
        0 for an unknown, which claims no name
    nearest : up to three templates with as many vertices and their rmsd, best first
    matching : for each feature the index of its vertex in the template; empty for an unknown
    dimensionality : mean D_i of its features
    parameters : of a family, the names and fitted values of its free parameters
    p_value : how often noise as the other named parts have it leaves a residual as large as this;
        NaN for an unknown and a dedicated feature
    statistics : empty unless there are more than 400 features. Of what is named inside an entangled
        whole its leakage, the share of the squared overlaps that falls on features outside, and
        its gap, the ratio of its weakest link inside to the strongest out of it; of what is unknown
        its leakage, the tightness of its directions, and quantiles of the largest |cosine| of each
        of its features
    """

    features: tuple[int, ...]
    name: str
    symbol: str
    dimension: int
    group_order: int
    rmsd: float
    confidence: float
    nearest: tuple[tuple[str, float], ...]
    matching: tuple[int, ...]
    dimensionality: float
    parameters: tuple[tuple[str, float], ...] = ()
    statistics: tuple[tuple[str, float], ...] = ()
    p_value: float = nan

    def to_dict(self) -> dict[str, Any]:
        """Every attribute as JSON has it: lists for tuples, None for NaN."""
        fields = asdict(self)
        fields["features"], fields["matching"] = list(self.features), list(self.matching)
        fields["nearest"] = [{"name": name, "rmsd": rmsd} for name, rmsd in self.nearest]
        fields["parameters"] = dict(self.parameters)
        fields["statistics"] = dict(self.statistics)
        for name in ("rmsd", "p_value"):
            fields[name] = None if isnan(fields[name]) else fields[name]
        return fields


@dataclass(frozen=True)
class Identification:
    """The tegum factors of one weight matrix.

    Attributes
    ----------
    n_features : number of rows
    components : ordered by their first feature; together with `not_represented` they hold every
        feature once
    not_represented : features whose norm is too small
    sum_dimensionality : sum of D_i over all rows, at most the rank
    product : the name of the tegum product that the components are together, when they are exactly
        its factors and mutually orthogonal, else None
    noise : root mean square displacement of unit features that the residuals of the named parts
        show together, NaN when there are none
    """

    n_features: int
    components: tuple[Component, ...]
    not_represented: tuple[int, ...]
    sum_dimensionality: float
    product: str | None = None
    noise: float = nan

    @property
    def names(self) -> tuple[str, ...]:
        """For every feature the name of its component, or "not represented"."""
        found = {i: part.name for part in self.components for i in part.features}
        return tuple(found.get(i, "not represented") for i in range(self.n_features))

    def summary(self) -> str:
        """The verdict in one line, largest shapes first: "1 pentagon, 2 digons, 1 dedicated"."""
        ordered = sorted(self.components, key=lambda part: (-len(part.features), part.name))
        counts = Counter(part.name for part in ordered if part.name != "unknown")
        phrases = [_count(number, name) for name, number in counts.items()]
        sizes = Counter(len(part.features) for part in ordered if part.name == "unknown")
        for size, number in sizes.items():
            unknown = "unknown" if number == 1 else f"{number} unknowns"
            phrases.append(f"{unknown} of {size} feature{'s' if size > 1 else ''}")
        if self.not_represented:
            phrases.append(f"{len(self.not_represented)} not represented")
        return ", ".join(phrases)

    def records(self) -> list[dict[str, Any]]:
        """One flat dict per component, ready for a table; the nearest name stands for them all."""
        return [
            {
                "component": index,
                "name": part.name,
                "symbol": part.symbol,
                "n_features": len(part.features),
                "features": " ".join(map(str, part.features)),
                "dimension": part.dimension,
                "group_order": part.group_order,
                "rmsd": part.to_dict()["rmsd"],
                "confidence": part.confidence,
                "p_value": part.to_dict()["p_value"],
                "dimensionality": part.dimensionality,
                "nearest": part.nearest[0][0] if part.nearest else None,
            }
            for index, part in enumerate(self.components)
        ]

    def to_dict(self) -> dict[str, Any]:
        """The whole verdict as JSON has it."""
        return {
            "n_features": self.n_features,
            "components": [part.to_dict() for part in self.components],
            "not_represented": list(self.not_represented),
            "sum_dimensionality": self.sum_dimensionality,
            "product": self.product,
            "noise": None if isnan(self.noise) else self.noise,
            "summary": self.summary(),
        }


def _count(number: int, name: str) -> str:
    """The number and name of components, in the plural where it is due.

    >>> _count(2, "digon"), _count(1, "cube"), _count(3, "dedicated"), _count(2, "octahedron")
    ('2 digons', '1 cube', '3 dedicated', '2 octahedra')
    """
    if number == 1 or name == "dedicated":
        return f"{number} {name}"
    if name.endswith("hedron"):
        return f"{number} {name[:-2]}a"
    return f"{number} {name}{'es' if name.endswith('x') else 's'}"
