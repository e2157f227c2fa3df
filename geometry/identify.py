"""Naming the geometry of a weight matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from math import nan

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geometry.arguments import real, shown
from geometry.catalogue import catalogue, product_name
from geometry.couplings import couplings
from geometry.large import MOST_AT_ONCE, Statistics, partition_large
from geometry.measures import dimensionality, directions, gram, row_blocks
from geometry.naming import ROUNDING, Naming, Standard
from geometry.neighbours import Progress
from geometry.noise import Noise, Residual, misfit_p_value
from geometry.partition import partition
from geometry.split import Part
from geometry.template import Template
from geometry.verdict import Component, Grounds, Identification
from geometry.weights import checked_weights

_LARGEST = 1e6  # tolerance: whatever is looser allows everything


def identify(
    W: ArrayLike,
    *,
    represented: float = 0.5,
    max_rmsd: float = Standard.max_rmsd,
    max_leakage: float = Standard.max_leakage,
    min_confidence: float = Standard.min_confidence,
    clearance: float = Standard.clearance,
    entangled: float = Standard.entangled,
    max_shared: float = Standard.max_shared,
    min_dedicated: float = Standard.min_dedicated,
    templates: Sequence[Template] | None = None,
    progress: Progress | None = None,
) -> Identification:
    r"""Which tegum factors a weight matrix has, and which shape each of them is.

    .. math:: \hat W_i = T^{(c)}_{\pi(i)} R_c + \text{noise}, \qquad R_c R_{c'}^\top \approx 0

    Every part c is a template T laid into hidden space by an orthonormal frame R, and the frames of
    different parts are nearly orthogonal. Naming looks at directions alone: norms differ inside one
    shape with the importance of its features. A part earns the name that explains its directions
    best, as long as it is close, sure, clear of every other name, and apart from the other
    features. What earns no name is reported whole, as unknown, with the nearest names.

    Of more than 400 represented features no two-by-two table is made: they are linked to their
    nearest neighbours, and groups of at most 400 that overlap with no others are named as above.
    Inside what stays entangled, as in an overcomplete dictionary, a part is named where it is
    locally regular: it looks like a template, its features are linked more strongly with each
    other than with any other, and overlaps no larger than unrelated features have count as none
    (the median of the largest |cosine|). Such a part is no tegum factor: its `statistics` say how
    far it leaks. What is left is unknown and described by its statistics.

    Parameters
    ----------
    W : (n_features, n_hidden), one matrix; rows are features
    represented : a feature is represented when its norm is larger than this, by more than 1e-9 of
        it. Trained norms gather near 1 and near 0. What equals one of the other limits as nearly
        as that meets it, so that no verdict hangs on last bits.
    max_rmsd : the largest root mean square displacement, relative to unit length, that a named part
        may have, unless the other parts of a model that is shapes for the most part are as noisy:
        then .25. Trained shapes are systematically off the ideal ones by .01 to .03, pentagons of
        unequal importance by up to .08; shapes of equal size differ by .3 or more from each other,
        and accidental fragments of entangled models were seen to come as near as .14.
    max_leakage : the largest share of the members' squared overlaps that may fall on features
        outside a named part, taken after hidden space is stretched half way to a tight frame, which
        forgives a lean of independent factors and not a part cut out of a larger shape. Two digons
        pass up to a cosine of .7; opposite corners of a cube, which are no digon, have .25.
    min_confidence : the smallest posterior probability of a name; two antipodal features in one
        hidden dimension reach no more than 2/3, because chance alone does it half the time
    clearance : by how much further off every other template must be, as a ratio of rmsd
    entangled : unknown features belong together when they overlap by a cosine above this, taken
        after hidden space is stretched most of the way to a tight frame: two features with nothing
        else beside them do from a cosine of .6 on
    max_shared : the largest share of an unknown's squared length that may lie in the subspace of a
        named part; beyond it the two are one unknown. A feature spread evenly over the subspaces of
        two or more parts leaves them their names.
    min_dedicated : the smallest D_i of a dedicated feature; unrepresented features that lean on it
        count. In a regular simplex D_i is (k - 1)/k, so that up to twelve features that share a
        debt evenly are not taken for dedicated ones.
    templates : the shapes that may be found, by default the whole catalogue
    progress : of more than 400 features, called with the number that was compared with all others,
        and that there are

    >>> verdict = identify([[1.0, 0.0], [-0.9, 0.0], [0.0, 1.0], [0.0, -1.1], [0.0, 0.1]])
    >>> verdict.summary(), verdict.product
    ('2 digons, 1 not represented', 'square')
    """
    array = checked_weights(W, ndim=(2,))
    represented = real("represented", represented)
    if not represented >= 0:
        raise ValueError(f"expected represented to be a norm ≥ 0, got {represented}")
    several = templates is None or isinstance(templates, Sequence)
    if not several or not all(isinstance(t, Template) for t in templates or ()):
        raise ValueError(f"expected templates to be a list of Template, got {shown(templates)}")
    D = dimensionality(array)
    # the largest entry is taken out first: squares of 1e200 overflow
    size = max(float(np.abs(array).max()), float(np.finfo(float).tiny))
    norms = np.empty(len(array))
    for block in row_blocks(*array.shape):
        norms[block] = np.linalg.norm(array[block] / size, axis=1)
    alive = (norms > represented / size * (1 + ROUNDING)) & (norms > 0)
    indices = np.flatnonzero(alive)
    U, lengths = directions(array if alive.all() else array[alive]), norms[alive]
    shapes = [
        t
        for t in (catalogue() if templates is None else templates)
        if not t.factors and t.dimension <= array.shape[1]
    ]
    standard = Standard(
        max_rmsd, min_confidence, clearance, max_leakage, entangled, max_shared, min_dedicated
    )
    for name, value in asdict(standard).items():
        if not 0 <= real(name, value) <= _LARGEST:
            raise ValueError(f"expected {name} to be a number from 0 to {_LARGEST:g}, got {value}")
    standard = standard.met_by_equals()
    shares = []
    if len(U) > MOST_AT_ONCE:
        shares = partition_large(U, lengths, D[alive], shapes, standard, progress)
    elif len(U):
        found = partition(U, lengths, D[alive], shapes, standard)
        shares = [(part, naming, ()) for part, naming in found]
    shares.sort(key=lambda share: share[0])
    grounds = Grounds(array, tuple(shapes), standard)
    components = tuple(
        _component(tuple(map(int, indices[list(part)])), naming, told, (U, part), D, grounds)
        for part, naming, told in shares
    )
    residuals = [_residual(naming, array.shape[1]) for _, naming, _ in shares]
    noise = Noise.of(r for r in residuals if r)
    components = tuple(
        replace(c, p_value=misfit_p_value(r, noise.without(r))) if r else c
        for c, r in zip(components, residuals, strict=True)
    )
    # what leaks out of an entangled whole is no factor: it leans on all that is around it
    frames = [
        np.empty((0, array.shape[1])) if told else _frame(U[list(part)], component.dimension)
        for (part, _, told), component in zip(shares, components, strict=True)
    ]
    coupled = couplings(frames, max_rmsd)
    product = product_name(tuple(c.name for c in components))
    return Identification(
        n_features=len(array),
        components=components,
        not_represented=tuple(map(int, np.flatnonzero(~alive))),
        sum_dimensionality=float(D.sum()),
        product=None if coupled else product,
        couplings=coupled,
        noise=noise.scale,
    )


def _residual(naming: Naming, n_hidden: int) -> Residual | None:
    """What the name of a part leaves of it, None where it has no name that is a shape."""
    chosen = naming.chosen
    if chosen is None or len(chosen.template.vertices) < 2:
        return None
    return Residual.of(chosen.match.squared_error, chosen.template, n_hidden)


def _component(
    features: tuple[int, ...],
    naming: Naming,
    statistics: Statistics,
    rows: tuple[NDArray[np.float64], Part],
    D: NDArray[np.float64],
    grounds: Grounds,
) -> Component:
    chosen = naming.chosen
    candidates = tuple((c.template.name, c.match.rmsd) for c in naming.candidates)
    shape = chosen.template if chosen else None
    return Component(
        features=features,
        name=shape.name if shape else "unknown",
        symbol=shape.symbol if shape else "",
        dimension=shape.dimension if shape else _dimension(*rows, grounds.standard.max_rmsd),
        rmsd=chosen.match.rmsd if chosen else candidates[0][1] if candidates else nan,
        confidence=naming.confidence if chosen else 0.0,
        candidates=candidates,
        matching=tuple(map(int, chosen.match.matching)) if chosen else (),
        dimensionality=float(D[list(features)].mean()),
        parameters=tuple(sorted(chosen.match.parameters.items())) if chosen else (),
        statistics=statistics,
        template=shape,
        grounds=grounds,
    )


def _dimension(U: NDArray[np.float64], part: Part, max_rmsd: float) -> int:
    """In how many directions k unit vectors reach further than noise of a name's tolerance.

    The eigenvalues of the frame operator of noise end at (sqrt k + sqrt m)^2 / m times its mean
    square (Marchenko and Pastur 1967).
    """
    k, m = len(part), U.shape[1]
    edge = max_rmsd**2 * (np.sqrt(k) + np.sqrt(m)) ** 2 / m
    return int((np.linalg.eigvalsh(gram(U, part)) > edge).sum())


def _frame(U: NDArray[np.float64], dimension: int) -> NDArray[np.float64]:
    """Orthonormal rows along the longest directions of a component."""
    return np.linalg.svd(U, full_matrices=False)[2][:dimension]
