"""What an ideal polytope costs: its best scale, biases and free parameters at a density."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.optimize import minimize, minimize_scalar

from geometry import Template, template
from theory.features import Array
from theory.loss.fourier_series import workspace
from theory.loss.model_loss import converged_loss, model_loss
from theory.loss.row_loss import FINE

# how much of the nearest neighbour's interference the biases of the starts cut away
_CUTS = (0.0, 0.5, 0.9)
_STEP = 0.1  # the length of a first step; a long one can leave every output dead
_LARGEST = 10.0  # bound on norm and |bias|


@dataclass(frozen=True)
class IdealSolution:
    """The best that a template can do: `scale` is the common norm of its features.

    `gain_per_dimension` is (k/d)(1 − l/v): how many features' variance v a hidden dimension saves
    when its k features in d dimensions cost l each. `parameters` are those of a family.
    """

    name: str
    density: float
    loss_per_feature: float
    scale: float
    bias: float
    gain_per_dimension: float
    parameters: tuple[tuple[str, float], ...] = ()


def ideal(name: str, density: float) -> IdealSolution:
    """The least exact loss of a shape at a density, over its scale, bias and free parameters.

        l = min_{s, b, h}  (1/k) L(s V(h), b),   V (k, d) the template's unit vectors

    for independent uniform features of equal importance 1. Vertices that are alike have the same
    bias; where a shape has several orbits of them, `bias` is the mean. Products are refused: their
    factors do not interfere, so ask for those. Raises ValueError for a density outside (0, 1], an
    unknown name or a product.

    >>> digon = ideal("digon", 0.1)
    >>> digon.loss_per_feature < 0.1**2 / 6, round(digon.scale, 2)
    (True, 1.01)

    Reference: losses as in Elhage et al. 2022, section 2; digon at b = 0 in closed form:
    p² (32 − 25p) / (48 (4 − 3p)) at squared norm (8 − 5p) / (2 (4 − 3p)).
    """
    if not 0 < density <= 1:
        raise ValueError(f"expected a density 1 − S in (0, 1], got {density}")
    return _ideal(template(name).name, float(density))


@lru_cache(maxsize=4096)
def _ideal(name: str, density: float) -> IdealSolution:
    shape = template(name)
    k, d = shape.vertices.shape
    best = best_fit(shape, np.full(k, density), np.ones(k))
    loss = best.loss / k
    return IdealSolution(
        name=name,
        density=density,
        loss_per_feature=loss,
        scale=best.scale,
        bias=float(best.bias.mean()),
        gain_per_dimension=(k / d) * (1 - loss / (density / 3 - density**2 / 4)),
        parameters=best.parameters,
    )


@dataclass(frozen=True)
class BestFit:
    """A template at its cheapest for given features: W = scale · vertices(parameters), and b."""

    loss: float
    scale: float
    bias: Array
    parameters: tuple[tuple[str, float], ...]


def best_fit(shape: Template, density: Array, importance: Array) -> BestFit:
    """The cheapest scale, biases (one per vertex) and parameters for the features on the vertices.

    density and importance (k,), in the order of the template's vertices.
    """
    if shape.factors:
        raise ValueError(
            f"expected a shape that is not a product, got {shape.name!r} = "
            f"{' ⊕ '.join(shape.factors)}; its factors do not interfere: ask for each of them"
        )
    if len(shape.parameters) > 1:
        raise ValueError(f"expected at most one free parameter, {shape.name!r} has more")
    if not shape.parameters:
        return _best_scale(shape.vertices, density, importance, ())
    free = shape.parameters[0]
    found: dict[float, BestFit] = {}

    def loss_at(value: float) -> float:
        fit = _best_scale(
            shape.at(**{free.name: value}), density, importance, ((free.name, float(value)),)
        )
        found[float(value)] = fit
        return fit.loss

    minimize_scalar(
        loss_at, bounds=(free.low, free.high), method="bounded", options={"xatol": 1e-7}
    )
    return min(found.values(), key=lambda fit: fit.loss)


def _best_scale(
    vertices: Array, density: Array, importance: Array, parameters: tuple[tuple[str, float], ...]
) -> BestFit:
    V = np.ascontiguousarray(vertices)
    k = len(V)
    scratch, dG = workspace(k), np.empty((k, k))
    dW, db, rows = np.empty_like(V), np.empty(k), np.empty(k)
    at_stake = float((importance * (density / 3 - density**2 / 4)).sum())
    unit = 1.0 / at_stake if at_stake > 0 else 1.0

    def loss(y: Array) -> tuple[float, Array]:
        norm, bias = y[0] * _STEP, y[1:] * _STEP
        value = model_loss(norm * V, bias, density, importance, None, FINE, scratch, dG, dW, db)
        gradient = np.concatenate([[np.sum(dW * V)], db])
        return value * unit, gradient * (unit * _STEP)

    best = BestFit(at_stake, 0.0, density / 2, parameters)  # representing nothing
    reach = _LARGEST / _STEP
    for start in _starts(V, density):
        y = minimize(
            loss,
            start / _STEP,
            jac=True,
            method="L-BFGS-B",
            bounds=[(0.0, reach)] + [(-reach, reach)] * k,
            options={"ftol": 1e-18, "gtol": 1e-11, "maxiter": 1000},
        ).x
        norm, bias = float(y[0] * _STEP), y[1:] * _STEP
        value, _ = converged_loss(norm * V, bias, density, importance, None, 1e-10, rows, dW, db)
        if value < best.loss:
            best = BestFit(value, norm, bias, parameters)
    return best


def _starts(V: Array, density: Array) -> Iterator[Array]:
    """Norms and biases to descend from: dense, then ever sparser.

    A bias of −θ s² c cuts the share θ of what the nearest neighbour, at cosine c, interferes; a
    squared norm of s² = 1/(1 − θ c) then still reads a feature of 1 as 1.
    """
    k = len(V)
    cosines = (V @ V.T)[~np.eye(k, dtype=bool)]
    nearest = float(np.clip(cosines.max(initial=0.0), 0.0, 0.97))
    yield np.concatenate([[0.8], density / 2])
    for cut in _CUTS:
        square = 1 / (1 - cut * nearest)
        yield np.array([square**0.5] + [-cut * nearest * square] * k)
