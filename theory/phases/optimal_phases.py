"""Phase diagrams of one feature more than dimensions, from exactly optimised losses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import permutations, product

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize

from geometry.arguments import real_array, shown, whole
from theory.features import Array
from theory.loss.fourier_series import workspace
from theory.loss.model_loss import model_loss
from theory.loss.row_loss import FINE

SILENT = 0.02  # a norm below it: the feature is not represented at all
SAME = 1e-6  # relative difference of the losses of one minimum reached twice
JUMP = 0.1  # in an entry of W Wᵀ between neighbours; half of it has to remain at the end of
HALVINGS = 12  # of the way between them
NUDGE = 3e-3  # so that no descent ends on a saddle by the symmetry of its start
PRESENT = -1  # of `OptimalPhases.ignored`: no feature is
# Directions that a start leaves out, for the first feature, the second (or none) and the extra one:
# the candidates of the paper, (1, 1, 1), and weak superposition of either sign
_DIRECTIONS = (
    (0, 0, 1), (1, 0, 0), (1, 0, 1), (1, 1, 0), (1, 1, 1),
    (0.3, 0, 1), (1, 0, 0.3), (1, 0.3, 0), (-0.3, 0, 1), (1, 0, -0.3), (0.2, 0.2, 1), (1, 1, 0.3),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class OptimalPhases:
    """The ground state on a grid of densities (p,) and relative importances (r,).

    W (p, r, n, m), b (p, r, n) and loss (p, r) are the global minimum. `ignored` (p, r) is the
    feature that is not represented, or PRESENT. `minima` counts the distinct local minima: where
    there are two or more, all but one are metastable.

    Between neighbours on the grid the ground state may jump: `first_order` (k, 2) are these points
    (density, relative importance), to 1/4096 of the way. `continuous` (k, 2) are those where
    `ignored` changes and W does not jump. The grid has to be fine enough for W to move by less
    than .1 from point to point elsewhere.
    """

    density: Array
    relative_importance: Array
    W: Array
    b: Array
    loss: Array
    minima: NDArray[np.intp]
    ignored: NDArray[np.intp]
    first_order: Array
    continuous: Array

    @property
    def norm(self) -> Array:
        """‖W_extra‖, (p, r)."""
        return np.linalg.norm(self.W[..., -1, :], axis=-1)

    @property
    def superposition(self) -> Array:
        """Σ_j (Ŵ_extra · W_j)², (p, r); 0 where the extra feature is not represented."""
        overlaps = np.einsum("...m,...jm->...j", self.W[..., -1, :], self.W[..., :-1, :])
        norm = self.norm
        return np.divide(
            (overlaps**2).sum(axis=-1), norm**2, out=np.zeros_like(norm), where=norm > SILENT
        )


def optimal_phases(
    n_hidden: int,
    density: ArrayLike,
    relative_importance: ArrayLike,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> OptimalPhases:
    """The least exact loss of n = m + 1 features over W and b, on a grid, and how it changes.

        L*(p, r) = min_{W, b} Σ_i I_i E (x_i − ReLU(Σ_j (W Wᵀ)_ij x_j + b_i))²,   I = (1, …, 1, r)

    Every point is descended from a dozen starts, those that are orthogonal to the directions of
    the paper's candidates among them, and from the minima of its neighbours until nothing new is
    found. density (p,) and relative_importance (r,) in ascending order, n_hidden 1 or 2; raises
    ValueError otherwise. At density 1 features of equal importance leave W undetermined.

    >>> grid = optimal_phases(1, [0.3, 0.7], [0.5])
    >>> grid.ignored[:, 0].tolist()  # in superposition, then not represented: feature 1
    [-1, 1]
    >>> grid.first_order.round(2).tolist()
    [[0.48, 0.5]]

    Reference: Elhage et al. 2022, section 4; footnote 13 (a phase change is a discontinuity).
    """
    p, r = _axis("density", density), _axis("relative_importance", relative_importance)
    if not p[-1] <= 1:
        raise ValueError(f"expected every density 1 − S in (0, 1], got {p[-1]:g}")
    n_hidden = whole("n_hidden", n_hidden, 1)
    if n_hidden > 2:
        raise ValueError(f"expected n_hidden 1 or 2 with one feature more, got {n_hidden}")
    cells = {
        (i, j): _Cell(float(p[i]), float(r[j]), n_hidden)
        for i, j in product(range(len(p)), range(len(r)))
    }
    for done, cell in enumerate(cells.values(), 1):
        for direction in _DIRECTIONS:
            if n_hidden == 2 or not direction[1]:
                cell.descend(_orthogonal_to(direction, n_hidden, cell.density))
        if progress:
            progress(done, len(cells))
    _spread(cells)
    first_order, continuous = _transitions(cells)
    n = n_hidden + 1

    def field(value: Callable[[_Cell], ArrayLike], *tail: int) -> Array:
        flat = np.array([value(cell) for cell in cells.values()])
        return flat.reshape(len(p), len(r), *tail)

    return OptimalPhases(
        density=p,
        relative_importance=r,
        W=field(lambda cell: cell.ground.x[: n * n_hidden], n, n_hidden),
        b=field(lambda cell: cell.ground.x[n * n_hidden :], n),
        loss=field(lambda cell: cell.ground.loss),
        minima=field(lambda cell: len(cell.minima)),  # type: ignore[arg-type]
        ignored=field(lambda cell: cell.ignored),  # type: ignore[arg-type]
        first_order=first_order,
        continuous=continuous,
    )


@dataclass(frozen=True, eq=False)
class _Minimum:
    x: Array
    loss: float


class _Cell:
    """One point of the grid and the distinct minima that are known there, the lowest first."""

    def __init__(self, density: float, importance: float, n_hidden: int) -> None:
        self.density, self.shape = density, (n_hidden + 1, n_hidden)
        self.importance = np.append(np.ones(n_hidden), importance)
        self.minima: list[_Minimum] = []
        n = n_hidden + 1
        self._densities = np.full(n, density)
        self._scratch = workspace(n), np.empty((n, n))
        self._unit = 1 / (self.importance.sum() * (density / 3 - density**2 / 4))
        self._nudge = NUDGE * np.random.default_rng(0).standard_normal(n * n_hidden + n)

    @property
    def ground(self) -> _Minimum:
        return self.minima[0]

    @property
    def ground_weights(self) -> Array:
        return self.ground.x[: -self.shape[0]].reshape(self.shape)

    @property
    def ignored(self) -> int:
        norms = np.linalg.norm(self.ground_weights, axis=1)
        return int(norms.argmin()) if norms.min() < SILENT else PRESENT

    def descend(self, start: Array) -> _Minimum | None:
        """Descend from a start; the minimum below it if it is a new one."""
        x, loss = self._below(start + self._nudge)
        if self._is_known(loss):
            return None
        # a saddle between two sides of a kink is left by one nudge and not by another
        x, loss = min((self._below(x + side * self._nudge) for side in (1, -1)), key=lambda e: e[1])
        n, m = self.shape
        silent = np.linalg.norm(x[: n * m].reshape(n, m), axis=1) < SILENT
        # an output that never fires is a plateau, and no minimum
        if self._is_known(loss) or (silent & (x[n * m :] < 0)).any():
            return None
        minimum = _Minimum(x, loss)
        self.minima = sorted([*self.minima, minimum], key=lambda entry: entry.loss)
        return minimum

    def _is_known(self, loss: float) -> bool:
        return any(abs(known.loss - loss) <= SAME * loss for known in self.minima)

    def _below(self, start: Array) -> tuple[Array, float]:
        n, m = self.shape
        scratch, dG = self._scratch
        dW, db = np.empty((n, m)), np.empty(n)

        def scaled(x: Array) -> tuple[float, Array]:
            value = model_loss(
                x[: n * m].reshape(n, m), x[n * m :], self._densities, self.importance, None, FINE,
                scratch, dG, dW, db,
            )  # fmt: skip
            return value * self._unit, np.concatenate([dW.ravel(), db]) * self._unit

        found = minimize(
            scaled, start, jac=True, method="L-BFGS-B",
            options={"ftol": 1e-14, "gtol": 1e-8, "maxiter": 1000},
        )  # fmt: skip
        return found.x, float(found.fun) / self._unit


def _spread(cells: dict[tuple[int, int], _Cell]) -> None:
    """Try every minimum in the neighbouring cells, and what is new there in theirs."""
    fresh = [(place, minimum) for place, cell in cells.items() for minimum in cell.minima]
    while fresh:
        place, minimum = fresh.pop()
        for step in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            there = (place[0] + step[0], place[1] + step[1])
            if there in cells:
                reached = cells[there].descend(minimum.x)
                if reached is not None:
                    fresh.append((there, reached))


def _transitions(cells: dict[tuple[int, int], _Cell]) -> tuple[Array, Array]:
    """The points (p, r) between neighbours where the ground state jumps, and where it changes kind.

    What differs is halved in, in the logarithms of p and r: a jump stays as large as it is.
    """
    jumps, changes = [], []
    for (i, j), here in cells.items():
        for there in (cells.get((i + 1, j)), cells.get((i, j + 1))):
            if there is None or (here.ignored == there.ignored and _apart(here, there) < JUMP):
                continue
            jump = _halved(here, there, _apart)
            if _apart(*jump) > JUMP / 2:
                jumps.append(_place(jump[0]))
            if here.ignored != there.ignored:
                change = _halved(here, there, _ignore_others)
                if _apart(*change) <= JUMP / 2:
                    changes.append(_place(change[0]))
    return np.array(jumps).reshape(-1, 2), np.array(changes).reshape(-1, 2)


def _halved(
    one: _Cell, other: _Cell, difference: Callable[[_Cell, _Cell], float]
) -> tuple[_Cell, _Cell]:
    """Two cells close to each other, between which the larger part of the difference lies."""
    for _ in range(HALVINGS):
        density = float(np.sqrt(one.density * other.density))
        importance = float(np.sqrt(one.importance[-1] * other.importance[-1]))
        middle = _Cell(density, importance, one.shape[1])
        for minimum in (one.ground, other.ground):
            middle.descend(minimum.x)
        if difference(one, middle) > difference(middle, other):
            other = middle
        else:
            one = middle
    return one, other


def _place(cell: _Cell) -> tuple[float, float]:
    return cell.density, float(cell.importance[-1])


def _ignore_others(one: _Cell, other: _Cell) -> float:
    return float(one.ignored != other.ignored)


def _apart(one: _Cell, other: _Cell) -> float:
    """The largest difference in W Wᵀ, whichever way the equally important features are named."""
    m = one.shape[1]
    first, second = (W @ W.T for W in (one.ground_weights, other.ground_weights))
    orders = [[*order, m] for order in permutations(range(m))]
    return min(float(np.abs(first[np.ix_(o, o)] - second).max()) for o in orders)


def _orthogonal_to(direction: Sequence[float], n_hidden: int, density: float) -> Array:
    """W with orthonormal columns orthogonal to a direction, and the biases that fit its norms."""
    kept = np.array(direction if n_hidden == 2 else direction[::2], np.float64)
    W = np.linalg.svd(kept[None])[2][1:].T
    bias = (1 - (W**2).sum(axis=1)) * density / 2
    return np.concatenate([W.ravel(), bias])


def _axis(name: str, values: ArrayLike) -> Array:
    axis = np.atleast_1d(real_array(name, values))
    ascending = axis.ndim == 1 and axis.size
    if not ascending or not axis[0] > 0 or (np.diff(axis) <= 0).any():
        raise ValueError(
            f"expected {name} as positive numbers in ascending order, got {shown(values)}"
        )
    return axis
