"""Naming the geometry of a weight matrix."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import nan

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geometry.catalogue import catalogue, product_name
from geometry.measures import dimensionality, directions
from geometry.naming import Naming, Standard
from geometry.partition import partition
from geometry.template import Template
from geometry.verdict import Component, Identification
from geometry.weights import checked_weights


def identify(
    W: ArrayLike,
    *,
    represented: float = 0.5,
    max_rmsd: float = 0.12,
    max_leakage: float = 0.2,
    min_confidence: float = 0.5,
    clearance: float = 1.25,
    entangled: float = 0.25,
    max_shared: float = 0.5,
    min_dedicated: float = 0.92,
    templates: Sequence[Template] | None = None,
) -> Identification:
    r"""Which tegum factors a weight matrix has, and which shape each of them is.

    .. math:: \hat W_i = T^{(c)}_{\pi(i)} R_c + \text{noise}, \qquad R_c R_{c'}^\top \approx 0

    Every part c is a template T laid into hidden space by an orthonormal frame R, and the frames of
    different parts are nearly orthogonal. Naming looks at directions alone: norms differ inside one
    shape with the importance of its features. A part earns the name that explains its directions
    best, as long as it is close, sure, clear of every other name, and apart from the other
    features. What earns no name is reported whole, as unknown, with the nearest names.

    Parameters
    ----------
    W : (n_features, n_hidden), one matrix; rows are features
    represented : a feature is represented when its norm is larger than this. Trained norms gather
        near 1 and near 0.
    max_rmsd : the largest root mean square displacement, relative to unit length, that a named part
        may have. Trained shapes are systematically off the ideal ones by .01 to .03, pentagons of
        unequal importance by up to .08; shapes of equal size differ by .3 or more from each other,
        and accidental fragments of entangled models were seen to come as near as .14.
    max_leakage : the largest share of the members' squared overlaps that may fall on features
        outside a named part, taken after hidden space is stretched half way to a tight frame, which
        forgives a lean of independent factors and not a part cut out of a larger shape. Two digons
        pass up to a cosine of .7; opposite corners of a cube, which are no digon, have .25.
    min_confidence : the smallest posterior probability of a name; two antipodal features in one
        hidden dimension reach no more than 2/3, because chance alone does it half the time
    clearance : by how much further off every other template must be, as a ratio of rmsd
    entangled : unknown features belong together when they overlap by a cosine above this, in hidden
        space as it is or stretched to a tight frame
    max_shared : the largest share of an unknown's squared length that may lie in the subspace of a
        named part; beyond it the two are one unknown. A feature spread evenly over the subspaces of
        two or more parts leaves them their names.
    min_dedicated : the smallest D_i of a dedicated feature; unrepresented features that lean on it
        count. In a regular simplex D_i is (k - 1)/k, so that up to twelve features that share a
        debt evenly are not taken for dedicated ones.
    templates : the shapes that may be found, by default the whole catalogue

    >>> verdict = identify([[1.0, 0.0], [-0.9, 0.0], [0.0, 1.0], [0.0, -1.1], [0.0, 0.1]])
    >>> verdict.summary(), verdict.product
    ('2 digons, 1 not represented', 'square')
    """
    array = checked_weights(W, ndim=(2,))
    if not represented >= 0:
        raise ValueError(f"expected represented to be a norm ≥ 0, got {represented}")
    D = dimensionality(array)
    # the largest entry is taken out first: squares of 1e200 overflow
    size = max(float(np.abs(array).max()), np.finfo(float).tiny)
    norms = np.linalg.norm(array / size, axis=1)
    alive = (norms > represented / size) & (norms > 0)
    indices = np.flatnonzero(alive)
    U = directions(array[alive])
    shapes = [
        t
        for t in (catalogue() if templates is None else templates)
        if not t.factors and t.dimension <= array.shape[1]
    ]
    shares = []
    if alive.any():
        shares = partition(
            U,
            D[alive],
            shapes,
            Standard(max_rmsd, min_confidence, clearance),
            max_leakage=max_leakage,
            entangled=entangled,
            max_shared=max_shared,
            min_dedicated=min_dedicated,
        )
    shares.sort(key=lambda share: share[0])
    components = tuple(
        _component(tuple(map(int, indices[list(part)])), naming, U[list(part)], D, max_rmsd)
        for part, naming in shares
    )
    spans = [U[list(part)] for part, _ in shares]
    product = product_name(tuple(c.name for c in components))
    return Identification(
        n_features=len(array),
        components=components,
        not_represented=tuple(map(int, np.flatnonzero(~alive))),
        sum_dimensionality=float(D.sum()),
        product=product if product and _tilt(components, spans) <= max_rmsd else None,
    )


def _component(
    features: tuple[int, ...],
    naming: Naming,
    U: NDArray[np.float64],
    D: NDArray[np.float64],
    max_rmsd: float,
) -> Component:
    chosen = naming.chosen
    nearest = tuple((c.template.name, c.match.rmsd) for c in naming.candidates[:3])
    shape = chosen.template if chosen else None
    return Component(
        features=features,
        name=shape.name if shape else "unknown",
        symbol=shape.symbol if shape else "",
        dimension=shape.dimension if shape else _dimension(U, max_rmsd),
        group_order=shape.group_order if shape else 1,
        rmsd=chosen.match.rmsd if chosen else nearest[0][1] if nearest else nan,
        confidence=naming.confidence if chosen else 0.0,
        nearest=nearest,
        matching=tuple(map(int, chosen.match.matching)) if chosen else (),
        dimensionality=float(D[list(features)].mean()),
        parameters=tuple(sorted(chosen.match.parameters.items())) if chosen else (),
    )


def _dimension(U: NDArray[np.float64], max_rmsd: float) -> int:
    """In how many directions k unit vectors reach further than a name's tolerance."""
    return int((np.linalg.svd(U, compute_uv=False) ** 2 > max_rmsd**2 * len(U)).sum())


def _tilt(components: tuple[Component, ...], spans: list[NDArray[np.float64]]) -> float:
    """The largest principal cosine between the spans of two components."""
    frames = []
    for span, part in zip(spans, components, strict=True):
        frames.append(np.linalg.svd(span, full_matrices=False)[2][: part.dimension])
    cosines = (np.linalg.norm(a @ b.T, 2) for a, b in combinations(frames, 2))
    return float(max(cosines, default=0.0))
