"""The cheapest way to fill hidden space with ideal shapes, and what is below it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from geometry import Template, catalogue
from geometry.arguments import held, truth, whole
from geometry.verdict import counted
from theory.features import Array, FeatureDistribution, checked_features
from theory.shapes.ideal import IdealSolution, ideal
from theory.shapes.refined import refined

Record = dict[str, str | int | float]
Ideal = tuple[Template, IdealSolution]
Mixture = list[Ideal]  # with repetitions, the cheapest per feature first
_SAME = 1e-7  # of the loss: closer ends are one optimum
_TIE = 1e-12  # of what is at stake: a larger shape has to be better by this


@dataclass(frozen=True)
class PackedComponent:
    """One shape of a packing: its features, by vertex, the dimensions it takes and its cost."""

    name: str
    features: tuple[int, ...]
    dimension: int
    loss: float


@dataclass(frozen=True, eq=False)
class Packing:
    """Features shared out among ideal shapes in orthogonal subspaces, and as weights.

    Attributes
    ----------
    features : what was packed
    components : the shapes, the cheapest per feature and their more important features first
    not_represented : the features that are left out
    rigid_loss : what the ideal shapes cost as they are, with the features left out
    W, b : (n, m) and (n,), the packing as weights, after their descent where it was refined
    loss : the exact loss of W and b: rigid_loss, or less where they were refined
    """

    features: FeatureDistribution
    components: tuple[PackedComponent, ...]
    not_represented: tuple[int, ...]
    rigid_loss: float
    W: Array
    b: Array
    loss: float

    @property
    def gain_per_dimension(self) -> float:
        """(Σ I v − loss)/(m v): the features' variances, by importance, saved per dimension."""
        v = self.features.variance
        return float((self.features.importance @ v - self.loss) / (self.W.shape[1] * v[0]))

    def summary(self) -> str:
        """The mixture in one line, as `identify` says it: "1 pentagon, 2 digons"."""
        ordered = sorted(self.components, key=lambda part: (-len(part.features), part.name))
        counts = Counter(part.name for part in ordered)
        phrases = [counted(number, name) for name, number in counts.items()]
        if self.not_represented:
            phrases.append(f"{len(self.not_represented)} not represented")
        return ", ".join(phrases)

    def records(self) -> list[Record]:
        """One flat dict per component, one for the features left out and one for the total."""
        rows: list[Record] = [
            {
                "part": " ".join(map(str, part.features)),
                "name": part.name,
                "features": len(part.features),
                "dimension": part.dimension,
                "loss": part.loss,
            }
            for part in self.components
        ]
        n, m = self.W.shape
        if left := list(self.not_represented):
            cost = float((self.features.importance * self.features.variance)[left].sum())
            out = {"name": "not represented", "features": len(left), "dimension": 0, "loss": cost}
            rows.append({"part": " ".join(map(str, left)), **out})
        for part, loss in (("rigid", self.rigid_loss), ("total", self.loss)):
            whole = {"name": self.summary(), "features": n, "dimension": m, "loss": loss}
            rows.append({"part": part, **whole})
        return rows


def best_packing(features: FeatureDistribution, n_hidden: int, *, refine: bool = False) -> Packing:
    """The cheapest mixture of ideal shapes, dedicated features and ignored ones.

        min_{x, σ}  Σ_i I_i l_{σ(i)}   where   Σ_t d_t x_t ≤ m

    x_t shapes of k_t features in d_t dimensions each, over all connected shapes t of the catalogue;
    σ(i) is the shape that feature i is in, and to be in none costs the variance v. Shapes do not
    interfere, so the cheapest one takes the most important features: with shapes in order of their
    loss per feature, a dynamic programme over (features placed, dimensions used) is exact. (Where
    the vertices of a shape differ each is charged their mean; the important features then get the
    cheap ones.) No mixture of ideal shapes costs less, but weights may: norms that follow
    importances, features that are weakly represented.

    With `refine` the packed weights then descend freely, features left out included, and features
    change places where that pays. So do some mixtures that cost more as they are, and the one that
    ends lowest is returned, by the name of what it began as. For some dozens of features at most.

    n_hidden up to n_features. Raises ValueError for more, for densities that differ, for groups,
    exponential amplitudes, and features of several models.

    >>> packing = best_packing(FeatureDistribution(8, density=0.25), 3)
    >>> packing.summary(), packing.loss == packing.rigid_loss
    ('3 digons, 2 not represented', True)
    >>> important = FeatureDistribution(8, density=0.25, importance=0.7 ** np.arange(8))
    >>> best_packing(important, 3).summary()
    '2 digons, 1 dedicated, 3 not represented'
    """
    m, refine = _checked(features, n_hidden), truth("refine", refine)
    shapes = _shapes(features.n_features, m, float(features.density[0]))
    if not refine:
        return _packed(features, m, _cheapest(features, m, shapes))
    found = []
    for mixture in _rivals(features, m, shapes):
        rigid = _packed(features, m, mixture)
        parts = [part.features for part in rigid.components]
        W, b, loss = refined(rigid.W, rigid.b, features, parts)
        found.append(replace(rigid, W=W, b=b, loss=loss))
    least = min(packing.loss for packing in found)
    ends = [packing for packing in found if packing.loss <= least * (1 + _SAME)]
    return min(ends, key=lambda packing: packing.rigid_loss)


def _checked(features: FeatureDistribution, n_hidden: int) -> int:
    n, m = checked_features(features).n_features, whole("n_hidden", n_hidden, 0)
    if not 1 <= m <= n:
        raise ValueError(
            f"expected n_hidden from 1 to n_features = {n}, got {m}; with more dimensions than "
            "features every feature has its own"
        )
    if features.instances:
        raise ValueError(
            f"expected features of one model, got instances {features.instances}; pack features[k]"
        )
    if features.groups or features.amplitude != "uniform":
        raise ValueError(
            f"expected independent features with uniform amplitudes, got groups={features.groups} "
            f"and amplitude={features.amplitude!r}; ideal shapes are known for these alone"
        )
    if np.ptp(features.density) > 0:
        raise ValueError(
            f"expected one density for all features, got {features.density.min():g} to "
            f"{features.density.max():g}; ideal shapes are known for equal features alone"
        )
    with np.errstate(over="ignore"):
        held("importances' sum", features.importance.sum())
    return m


def _shapes(n: int, m: int, density: float) -> list[Ideal]:
    """The shapes that fit and gain, the cheapest per feature first."""
    fitting = [
        (shape, ideal(shape.name, density))
        for shape in catalogue()
        if not shape.factors and len(shape.vertices) <= n and shape.dimension <= m
    ]
    useful = [
        (shape, solution)
        for shape, solution in fitting
        if solution.gain_per_dimension > 0 and solution.whole
    ]
    return sorted(useful, key=lambda entry: entry[1].loss_per_feature)


def _cheapest(
    features: FeatureDistribution,
    m: int,
    shapes: list[Ideal],
    limit: tuple[Template, int] | None = None,
) -> Mixture:
    """The mixture that costs least, or with a limit on one shape one that costs little.

    `cost[f, d]` is the least cost of the f most important features in d dimensions by the shapes
    seen so far, `uses[f, d]` how many of the last it takes.
    """
    n, variance = features.n_features, float(features.variance[0])
    total = np.concatenate([[0.0], np.cumsum(np.sort(features.importance)[::-1])])
    cost = np.full((n + 1, m + 1), np.inf)
    cost[0, 0] = 0.0
    tie = _TIE * variance * total[-1]
    every: list[NDArray[np.int64]] = []
    for shape, solution in shapes:
        k, d = shape.vertices.shape
        uses = np.zeros((n + 1, m + 1), np.int64)
        for start in range(0, n - k + 1, k):  # a block of rows depends on the one before alone
            stop = min(start + k, n - k + 1)
            own = solution.loss_per_feature * (total[start + k : stop + k] - total[start:stop])
            there = cost[start:stop, : m + 1 - d] + own[:, None]
            here = cost[start + k : stop + k, d:]
            better = there < here - tie
            if limit and limit[0] is shape:
                better &= uses[start:stop, : m + 1 - d] < limit[1]
            here[better] = there[better]
            uses[start + k : stop + k, d:][better] = 1 + uses[start:stop, : m + 1 - d][better]
        every.append(uses)
    whole = cost + variance * (total[-1] - total)[:, None]
    f, d = map(int, np.unravel_index(np.argmin(whole), whole.shape))
    mixture = []
    for ideal_shape, uses in zip(reversed(shapes), reversed(every), strict=True):
        k, dimension = ideal_shape[0].vertices.shape
        count = int(uses[f, d])
        f, d = f - count * k, d - count * dimension
        mixture = [ideal_shape] * count + mixture
    return mixture


def _rivals(features: FeatureDistribution, m: int, shapes: list[Ideal]) -> list[Mixture]:
    """The cheapest mixture, those without one or two of its shapes, and those with one less."""
    best = _cheapest(features, m, shapes)
    found = {frozenset[str](): best}
    without = [frozenset[str]()]
    for _ in range(2):
        without = [
            names | {shape.name}
            for names in without
            for shape in dict.fromkeys(shape for shape, _ in found[names])
        ]
        for names in without:
            allowed = [one for one in shapes if one[0].name not in names]
            found[names] = _cheapest(features, m, allowed)
    mixtures = [*found.values()]
    for shape, count in Counter(shape for shape, _ in best).items():
        if count > 1:
            mixtures.append(_cheapest(features, m, shapes, (shape, count - 1)))
    return list({tuple(shape.name for shape, _ in one): one for one in mixtures}.values())


def _packed(features: FeatureDistribution, m: int, mixture: Mixture) -> Packing:
    """Shapes in orthogonal subspaces, the first taking the most important features."""
    W, b = np.zeros((features.n_features, m)), features.mean.copy()
    order = np.argsort(-features.importance, kind="stable")
    components, used, placed = [], 0, 0
    for shape, solution in mixture:
        k, d = shape.vertices.shape
        losses = np.array(solution.losses)[list(shape.orbits)]
        members = np.empty(k, np.intp)
        members[np.argsort(losses, kind="stable")] = order[placed : placed + k]
        W[members, used : used + d] = solution.W
        b[members] = solution.b
        cost = float(features.importance[members] @ losses)
        components.append(PackedComponent(shape.name, tuple(map(int, members)), d, cost))
        used, placed = used + d, placed + k
    left = np.sort(order[placed:])
    loss = sum(part.loss for part in components)
    loss += float((features.importance * features.variance)[left].sum())
    return Packing(features, tuple(components), tuple(map(int, left)), loss, W, b, loss)
