"""The names that one part could have, weighed against random directions and each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geometry.evidence import log_bayes_factor
from geometry.matching import Match, fit, prefilter
from geometry.template import Template


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
    candidates : templates with as many vertices as the part has features
    chosen : the candidate with the largest evidence, when it passes every test, else None
    confidence : posterior probability of the best candidate among all of them and random directions
    """

    candidates: tuple[Candidate, ...]
    chosen: Candidate | None
    confidence: float


@dataclass(frozen=True)
class Standard:
    """What it takes to be named; the arguments of `identify` of the same names."""

    max_rmsd: float
    min_confidence: float
    clearance: float


def name_part(
    U: NDArray[np.float64], templates: Sequence[Template], standard: Standard, *, full: bool = False
) -> Naming:
    """The candidates for k unit directions and the name they earn, if any.

    Parameters
    ----------
    U : (k, m), unit rows
    templates : all of k vertices and at most m dimensions
    standard : what it takes to be named
    full : match every template, also those whose Gram rows already rule out a name
    """
    k, m = U.shape
    # Sorted Gram rows differ by at most about twice the displacement of the vertices.
    near = [t for t in templates if full or prefilter(U, t) <= 2 * standard.max_rmsd]
    candidates = []
    for t in near:
        match = fit(U, t)
        evidence = log_bayes_factor(
            match.squared_error,
            n_vertices=k,
            dimension=t.dimension,
            n_hidden=m,
            group_order=t.group_order,
            parameter_lengths=_lengths(t, match),
        )
        candidates.append(Candidate(t, match, evidence))
    if not candidates:
        return Naming((), None, 0.0)
    candidates.sort(key=lambda c: c.match.squared_error)
    best = max(candidates, key=lambda c: c.evidence)
    # Half of the prior for random directions, half shared evenly by the templates of this size.
    evidences = [c.evidence - np.log(len(templates)) for c in candidates]
    confidence = float(np.exp(max(evidences) - np.logaddexp.reduce([0.0, *evidences])))
    # A family always comes as near as its members: only rivals no freer than the best count.
    rival = min(
        (
            c.match.rmsd
            for c in candidates
            if c is not best and len(c.template.parameters) <= len(best.template.parameters)
        ),
        default=np.inf,
    )
    passes = (
        best.match.rmsd <= standard.max_rmsd
        and confidence >= standard.min_confidence
        and best.match.rmsd * standard.clearance <= rival
    )
    return Naming(tuple(candidates), best if passes else None, confidence)


def _lengths(template: Template, match: Match) -> tuple[float, ...]:
    """How far the vertices travel while each parameter runs through its range."""
    lengths = []
    for p in template.parameters:
        steps = np.linspace(p.low, p.high, 9)
        path = [template.at(**(match.parameters | {p.name: float(v)})) for v in steps]
        lengths.append(float(np.linalg.norm(np.diff(path, axis=0), axis=(1, 2)).sum()))
    return tuple(lengths)
