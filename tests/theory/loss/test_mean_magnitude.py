"""E |h| against the vertex formula, which is exact for any number of active features."""

from itertools import product
from math import factorial, prod

import numpy as np
import pytest

from theory.loss.mean_magnitude import magnitude_workspace, mean_magnitude


def _by_vertices(w, density):
    """∫ |w·u| over the cube of every set of active features, as a sum over its corners."""
    total = 0.0
    for active in product((False, True), repeat=len(w)):
        chance = prod(p if on else 1 - p for p, on in zip(density, active, strict=True))
        v = [x for x, on in zip(w, active, strict=True) if on]
        k = len(v)
        for u in (v, [-x for x in v]) if k else ():
            corners = (
                (-1) ** (k - sum(c)) * max(sum(x for x, on in zip(u, c, strict=True) if on), 0.0)
                ** (k + 1)
                for c in product((0, 1), repeat=k)
            )  # fmt: skip
            total += chance * sum(corners) / (factorial(k + 1) * prod(u))
    return total


def _of(w, density):
    slope = np.empty(len(w))
    return mean_magnitude(w, density, magnitude_workspace(len(w)), slope), slope


@pytest.mark.parametrize("n", [1, 2, 4, 6])
@pytest.mark.parametrize("top", [0.05, 1.0])
def test_mean_magnitude_and_slope_are_those_of_the_vertex_formula(n, top):
    rng = np.random.default_rng(n)
    w, density = rng.normal(size=n), rng.uniform(0.02, top, n)
    value, slope = _of(w, density)
    assert value == pytest.approx(_by_vertices(w, density), rel=1e-7)
    step = 1e-4
    for j in range(n):
        shift = step * np.eye(n)[j]
        change = _by_vertices(w + shift, density) - _by_vertices(w - shift, density)
        assert slope[j] == pytest.approx(change / (2 * step), abs=1e-5 * density[j])


def test_weights_of_one_sign_give_the_mean():
    w, density = np.linspace(0.1, 2.0, 40), np.linspace(0.01, 1.0, 40)
    value, slope = _of(w, density)
    assert value == pytest.approx(w @ density / 2, rel=1e-7)
    np.testing.assert_allclose(slope, density / 2, rtol=1e-5)


def test_nothing_weighs_nothing():
    assert _of(np.zeros(3), np.full(3, 0.5))[0] == 0.0
