"""A shape at its cheapest for given features: the descent over norms, biases and parameters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from geometry import Template
from theory.features import Array, FeatureDistribution
from theory.loss.fourier_series import workspace
from theory.loss.model_loss import structure_of
from theory.loss.reference import exact_reference_loss
from theory.loss.row_loss import SEARCH, row_loss

# how much of the nearest neighbour's interference the biases of the starts cut away
_CUTS = (0.0, 0.5, 0.9)
_STEP = 0.1  # the length of a first step; a long one can leave every output dead
_LARGEST = 10.0  # bound on norm and |bias|
_NUDGE = 1e-5  # of a free parameter, for the slopes of the scalar products
_RTOL = 1e-11  # of the loss that is reported
_FINEST = (8, 10.0, 1e-15)  # the effort of the last descent

Parameters = tuple[tuple[str, float], ...]
Classes = NDArray[np.intp]
Effort = tuple[int, float, float]


@dataclass(frozen=True, eq=False)
class BestFit:
    """A template at its cheapest for given features.

    Attributes
    ----------
    loss : importance-weighted, of all vertices
    losses : (k,), of every output, without its importance
    W : (k, d), the vertices at the parameters, each times the norm of its orbit
    b : (k,)
    parameters : the free parameters of a family and their values
    """

    loss: float
    losses: Array
    W: Array
    b: Array
    parameters: Parameters


def best_fit(shape: Template, density: Array, importance: Array) -> BestFit:
    """The cheapest norms, biases and parameters for the features on the vertices of a shape.

        min_{s, b, h}  Σ_i I_i E (x_i − ReLU(Σ_j s_i s_j (V Vᵀ)_ij x_j + b_i))²,   V = V(h)

    The vertices of an orbit have one norm s and, where all features have one density, one bias:
    their outputs then cost the same, and one of them is evaluated for all. density and importance
    (k,), in the order of the template's vertices. The descent goes by the fast engine, and the
    loss at its end is that of the reference engine. Raises ValueError for a product.
    """
    if shape.factors:
        raise ValueError(
            f"expected a shape that is not a product, got {shape.name!r} = "
            f"{' ⊕ '.join(shape.factors)}; its factors do not interfere: ask for each of them"
        )
    orbits = np.array(shape.orbits)
    every = np.arange(len(orbits))
    alike = bool((density == density[0]).all())
    one = np.zeros_like(orbits)
    rows = orbits if alike else every
    outputs = _Outputs(shape, density, importance, rows, one, one if alike else every)
    _, y = min((outputs.descend(y) for y in outputs.starts()), key=lambda found: found[0])
    if orbits.any():  # from one norm for all to one for each orbit
        scale, biases, parameters = outputs.parts(y)
        outputs = _Outputs(shape, density, importance, rows, orbits, rows)
        b = biases if not alike else np.full(rows.max() + 1, biases[0])
        y = np.concatenate([np.full(orbits.max() + 1, scale[0]), b, parameters])
        _, y = outputs.descend(y)
    fit = outputs.fit(outputs.descend(y, _FINEST, 1e-16)[1])
    variance = density / 3 - density**2 / 4
    nothing = float(importance @ variance)
    if fit.loss < nothing:
        return fit
    return BestFit(nothing, variance, np.zeros_like(fit.W), density / 2, fit.parameters)


@dataclass(frozen=True, eq=False)
class _Outputs:
    """The outputs of a shape, and which of its vertices share what.

    (k,) each: `rows` numbers the outputs that cost the same, `scales` the norms, `biases` the
    biases. A point y holds the norms, the biases and the free parameters.
    """

    shape: Template
    density: Array
    importance: Array
    rows: Classes
    scales: Classes
    biases: Classes

    @cached_property
    def leaders(self) -> NDArray[np.intp]:
        """One output of each class."""
        return np.unique(self.rows, return_index=True)[1]

    @cached_property
    def weights(self) -> Array:
        """The importance of each class."""
        return np.bincount(self.rows, self.importance).astype(float)

    def parts(self, y: Array) -> tuple[Array, Array, Array]:
        """Norms, biases and parameters."""
        first = self.scales.max() + 1
        second = first + self.biases.max() + 1
        return y[:first], y[first:second], y[second:]

    def named(self, parameters: Array) -> Parameters:
        """Each with its name, and no further out of its range than rounding has put it."""
        free = self.shape.parameters
        values = np.clip(parameters, [p.low for p in free], [p.high for p in free])
        return tuple((p.name, float(value)) for p, value in zip(free, values, strict=True))

    def vertices(self, parameters: Array) -> Array:
        return self.shape.at(**dict(self.named(parameters)))

    def cosines(self, parameters: Array) -> tuple[Array, Array]:
        """Scalar products of the leaders with all vertices (c, k), and their slopes (q, c, k)."""
        V = self.vertices(parameters)
        slopes = np.empty((len(parameters), len(self.leaders), len(V)))
        for q, free in enumerate(self.shape.parameters):
            low, high = parameters.copy(), parameters.copy()
            low[q] = max(free.low, parameters[q] - _NUDGE)
            high[q] = min(free.high, parameters[q] + _NUDGE)
            below, above = self.vertices(low), self.vertices(high)
            change = above[self.leaders] @ above.T - below[self.leaders] @ below.T
            slopes[q] = change / (high[q] - low[q])
        return V[self.leaders] @ V.T, slopes

    def starts(self) -> Iterator[Array]:
        """Norms and biases to descend from: dense, then ever sparser.

        A bias of −θ s² c cuts the share θ of what the nearest neighbour, at cosine c, interferes; a
        squared norm of s² = 1/(1 − θ c) then still reads a feature of 1 as 1.
        """
        parameters = [p.default for p in self.shape.parameters]
        V = self.shape.vertices
        k = len(V)
        cosines = (V @ V.T)[~np.eye(k, dtype=bool)]
        nearest = float(np.clip(cosines.max(initial=0.0), 0.0, 0.97))
        norms, biases = int(self.scales.max()) + 1, int(self.biases.max()) + 1
        half = np.bincount(self.biases, self.density / 2) / np.bincount(self.biases)
        yield np.concatenate([[0.8] * norms, half, parameters])
        for cut in _CUTS:
            square = 1 / (1 - cut * nearest)
            start = [square**0.5] * norms + [-cut * nearest * square] * biases
            yield np.array(start + parameters)

    def descend(
        self, start: Array, effort: Effort = SEARCH, ftol: float = 1e-9
    ) -> tuple[float, Array]:
        """The local optimum below a point."""
        k = len(self.rows)
        structure, scratch, slope = structure_of(self.density), workspace(k), np.empty(k)
        variance = self.density / 3 - self.density**2 / 4
        unit = 1.0 / (float(self.importance @ variance) or 1.0)
        fixed = None if self.shape.parameters else self.cosines(start[:0])

        def loss(y: Array) -> tuple[float, NDArray[np.floating]]:
            norms, biases, parameters = self.parts(y * _STEP)
            cosines, slopes = fixed or self.cosines(parameters)
            s, b = norms[self.scales], biases[self.biases]
            total, to_s, to_b = 0.0, np.zeros(k), np.zeros(k)
            to_h = np.zeros(len(parameters))
            for c, i in enumerate(self.leaders):
                g = s[i] * s * cosines[c]
                value, up = row_loss(i, g, b[i], self.density, structure, effort, scratch, slope)
                weight = self.weights[c] * unit
                total += weight * value
                to_b[i] += weight * up
                to_s += weight * slope * s[i] * cosines[c]
                to_s[i] += weight * (slope @ (s * cosines[c]))
                to_h += weight * s[i] * (slopes[:, c] @ (slope * s))
            to_norms = np.bincount(self.scales, to_s)
            to_biases = np.bincount(self.biases, to_b)
            return total, _STEP * np.concatenate([to_norms, to_biases, to_h])

        bounds = [(0.0, _LARGEST)] * (self.scales.max() + 1)
        bounds += [(-_LARGEST, _LARGEST)] * (self.biases.max() + 1)
        bounds += [(p.low, p.high) for p in self.shape.parameters]
        found = minimize(
            loss,
            start / _STEP,
            jac=True,
            method="L-BFGS-B",
            bounds=np.array(bounds) / _STEP,
            options={"ftol": ftol, "gtol": 1e-10, "maxiter": 1000},
        )
        return float(found.fun), found.x * _STEP

    def fit(self, y: Array) -> BestFit:
        """What a point costs, exactly."""
        norms, biases, parameters = self.parts(y)
        W = norms[self.scales][:, None] * self.vertices(parameters)
        b = biases[self.biases]
        asked = np.zeros(len(b))
        asked[self.leaders] = 1.0
        features = FeatureDistribution(len(b), self.density, asked)
        each = np.asarray(exact_reference_loss(W, b, features, per_feature=True, rtol=_RTOL))
        losses = each[self.leaders][self.rows]
        return BestFit(
            loss=float(self.importance @ losses),
            losses=losses,
            W=W,
            b=b,
            parameters=self.named(parameters),
        )
