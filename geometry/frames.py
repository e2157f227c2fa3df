"""What frame theory says of a weight matrix: its operator, its coherence, its algebra."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geometry.arguments import real, shown, whole
from geometry.measures import directions
from geometry.weights import checked_weights

Array = NDArray[np.float64]
_TILE = 2048  # rows of a tile of inner products: 32 MiB
_ALL_PAIRS = 2000  # features up to which all inner products are held at once
_EXACT = 2**20  # random weights whose sums of products over that many features stay exact


@dataclass(frozen=True, eq=False)
class FrameAnalysis:
    r"""A weight matrix as a frame of hidden space, with frame operator F = WᵀW.

    Attributes
    ----------
    n_features, n_hidden : the shape of W
    rank : of W, the dimension r of its span
    eigenvalues : the distinct nonzero eigenvalues of F, descending; infinite where a float cannot
        hold them, as the interference of such weights is
    multiplicities : how often each occurs; they sum to the rank
    measures : (n_features, distinct eigenvalues), the spectral measure of every feature: what share
        :math:`\|P_k W_i\|^2 / \|W_i\|^2` of its squared norm lies in each eigenspace. Rows sum to
        1, that of a zero feature to 0
    localisation : (n_features,), the squared mean over the mean square of the eigenvalue under the
        measure of a feature: 1 exactly when it lies in one eigenspace, 0 for a zero feature
    dimensionality, leverage : (n_features,), as the functions of that name; the first is the
        squared norm over the mean eigenvalue, the second times the mean reciprocal one, so that
        they are equal exactly when the feature lies in one eigenspace
    tightness : :math:`(\operatorname{tr} F)^2 / (r \operatorname{tr} F^2)`, 1 exactly when F is a
        multiple of the identity on its span (Benedetto & Fickus 2003)
    coherence : the largest absolute cosine between two features
    welch_ratio : the coherence over the smallest that n vectors in r dimensions can have,
        :math:`\sqrt{(n - r) / (r (n - 1))}` (Welch 1974); None where n = r and the bound is 0
    interference_sum : the sum of the squares of W_i · W_j over all ordered pairs i ≠ j
    interference_max : the largest absolute value of W_i · W_j, i ≠ j
    levels : the distinct cosines between features, ascending; None beyond 2000 features
    intersection_numbers : (s + 1, s + 1, s + 1) where the s levels are the relations of a symmetric
        association scheme: entry i, j, k counts the features in relation i to one and j to the
        other of any two in relation k, relation 0 being equality. None where they are not one
    restricted_isometry : for every sparsity asked for the largest distance from 1 of an eigenvalue
        of the Gram matrix of that many features (or all) at unit norm, among the choices tried: a
        lower bound to the restricted isometry constant
    """

    n_features: int
    n_hidden: int
    rank: int
    eigenvalues: Array
    multiplicities: NDArray[np.intp]
    measures: Array
    localisation: Array
    dimensionality: Array
    leverage: Array
    tightness: float
    coherence: float
    welch_ratio: float | None
    interference_sum: float
    interference_max: float
    levels: Array | None
    intersection_numbers: NDArray[np.intp] | None
    restricted_isometry: dict[int, float]

    @property
    def excess(self) -> Array:
        """Leverage − D of every feature: what it loses by leaning across eigenspaces."""
        return self.leverage - self.dimensionality

    @property
    def is_association_scheme(self) -> bool | None:
        """Whether the levels are an association scheme; None where they were not computed."""
        return None if self.levels is None else self.intersection_numbers is not None

    def records(self) -> list[dict[str, Any]]:
        """One flat dict per feature, ready for a table."""
        main = self.eigenvalues[self.measures.argmax(axis=1)]
        columns = {
            "dimensionality": self.dimensionality,
            "leverage": self.leverage,
            "excess": self.excess,
            "localisation": self.localisation,
            "main_eigenvalue": np.where(self.localisation > 0, main, 0.0),
            "main_share": self.measures.max(axis=1),
        }
        return [
            {"feature": i, **{name: float(column[i]) for name, column in columns.items()}}
            for i in range(self.n_features)
        ]

    def to_dict(self) -> dict[str, Any]:
        """The whole analysis as JSON has it: lists for arrays."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        plain = {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in found.items()}
        sparsities = {str(k): delta for k, delta in self.restricted_isometry.items()}
        return plain | {
            "restricted_isometry": sparsities,
            "is_association_scheme": self.is_association_scheme,
        }


def frame_analysis(
    W: ArrayLike,
    *,
    sparsities: tuple[int, ...] = (2, 3, 4),
    trials: int = 1000,
    seed: int = 0,
    rtol: float = 1e-6,
    resolution: float = 1e-3,
) -> FrameAnalysis:
    r"""The frame operator, the spectral measures, the coherence and the algebra of a weight matrix.

    .. math:: F = W^\top W = \sum_k \lambda_k P_k, \qquad
              \mu_i = \sum_k \frac{\|P_k W_i\|^2}{\|W_i\|^2} \, \delta_{\lambda_k}

    Nothing of size n × n is held for more than 2000 features, so 100 000 are possible; the largest
    inner product then is what takes time, n² m / 2 multiplications.

    Parameters
    ----------
    W : (n_features, n_hidden), not all zero. Zero rows are features that are not learned: they take
        no part in the coherence, the levels and the restricted isometry
    sparsities : of the restricted isometry constants (footnote 9 of the paper)
    trials : choices of features tried per sparsity
    seed : of those choices
    rtol : eigenvalues that differ by less than this share of themselves are one, singular values
        below this share of the largest are zero: weights polished in float64 agree to about 1e-6
    resolution : cosines closer than this to the next are one level: trained shapes agree to 1e-3

    Raises
    ------
    ValueError
        for a matrix of zeros, sparsities below 1 and fewer than one trial.

    >>> triangle = frame_analysis([[2.0, 0.0], [-1.0, 3**0.5], [-1.0, -(3**0.5)]])
    >>> triangle.eigenvalues.round(9), triangle.multiplicities, triangle.levels.round(9)
    (array([6.]), array([2]), array([-0.5]))
    >>> round(triangle.tightness, 9), round(triangle.welch_ratio, 9)
    (1.0, 1.0)

    References
    ----------
    Elhage et al. 2022, Toy Models of Superposition, footnotes 9 and 11. Waldron 2018, An
    Introduction to Finite Tight Frames. Ivanov et al. 2026, Spectral Superposition
    (arXiv:2602.02224). Bannai & Ito 1984, Algebraic Combinatorics I.
    """
    array = checked_weights(W, ndim=(2,))
    scale = np.abs(array).max()
    if scale == 0:
        raise ValueError(
            "expected W with a row that is not zero, got zeros only; the model has learned nothing"
        )
    n, m = array.shape
    V = array / scale
    learned = V.any(axis=1)
    U = directions(V[learned])
    if not np.iterable(sparsities):
        raise ValueError(f"expected a tuple of sparsities, got {shown(sparsities)}; (2,) for one")
    sparsities = tuple(whole("a sparsity, features active at once", k, 1) for k in sparsities)
    trials, seed = whole("trials, choices to try", trials, 1), whole("seed", seed, 0)
    rtol, resolution = real("rtol", rtol), real("resolution", resolution)
    if not (0 <= rtol < 1 and resolution >= 0):
        raise ValueError(f"expected 0 ≤ rtol < 1 and resolution ≥ 0, got {rtol} and {resolution}")
    values, multiplicities, energies = _spectrum(V, learned, rtol)
    norms = energies.sum(axis=1, keepdims=True)
    measures = np.divide(energies, norms, out=np.zeros_like(energies), where=norms > 0)
    mean, mean_square = measures @ values, measures @ values**2
    rank = int(multiplicities.sum())
    trace, potential = multiplicities @ values, multiplicities @ values**2
    coherence, largest = _largest_products(U, np.linalg.norm(V[learned], axis=1))
    welch = np.sqrt(max(len(U) - rank, 0) / (rank * max(len(U) - 1, 1)))
    levels, relations = _levels(U, resolution) if len(U) <= _ALL_PAIRS else (None, None)
    with np.errstate(over="ignore", under="ignore"):  # weights of 1e200 have no square in float64
        unit = np.float64(scale) ** 2
        return FrameAnalysis(
            n_features=n,
            n_hidden=m,
            rank=rank,
            eigenvalues=values * unit,
            multiplicities=multiplicities,
            measures=measures,
            localisation=_ratio(mean**2, mean_square),
            dimensionality=_ratio(norms[:, 0], mean),
            leverage=norms[:, 0] * (measures @ (1 / values)),
            tightness=float(trace**2 / (rank * potential)),
            coherence=coherence,
            welch_ratio=float(coherence / welch) if welch > 0 else None,
            interference_sum=_in_units(float(potential - (norms**2).sum()), unit**2),
            interference_max=_in_units(largest, unit),
            levels=levels,
            intersection_numbers=None if relations is None else _intersection_numbers(relations),
            restricted_isometry=_restricted_isometry(U, sparsities, trials, seed),
        )


def _in_units(value: float, unit: np.float64) -> float:
    """A value in units that may be infinite, where nothing is still nothing."""
    return float(value * unit) if value > 0 else 0.0


def _ratio(above: Array, below: Array) -> Array:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)


def _spectrum(
    V: Array, learned: NDArray[np.bool_], rtol: float
) -> tuple[Array, NDArray[np.intp], Array]:
    """Distinct eigenvalues of VᵀV, their multiplicities and the energy of every row in each."""
    left, s, _ = np.linalg.svd(V[learned], full_matrices=False)
    rank = int((s > rtol * s[0]).sum())
    squares = s[:rank] ** 2
    starts = np.append(0, np.flatnonzero(-np.diff(squares) > rtol * squares[:-1]) + 1)
    multiplicities = np.diff(np.append(starts, rank))
    energies = np.zeros((len(V), len(starts)))
    energies[learned] = np.add.reduceat((left * s)[:, :rank] ** 2, starts, axis=1)
    return np.add.reduceat(squares, starts) / multiplicities, multiplicities, energies


def _largest_products(U: Array, norms: Array) -> tuple[float, float]:
    """The largest absolute inner product of two unit rows, and of two rows of those norms."""
    cosine = product = 0.0
    starts = range(0, len(U), _TILE)
    for a in starts:
        for b in range(a, len(U), _TILE):
            tile = U[a : a + _TILE] @ U[b : b + _TILE].T
            if a == b:
                np.fill_diagonal(tile, 0.0)
            here = max(float(tile.max()), -float(tile.min()))
            cosine = max(cosine, here)
            left, right = norms[a : a + _TILE], norms[b : b + _TILE]
            if here * left.max() * right.max() > product:
                tile *= left[:, None]
                tile *= right
                product = max(product, float(tile.max()), -float(tile.min()))
    return min(cosine, 1.0), product


def _levels(U: Array, resolution: float) -> tuple[Array, NDArray[np.intp]]:
    """The distinct cosines of unit rows, and for every pair which one it has, counted from 1."""
    gram, upper = U @ U.T, np.triu_indices(len(U), 1)
    cosines = gram[upper]
    order = np.argsort(cosines, kind="stable")
    level = np.zeros(len(order), dtype=np.intp)
    level[order[1:]] = np.cumsum(np.diff(cosines[order]) > resolution)
    relations = np.zeros(gram.shape, dtype=np.intp)
    relations[upper] = level + 1
    count = np.bincount(level)
    return np.bincount(level, cosines) / np.maximum(count, 1), relations + relations.T


def _intersection_numbers(relations: NDArray[np.intp]) -> NDArray[np.intp] | None:
    """The intersection numbers of a partition of the pairs, or None if they are not constant.

    The relations are a scheme when every product of two of their adjacency matrices is constant on
    each relation. That holds for all products at once when it holds for one product of two random
    combinations, but for a chance of 1e-6 per trial (Schwartz & Zippel); arithmetic is exact.
    """
    n, size = len(relations), int(relations.max()) + 1
    if size > n:
        return None  # every relation has a neighbour for each feature
    first = np.unique(relations, return_index=True)[1]
    rng = np.random.default_rng(0)
    for _ in range(2):
        one, other = rng.integers(1, _EXACT, size=(2, size)).astype(np.float64)
        product = one[relations] @ other[relations]
        if not np.array_equal(product, product.ravel()[first][relations]):
            return None
    x, y = np.unravel_index(first, relations.shape)
    counts = [
        np.bincount(relations[i] * size + relations[j], minlength=size**2).reshape(size, size)
        for i, j in zip(x, y, strict=True)
    ]
    return np.stack(counts, axis=-1)


def _restricted_isometry(
    U: Array, sparsities: tuple[int, ...], trials: int, seed: int
) -> dict[int, float]:
    """How far the Gram matrix of k unit rows is from the identity, at worst among those tried."""
    rng = np.random.default_rng(seed)
    worst = {}
    for k in sparsities:
        size = min(k, len(U))
        chosen = [rng.choice(len(U), size, replace=False, shuffle=False) for _ in range(trials)]
        rows = U[np.array(chosen)]
        eigenvalues = np.linalg.eigvalsh(rows @ np.swapaxes(rows, 1, 2))
        worst[int(k)] = float(np.abs(eigenvalues - 1).max())
    return worst
