"""The names that one part could have, weighed against random directions and each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from geometry.evidence import log_bayes_factor
from geometry.matching import Match, fit
from geometry.shortlist import least_rmsd
from geometry.template import Template

_OUTDONE = 2.0  # a template this many times as far off has no evidence left
_ALIKE = 0.03  # below the distance of different shapes, as far as training goes
ROUNDING = 1e-9  # what is as near a limit as this meets it, however rounding fell


@dataclass(frozen=True, eq=False)
class Candidate:
    """A template laid onto a part, and the logarithm of its evidence against random directions."""

    template: Template
    match: Match
    evidence: float


@dataclass(frozen=True, eq=False)
class Naming:
    """The candidates for a part, nearest first, and the one that may give it its name.

    Attributes
    ----------
    candidates : the templates with as many vertices as the part has features that may be near
    chosen : the candidate with the largest evidence, when it passes every test, else None
    confidence : posterior probability of the best candidate among all of them and random directions
    """

    candidates: tuple[Candidate, ...]
    chosen: Candidate | None
    confidence: float


@dataclass(frozen=True)
class Standard:
    """What it takes to be a part and to be named: the arguments of `identify`."""

    max_rmsd: float = 0.12
    min_confidence: float = 0.5
    clearance: float = 1.25
    max_leakage: float = 0.2
    entangled: float = 0.25
    max_shared: float = 0.5
    min_dedicated: float = 0.92

    def met_by_equals(self) -> Standard:
        """The same with limits that what equals them meets, whatever its last bits are.

        A diagonal lies in the plane of either of two axes by exactly .5: its verdict must not turn
        with hidden space.
        """
        above, below = 1 + ROUNDING, 1 - ROUNDING
        return Standard(
            max_rmsd=self.max_rmsd * above,
            min_confidence=self.min_confidence * below,
            clearance=self.clearance * below,
            max_leakage=self.max_leakage * above,
            entangled=self.entangled * above,
            max_shared=self.max_shared * above,
            min_dedicated=self.min_dedicated * below,
        )


def name_part(
    U: NDArray[np.float64], templates: Sequence[Template], standard: Standard, *, full: bool = False
) -> Naming:
    """The candidates for k unit directions and the name they earn, if any.

    Parameters
    ----------
    U : (k, m), unit rows
    templates : all of k vertices and at most m dimensions
    standard : what it takes to be named
    full : match until the three nearest are known, also where a name is out of the question
    """
    bounds = least_rmsd(U, templates) if templates else np.empty(0)
    candidates: list[Candidate] = []
    for i in np.argsort(bounds, kind="stable"):
        reach = _reach(candidates, standard)
        if bounds[i] > (max(reach, _third(candidates)) if full else reach):
            break
        candidates.append(_candidate(U, templates[i], reach))
    if not candidates:
        return Naming((), None, 0.0)
    candidates.sort(key=lambda c: c.match.squared_error)
    best = max(candidates, key=lambda c: c.evidence)
    # Half of the prior for random directions, half shared evenly by the templates of this size.
    evidences = [c.evidence - np.log(len(templates)) for c in candidates]
    confidence = float(np.exp(max(evidences) - np.logaddexp.reduce([0.0, *evidences])))
    rival = min(
        (c.match.rmsd for c in candidates if _rivals(c.template, best.template)), default=np.inf
    )
    passes = (
        best.match.rmsd <= standard.max_rmsd
        and confidence >= standard.min_confidence
        and best.match.rmsd * standard.clearance <= rival
    )
    return Naming(tuple(candidates), best if passes else None, confidence)


def _rivals(other: Template, best: Template) -> bool:
    """Whether a template that comes as near as the best one makes its name doubtful."""
    # A family always comes as near as its members, and a member may be what it is fitted to.
    freer = len(other.parameters) > len(best.parameters)
    return other is not best and not freer and best.name not in other.families


def _reach(candidates: Sequence[Candidate], standard: Standard) -> float:
    """How near a further template must come to have a say in the name."""
    nearest = min((c.match.rmsd for c in candidates), default=np.inf)
    return min(standard.clearance * standard.max_rmsd, max(_OUTDONE * nearest, _ALIKE))


def _third(candidates: Sequence[Candidate]) -> float:
    """The distance of the third nearest."""
    return sorted([*(c.match.rmsd for c in candidates), *[np.inf] * 3])[2]


def _candidate(U: NDArray[np.float64], template: Template, reach: float) -> Candidate:
    match = fit(U, template, reach=reach)
    evidence = log_bayes_factor(
        match.squared_error,
        n_vertices=len(U),
        dimension=template.dimension,
        n_hidden=U.shape[1],
        group_order=template.group_order,
        parameter_lengths=_lengths(template),
    )
    return Candidate(template, match, evidence)


@cache
def _lengths(template: Template) -> tuple[float, ...]:
    """How far the vertices travel while each parameter runs through its range."""
    lengths = []
    for p in template.parameters:
        path = [template.at(**{p.name: float(v)}) for v in np.linspace(p.low, p.high, 9)]
        lengths.append(float(np.linalg.norm(np.diff(path, axis=0), axis=(1, 2)).sum()))
    return tuple(lengths)
