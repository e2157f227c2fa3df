"""Features shared out among named parts, dedicated features and unknowns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import comb, log

import numpy as np
import scipy
from numpy.typing import NDArray

from geometry.matching import Match
from geometry.naming import Candidate, Naming, Standard, name_part
from geometry.noise import (
    Noise,
    Residual,
    excess_p_value,
    in_levels,
    misfit_p_value,
    noise_of_empty_directions,
    noise_of_lengths,
    noise_of_most,
    strain_p_values,
)
from geometry.split import Part, coherent, leverage_overlaps, overlaps, split, united
from geometry.template import Template

Array = NDArray[np.float64]
_DIGON = 2.0  # the squared length that an antipodal pair has along its axis
_LEAN = 0.5  # ten times what noise puts along an empty direction, half of what a feature does
_BLURRED = 0.25  # factors are told apart up to this rmsd, well beyond what earns a name alone
_WHOLE = 0.75  # share of the features in shapes that must agree before their noise excuses a blur
_TELLING = 40  # degrees of freedom that the noise of the other parts must be known with
_EXCUSED = 0.01  # p-value from which on the noise of the other parts explains a residual
_EXCESS = 0.001  # chance of taking noise for a systematic misfit
_EXPLAINED = 0.05  # p-value from which on one kind of noise alone explains a residual
_STRAINED = 0.005  # chance of calling any two parts of a model entangled that are independent


def partition(
    U: Array, lengths: Array, D: Array, templates: Sequence[Template], standard: Standard
) -> list[tuple[Part, Naming]]:
    """Disjoint parts that together hold every row of U once, each with the name it earned or none.

    Parts are chosen by the largest total evidence over the branches of three dendrograms, again
    and again on what is left, as long as something is. Noise may have blurred them beyond a name,
    but not beyond telling them apart. What stands like no shape is dedicated where it is nearly
    orthogonal to everything else, and unknown otherwise. Unknowns that overlap, blurred shapes
    among them, are one unknown, and so are an unknown and the named part whose subspace it lies in.

    Parameters
    ----------
    U : (n, m), unit rows
    lengths : (n,), their norms before, in any unit
    D : (n,), their dimensionalities, in which features that are not represented count as well
    templates : connected shapes of at most m dimensions
    standard : what it takes to be named, and to be a part
    """
    squares, leaning = overlaps(U), leverage_overlaps(U, ridge=_DIGON)
    levered = leverage_overlaps(U, ridge=_LEAN)
    together = levered > standard.entangled**2
    sizes: dict[int, list[Template]] = {}
    for t in templates:
        sizes.setdefault(len(t.vertices), []).append(t)
    namings: dict[Part, Naming] = {}
    blurred = replace(standard, max_rmsd=max(standard.max_rmsd, _BLURRED))

    def score(part: Part) -> float:
        """The evidence that a part is one factor, zero or less when it is none."""
        if (
            len(part) < 2
            or len(part) not in sizes
            or _leakage(leaning, part) > standard.max_leakage
        ):
            return 0.0
        same_size = sizes[len(part)]
        if part not in namings:
            # two shapes side by side are near many a larger one
            hanging = coherent(levered, part)
            namings[part] = name_part(U[list(part)], same_size if hanging else (), blurred)
        candidates = namings[part].candidates
        if not candidates:
            return 0.0
        # among many features a few stand like a shape by chance: every choice of them had its try
        tries = len(same_size) * comb(len(U), len(part))
        return max(c.evidence for c in candidates) - log(tries)

    shaped: list[Part] = []
    rest = list(range(len(U)))
    while found := _branches(U, squares, rest, score) or [
        part for part in _linked(together, rest) if score(part) > 0
    ]:
        shaped += found
        rest = sorted(set(rest).difference(*found))

    alone = [i for i in rest if 1 in sizes and D[i] >= standard.min_dedicated]
    residuals = {part: _residual(namings[part], U.shape[1]) for part in shaped}
    noise = Noise.of(residuals.values())
    orbits = {part: _orbits(part, namings[part]) for part in shaped}
    told = (
        noise_of_empty_directions(U),
        noise_of_lengths(lengths, [o for own in orbits.values() for o in own], U.shape[1]),
    )
    # shapes that are all bent alike are no noise, which shows elsewhere too
    blurs = any(n.degrees for n in told)
    whole = blurs and sum(map(len, shaped)) + len(alone) >= _WHOLE * len(U)
    named = []
    for part in shaped:
        others = noise.without(residuals[part])
        telling = whole and others.degrees >= _TELLING
        excused = telling and misfit_p_value(residuals[part], others) >= _EXCUSED
        tolerance = standard.max_rmsd if not excused else _BLURRED
        if not _earned(namings[part], tolerance) or in_levels(lengths, orbits[part]):
            continue
        of_most = _noise_of_most(U[list(part)], namings[part], residuals[part])
        if not (_exceeds(residuals[part], told) or _exceeds(residuals[part], [of_most])):
            named.append(part)
    for part in shaped:
        together[np.ix_(part, part)] = True
    held = {i for part in named for i in part}.union(alone)
    unknown = _linked(together, [i for i in range(len(U)) if i not in held])
    sure = Noise.of(residuals[part] for part in named)
    n_before = -1
    while n_before != len(named):  # the larger the unknown, the plainer what it is torn from
        n_before = len(named)
        named, unknown = _unstrained(U, named, unknown, sure)
    while crowded := _crowded(U, named, unknown, standard.max_shared):
        unknown = united([sum(map(named.__getitem__, parts), other) for other, parts in crowded])
        taken = {k for _, parts in crowded for k in parts}
        named = [part for k, part in enumerate(named) if k not in taken]

    shares = [(part, namings[part]) for part in named]
    for i in alone:
        only = Candidate(sizes[1][0], Match(np.zeros(1, dtype=np.intp), 0.0, {}), 0.0)
        shares.append(((i,), Naming((only,), only, float(D[i]))))
    for part in unknown:
        same_size = sizes.get(len(part), []) if len(part) > 1 else []
        naming = name_part(U[list(part)], same_size, standard, full=True)
        shares.append((part, Naming(naming.candidates, None, 0.0)))
    return shares


def _likeliest(naming: Naming) -> Candidate:
    return max(naming.candidates, key=lambda c: c.evidence)


def _residual(naming: Naming, n_hidden: int) -> Residual:
    """What the likeliest template leaves of a part."""
    best = _likeliest(naming)
    return Residual.of(best.match.squared_error, best.template, n_hidden)


def _orbits(part: Part, naming: Naming) -> list[NDArray[np.intp]]:
    """The features of a part that lie at vertices of one orbit of the likeliest template."""
    best = _likeliest(naming)
    orbit = np.array(best.template.orbits)[best.match.matching]
    return [np.array(part)[orbit == o] for o in np.unique(orbit)]


def _noise_of_most(X: Array, naming: Naming, residual: Residual) -> Noise:
    best = _likeliest(naming)
    return noise_of_most(
        X, best.template.at(**best.match.parameters)[best.match.matching], residual
    )


def _exceeds(residual: Residual, told: Sequence[Noise]) -> bool:
    """Whether a residual is larger than isotropic noise, as it shows elsewhere, would leave it.

    Features of unequal importance bend a shape as well as their lengths: what any one kind of noise
    explains is no excess.
    """
    together = Noise(sum(n.square for n in told), sum(n.degrees for n in told))
    if excess_p_value(residual, together) >= _EXCESS:
        return False
    return all(excess_p_value(residual, n) < _EXPLAINED for n in told if n.degrees)


def _earned(naming: Naming, max_rmsd: float) -> bool:
    """Whether a part earns its name at a tolerance of its own."""
    return naming.chosen is not None and naming.chosen.match.rmsd <= max_rmsd


def _unstrained(
    U: Array, named: list[Part], unknown: list[Part], noise: Noise
) -> tuple[list[Part], list[Part]]:
    """Parts entangled by more than noise made one unknown, as pieces of one shape are."""
    loose = [part for part in unknown if len(part) == 1]
    larger = [part for part in unknown if len(part) > 1]
    # a few features too many are no shape that others could be pieces of
    crowd = [sum(loose, ())] if len(loose) > sum(map(len, named)) else []
    parts = named + larger + crowd
    if len(parts) < 2:
        return named, unknown
    p = strain_p_values(U, parts, noise)
    count, label = scipy.sparse.csgraph.connected_components(
        p < _STRAINED / len(parts) ** 2, directed=False
    )
    groups = [np.flatnonzero(label == c).tolist() for c in range(count)]
    torn = [[parts[k] for k in group] for group in groups if len(group) > 1]
    gone = {i for group in torn for part in group for i in part}
    joined = [tuple(sorted(sum(group, ()))) for group in torn]
    joined += [part for part in unknown if gone.isdisjoint(part)]
    return [part for part in named if gone.isdisjoint(part)], joined


def _leakage(squares: Array, part: Part) -> float:
    """The share of the members' squared overlaps that falls on features outside the part."""
    rows = squares[list(part)]
    return float(1 - rows[:, list(part)].sum() / rows.sum())


def _crowded(
    U: Array, named: list[Part], unknown: list[Part], max_shared: float
) -> list[tuple[Part, list[int]]]:
    """Every unknown with the numbers of the named parts in whose span it lies, if any does."""
    if not named or not unknown:
        return []
    shares = np.array([_shared(U, part) for part in named])
    parts = [np.flatnonzero(shares[:, list(p)].mean(axis=1) > max_shared).tolist() for p in unknown]
    return list(zip(unknown, parts, strict=True)) if any(parts) else []


def _shared(U: Array, part: Part) -> Array:
    """The share of the squared length of every feature that lies in the span of a part."""
    _, s, frame = np.linalg.svd(U[list(part)], full_matrices=False)
    # Noise tilts every direction a little; an axis counts when the part really extends along it.
    frame = frame[s**2 > 0.1 * (s**2).max()]
    return ((U @ frame.T) ** 2).sum(axis=1)


def _branches(
    U: Array, squares: Array, rest: list[int], score: Callable[[Part], float]
) -> list[Part]:
    """The parts that stand like a shape among the branches of the dendrograms of what is left."""
    if len(rest) < 2:
        return []
    found = split(
        (
            squares[np.ix_(rest, rest)],
            leverage_overlaps(U[rest], ridge=_LEAN),
            leverage_overlaps(U[rest]),
        ),
        lambda part: score(tuple(rest[i] for i in part)),
    )
    return [tuple(rest[i] for i in part) for part in found]


def _linked(together: NDArray[np.bool_], rest: list[int]) -> list[Part]:
    """The connected components of what is left."""
    if not rest:
        return []
    count, label = scipy.sparse.csgraph.connected_components(
        together[np.ix_(rest, rest)], directed=False
    )
    return [tuple(i for i, of in zip(rest, label, strict=True) if of == c) for c in range(count)]
