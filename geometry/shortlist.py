"""How far a template must at least be from features, by what needs no correspondence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from geometry.correspondence import Target
from geometry.template import Template

Array = NDArray[np.float64]
_GRID = 7  # members of a family per free parameter


@dataclass(frozen=True, eq=False)
class _Shelf:
    """What the bounds need of every member of some templates.

    Attributes
    ----------
    lengths : (n, d), singular values of the vertices, longest first, d the largest dimension
    cosines : (n, k (k - 1) / 2), Gram entries, ascending
    slack : (n,), how far any vertices of a family may be from those of its nearest member
    starts : index of the first member of every template
    """

    lengths: Array
    cosines: Array
    slack: Array
    starts: NDArray[np.intp]


def least_rmsd(X: Array, templates: Sequence[Template]) -> Array:
    r"""Lower bounds of the root mean square distance between features and templates laid onto them.

    .. math:: \|X - T\|_F \ge \|\sigma(X) - \sigma(T)\|, \qquad
              \|X - T\|_F \ge \|X X^\top - T T^\top\|_F / (\sigma_1(X) + \sigma_1(T))

    for every order and rotation of T; singular values, and Gram entries in ascending order, are
    never further apart than the matrices themselves (Mirsky 1960; Hardy, Littlewood & Polya).
    Of a family the bound holds up to the curvature between two members of its grid.

    Parameters
    ----------
    X : (k, m)
    templates : of k vertices each

    Returns
    -------
    (len(templates),)
    """
    shelf = _shelf(tuple(templates))
    return np.minimum.reduceat(np.maximum(_bounds(X, shelf) - shelf.slack, 0), shelf.starts)


def members(X: Array, template: Template) -> list[tuple[dict[str, float], Target]]:
    """The members of a family on a grid of its parameters, those first that may be nearest."""
    choices = _members(template)
    if len(choices) == 1:
        return list(choices)
    order = np.argsort(_bounds(X, _shelf((template,))), kind="stable")
    return [choices[i] for i in order]


def _bounds(X: Array, shelf: _Shelf) -> Array:
    k = len(X)
    length = np.linalg.svd(X, compute_uv=False)
    n_common = max(len(length), shelf.lengths.shape[1])
    ours = np.pad(length, (0, n_common - len(length)))
    theirs = np.pad(shelf.lengths, ((0, 0), (0, n_common - shelf.lengths.shape[1])))
    by_length = ((ours - theirs) ** 2).sum(axis=1)
    cosines = np.sort((X @ X.T)[np.triu_indices(k, 1)])
    apart = 2 * ((cosines - shelf.cosines) ** 2).sum(axis=1)
    by_cosine = apart / (length[0] + shelf.lengths[:, 0]) ** 2
    return np.sqrt(np.maximum(by_length, by_cosine) / k)


@lru_cache(maxsize=256)
def _shelf(templates: tuple[Template, ...]) -> _Shelf:
    shapes = [[target for _, target in _members(t)] for t in templates]
    targets = [target for members in shapes for target in members]
    k, d = len(targets[0].vertices), max(t.dimension for t in templates)
    upper = np.triu_indices(k, 1)
    lengths = [np.linalg.svd(t.vertices, compute_uv=False) for t in targets]
    return _Shelf(
        np.array([np.pad(s, (0, d - len(s))) for s in lengths], dtype=np.float64),
        np.array([np.sort(t.gram[upper]) for t in targets]),
        np.concatenate(
            [np.full(len(s), _slack(t)) for t, s in zip(templates, shapes, strict=True)]
        ),
        np.cumsum([0, *(len(s) for s in shapes)])[:-1],
    )


def _slack(template: Template) -> float:
    """Half the largest steps between neighbours on the grid, one parameter after the other."""
    if not template.parameters:
        return 0.0
    grid = np.array([target.vertices for _, target in _members(template)])
    grid = grid.reshape((_GRID,) * len(template.parameters) + grid.shape[1:])
    steps = [np.diff(grid, axis=axis) for axis in range(len(template.parameters))]
    return sum(0.5 * float(np.sqrt((s**2).sum(axis=-1).mean(axis=-1).max())) for s in steps)


@lru_cache(maxsize=4096)
def _members(template: Template) -> tuple[tuple[dict[str, float], Target], ...]:
    names = [p.name for p in template.parameters]
    grids = [np.linspace(p.low, p.high, _GRID).tolist() for p in template.parameters]
    choices = [dict(zip(names, values, strict=True)) for values in product(*grids)]
    return tuple((choice, Target.of(template.at(**choice))) for choice in choices)
