"""What the laws are drawn from: weights, turns of hidden space, shapes side by side, features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from geometry import Template, catalogue
from theory import AnticorrelatedSet, CorrelatedSet, FeatureDistribution
from theory.features import AMPLITUDES

Array = NDArray[np.float64]

EXTENSIVE = settings().max_examples >= 1000
seeds = st.integers(0, 2**32 - 1)

# lattices are full of ties: orthogonal rows, repeated ones, opposite ones, zero ones
_lattice = st.sampled_from([-1.0, -0.5, 0.0, 0.0, 0.5, 1.0])
_smooth = st.floats(-2, 2).map(lambda x: round(x, 3))


def few(count: int) -> settings:
    """Settings of a law too slow for twenty examples in every run; all of them where it is due."""
    return settings() if EXTENSIVE else settings(max_examples=count)


_up_to_eight, _up_to_five = st.integers(1, 8), st.integers(1, 5)


@st.composite
def matrices(draw, n=_up_to_eight, m=_up_to_five) -> Array:
    """Weight matrices (n, m), half of them on a lattice."""
    elements = draw(st.sampled_from([_lattice, _smooth]))
    return draw(arrays(np.float64, (draw(n), draw(m)), elements=elements))


def orthogonal(seed: int, m: int) -> Array:
    """A matrix of O(m), reflections included."""
    return np.linalg.qr(np.random.default_rng([seed, m]).normal(size=(m, m)))[0]


def shuffled(seed: int, n: int) -> NDArray[np.intp]:
    return np.random.default_rng([seed, n]).permutation(n)


@dataclass(frozen=True, eq=False)
class Product:
    """Factors in orthogonal subspaces of a turned hidden space, their rows in random order.

    Attributes
    ----------
    W : (n, m)
    factors : the rows of every factor in its own dimensions, (k, d) each
    places : for every factor the numbers of its rows in W
    """

    W: Array
    factors: tuple[Array, ...]
    places: tuple[tuple[int, ...], ...]


def side_by_side(factors: list[Array], seed: int) -> Product:
    k, d = np.array([factor.shape for factor in factors]).T
    W = np.zeros((k.sum(), d.sum()))
    for factor, row, axis in zip(factors, np.cumsum(k) - k, np.cumsum(d) - d, strict=True):
        W[row : row + factor.shape[0], axis : axis + factor.shape[1]] = factor
    order = shuffled(seed, len(W))
    owner = np.repeat(np.arange(len(factors)), k)
    rank = np.arange(len(W)) - np.repeat(np.cumsum(k) - k, k)
    places = []
    for f in range(len(factors)):
        rows = np.flatnonzero(owner[order] == f)
        places.append(tuple(int(i) for i in rows[np.argsort(rank[order][rows])]))
    return Product(W[order] @ orthogonal(seed, W.shape[1]), tuple(factors), tuple(places))


def connected(most: int) -> list[Template]:
    """The shapes of the catalogue that are no products, up to so many vertices."""
    return [t for t in catalogue() if not t.factors and len(t.vertices) <= most]


@st.composite
def laid_shapes(draw, most: int = 9) -> Array:
    """A shape of the catalogue at a scale of its own, of a family any member."""
    shape = draw(st.sampled_from(connected(most)))
    inside = {
        p.name: p.low + draw(st.floats(0.1, 0.9)) * (p.high - p.low) for p in shape.parameters
    }
    return draw(st.floats(0.6, 1.5)) * shape.at(**inside)


@st.composite
def products(draw, most: int = 9) -> Product:
    """One to three shapes side by side."""
    factors = draw(st.lists(laid_shapes(most), min_size=1, max_size=3))
    return side_by_side(factors, draw(seeds))


def weights():
    """Weight matrices of any kind: on a lattice, in general position, of shapes side by side."""
    return matrices() | products(6).map(lambda product: product.W)


densities = st.sampled_from([0.003, 0.05, 0.3, 0.9, 1.0]) | st.floats(0.01, 1)
importances = st.sampled_from([0.0, 0.01, 1.0, 30.0])


@st.composite
def distributions(
    draw, n: int, *, sets: bool = True, amplitude: str | None = None
) -> FeatureDistribution:
    """n features of mixed densities and importances, in sets, or with exponential amplitudes."""
    density = draw(arrays(np.float64, n, elements=densities))
    importance = draw(arrays(np.float64, n, elements=importances))
    amplitude = amplitude or draw(st.sampled_from(AMPLITUDES))
    groups = []
    if sets and amplitude == "uniform" and draw(st.booleans()):
        order, start = draw(st.permutations(range(n))), 0
        while n - start > 1 and len(groups) < 2:
            size = draw(st.integers(2, n - start))
            members = tuple(order[start : start + size])
            groups.append(draw(st.sampled_from([CorrelatedSet, AnticorrelatedSet]))(members))
            density[list(members)] = density[members[0]]
            start += size
    return FeatureDistribution(n, density, importance, amplitude, groups)


@st.composite
def models(
    draw, most: int = 5, *, least: int = 1, sets: bool = True, amplitude: str | None = None
) -> tuple[Array, Array, FeatureDistribution]:
    """W (n, m), b (n,) and features."""
    W = draw(matrices(st.integers(least, most), st.integers(1, 3)))
    b = draw(arrays(np.float64, len(W), elements=_lattice | _smooth.map(lambda x: x / 2)))
    return W, b, draw(distributions(len(W), sets=sets, amplitude=amplitude))


def permuted(features: FeatureDistribution, order: NDArray[np.intp]) -> FeatureDistribution:
    """The features order[0], order[1], …"""
    place = np.argsort(order)
    groups = [type(g)(tuple(int(place[i]) for i in g.features)) for g in features.groups]
    return FeatureDistribution(
        len(order), features.density[order], features.importance[order], features.amplitude, groups
    )


def weighted(features: FeatureDistribution, importance: Array) -> FeatureDistribution:
    """The same inputs with other importances."""
    return FeatureDistribution(
        features.n_features, features.density, importance, features.amplitude, features.groups
    )
