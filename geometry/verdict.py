"""What an identification says: components with names, and what is not represented."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from math import isnan, nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geometry.couplings import Coupling
from geometry.description import Description, describe
from geometry.matching import Match
from geometry.measures import directions
from geometry.naming import Standard, name_part
from geometry.placement import Placement, place
from geometry.template import Template

_DESCRIBED = 300  # features whose symmetry takes less than half a second
_LISTED = 400  # features in one cell; readers of CSV stop at 131072 characters


@dataclass(frozen=True, eq=False)
class Grounds:
    """What a verdict was made from, for what is worked out only when it is asked for.

    Attributes
    ----------
    W : (n_features, n_hidden)
    templates : the shapes that could be found
    standard : what it took to be named
    """

    W: NDArray[np.float64]
    templates: tuple[Template, ...]
    standard: Standard


@dataclass(frozen=True)
class Component:
    """One tegum factor of a weight matrix.

    What takes longer than a name (`nearest`, `description`, `placement`, and the `group_order` of
    an unknown) is worked out when it is first asked for.

    Attributes
    ----------
    features : the indices of its features, ascending
    name, symbol : of the template it was recognised as; "unknown" and "" when of none
    dimension : the dimension of the template, or for an unknown the number of directions in which
        it reaches further than noise of the tolerance of a name would
    template : the one that it was recognised as, a family at its default parameters; None for an
        unknown
    rmsd : root mean square displacement of its unit directions from the vertices of the template
        after the best rotation and reflection, relative to unit length. For an unknown that of the
        nearest template with as many vertices, NaN when there is none
    confidence : posterior probability of the name among the templates of this size and random
        directions; of a dedicated feature the share of its squared overlaps that is its own;
        0 for an unknown, which claims no name
    candidates : the templates that were weighed for the name, and their rmsd, best first
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
    rmsd: float
    confidence: float
    candidates: tuple[tuple[str, float], ...]
    matching: tuple[int, ...]
    dimensionality: float
    parameters: tuple[tuple[str, float], ...] = ()
    statistics: tuple[tuple[str, float], ...] = ()
    p_value: float = nan
    template: Template | None = field(default=None, repr=False, compare=False)
    grounds: Grounds | None = field(default=None, repr=False, compare=False)

    @property
    def group_order(self) -> int:
        """The order of the symmetry group: of the template, or for an unknown the one found.

        1 for an unknown of more than 300 features, whose symmetry is not looked for.
        """
        if self.template is not None:
            return self.template.group_order
        return self.description.symmetry.order if self.description else 1

    @property
    def has_known_group(self) -> bool:
        """Whether `group_order` is that of a template or of a description."""
        return self.template is not None or self.description is not None

    @cached_property
    def nearest(self) -> tuple[tuple[str, float], ...]:
        """The three nearest templates with as many vertices and their rmsd, best first.

        Fewer where the catalogue has fewer.
        """
        if self.grounds is None or len(self.candidates) >= 3:
            return self.candidates[:3]
        same_size = [t for t in self.grounds.templates if len(t.vertices) == len(self.features)]
        if len(self.candidates) == len(same_size) or len(self.features) == 1:
            return self.candidates
        naming = name_part(directions(self._rows), same_size, self.grounds.standard, full=True)
        return tuple((c.template.name, c.match.rmsd) for c in naming.candidates[:3])

    @cached_property
    def description(self) -> Description | None:
        """Symmetry and frame of its directions; None beyond 300 features."""
        if self.grounds is None or len(self.features) > _DESCRIBED:
            return None
        return describe(directions(self._rows))

    @cached_property
    def placement(self) -> Placement | None:
        """How the template lies in hidden space, by directions and norms; None for an unknown."""
        if self.grounds is None or self.template is None:
            return None
        rows, size = self._rows, float(np.abs(self._rows).max())
        match = Match(np.array(self.matching), np.nan, dict(self.parameters))
        found = place(rows / size, self.template, match)  # squares of 1e200 overflow
        return replace(found, scale=found.scale * size)

    @property
    def _rows(self) -> NDArray[np.float64]:
        assert self.grounds is not None
        return self.grounds.W[list(self.features)]

    def to_dict(self, *, rotation: bool = True) -> dict[str, Any]:
        """Everything that is known, as JSON has it: lists for tuples, None for what is not.

        The description is given of an unknown only: of a named shape it is that of the template.

        Parameters
        ----------
        rotation : whether the placement says its rotation, as many numbers as the dimension of the
            template times that of hidden space
        """
        told = {f.name: getattr(self, f.name) for f in fields(self) if f.compare}
        del told["candidates"]
        return told | {
            "features": list(self.features),
            "group_order": self.group_order,
            "rmsd": None if isnan(self.rmsd) else self.rmsd,
            "p_value": None if isnan(self.p_value) else self.p_value,
            "nearest": [{"name": name, "rmsd": rmsd} for name, rmsd in self.nearest],
            "matching": list(self.matching),
            "parameters": dict(self.parameters),
            "statistics": dict(self.statistics),
            "placement": self.placement.to_dict(rotation=rotation) if self.placement else None,
            "description": None
            if self.template is not None or self.description is None
            else self.description.to_dict(),
        }


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
    couplings : the principal angles between components that are not orthogonal, as far as their
        cosine exceeds the rmsd that a name may have; parts of an entangled whole are left out
    noise : root mean square displacement of unit features that the residuals of the named parts
        show together, NaN when there are none
    """

    n_features: int
    components: tuple[Component, ...]
    not_represented: tuple[int, ...]
    sum_dimensionality: float
    product: str | None = None
    couplings: tuple[Coupling, ...] = ()
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
        phrases = [counted(number, name) for name, number in counts.items()]
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
                "features": listed(part.features),
                "dimension": part.dimension,
                "group_order": part.group_order,
                "rmsd": None if isnan(part.rmsd) else part.rmsd,
                "confidence": part.confidence,
                "p_value": None if isnan(part.p_value) else part.p_value,
                "dimensionality": part.dimensionality,
                "nearest": part.nearest[0][0] if part.nearest else None,
            }
            for index, part in enumerate(self.components)
        ]

    def kinds(self) -> list[dict[str, Any]]:
        """One flat dict per kind of component, largest first: how many, how large, how good.

        Unknowns of one size and group order are one kind. The nearest names are those of the
        component that is furthest from its own.
        """
        kinds: dict[tuple[str, int, int], list[Component]] = {}
        for part in self.components:
            kinds.setdefault((part.name, len(part.features), part.group_order), []).append(part)
        ordered = sorted(kinds.items(), key=lambda item: (-item[0][1], item[0]))
        return [_kind(parts) for _, parts in ordered]

    def to_dict(self, *, rotations: bool = True) -> dict[str, Any]:
        """The whole verdict as JSON has it; `rotations` as in `Component.to_dict`."""
        return {
            "n_features": self.n_features,
            "components": [part.to_dict(rotation=rotations) for part in self.components],
            "not_represented": list(self.not_represented),
            "sum_dimensionality": self.sum_dimensionality,
            "product": self.product,
            "couplings": [pair.to_dict() for pair in self.couplings],
            "noise": None if isnan(self.noise) else self.noise,
            "summary": self.summary(),
        }


def listed(features: tuple[int, ...]) -> str:
    """Features in one cell of a table: all of them up to 400, else the first few and the last.

    >>> listed((0, 3, 4))
    '0 3 4'
    """
    if len(features) > _LISTED:
        return f"{' '.join(map(str, features[:10]))} … {features[-1]}"
    return " ".join(map(str, features))


def _kind(parts: list[Component]) -> dict[str, Any]:
    rmsds = np.array([part.rmsd for part in parts])
    D = np.array([part.dimensionality for part in parts])
    furthest = parts[int(np.argmax(np.nan_to_num(rmsds, nan=-1.0)))]
    found = not np.isnan(rmsds).any()
    return {
        "count": len(parts),
        "name": furthest.name,
        "symbol": furthest.symbol,
        "n_features": len(furthest.features),
        "dimension": max(part.dimension for part in parts),
        "group_order": furthest.group_order if furthest.has_known_group else None,
        "dimensionality": float(D.mean()),
        "dimensionality_min": float(D.min()),
        "dimensionality_max": float(D.max()),
        "rmsd_median": float(np.median(rmsds)) if found else None,
        "rmsd_worst": float(rmsds.max()) if found else None,
        "confidence": float(np.median([part.confidence for part in parts])),
        "nearest": ", ".join(f"{name} {rmsd:.3f}" for name, rmsd in furthest.nearest) or None,
    }


def counted(number: int, name: str) -> str:
    """The number and name of components, in the plural where it is due.

    >>> counted(2, "digon"), counted(3, "dedicated"), counted(2, "octahedron"), counted(2, "2_21")
    ('2 digons', '3 dedicated', '2 octahedra', '2 × 2_21')
    """
    if name[-1].isdigit():
        return f"{number} × {name}"
    if number == 1 or name == "dedicated":
        return f"{number} {name}"
    if name.endswith("hedron"):
        return f"{number} {name[:-2]}a"
    return f"{number} {name}{'es' if name.endswith('x') else 's'}"
