import json
from pathlib import Path

import numpy as np
import pytest

from geometry.build_catalogue import MINIMA
from geometry.minimal_energy import energy, gradient, least_energy, settled

PUBLISHED = json.loads(
    (Path(__file__).parents[1] / "validation" / "thomson.json").read_text(encoding="utf-8")
)
with np.load(MINIMA, allow_pickle=False) as archive:
    POINTS = {tuple(map(int, name.split("_"))): archive[name] for name in archive}


@pytest.mark.parametrize("n", range(4, 65))
def test_thomson_minima_have_the_published_energies(n):
    # nine digits are given, some cut off and not rounded
    assert energy(POINTS[3, n], 1) == pytest.approx(PUBLISHED["energies"][str(n)], abs=3e-9)


def test_minima_in_four_dimensions_have_the_published_whole_parts_of_their_energies():
    for n in (n for d, n in POINTS if d == 4):
        whole = PUBLISHED["four"][n - PUBLISHED["four_from"]]
        assert int(energy(POINTS[4, n], 2) + 1e-9) == whole


def test_minima_are_stationary():
    for (d, _), points in POINTS.items():
        np.testing.assert_allclose(np.linalg.norm(points, axis=1), 1, rtol=1e-14)
        pull = gradient(points, d - 2)
        assert np.abs(pull).max() < 1e-11 * energy(points, d - 2)


def test_gradient_is_that_of_the_energy_along_the_sphere(rng):
    points = rng.normal(size=(7, 4))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    direction = rng.normal(size=(7, 4))
    direction -= (direction * points).sum(axis=1, keepdims=True) * points

    def moved(step):
        there = points + step * direction
        return energy(there / np.linalg.norm(there, axis=1, keepdims=True), 2)

    slope = (moved(1e-5) - moved(-1e-5)) / 2e-5
    assert (gradient(points, 2) * direction).sum() == pytest.approx(slope, rel=1e-6)


def test_search_finds_the_icosahedron_and_says_the_same_twice():
    # Andreev 1996: the icosahedron is the minimum of Thomson's problem for twelve charges
    points = least_energy(12, 3, 1, starts=3, seed=5)
    cosines = np.unique(np.round(points @ points.T, 9))
    np.testing.assert_allclose(cosines, [-1, -(0.2**0.5), 0.2**0.5, 1], atol=1e-9)
    np.testing.assert_array_equal(points, least_energy(12, 3, 1, starts=3, seed=5))


def test_settling_returns_to_the_minimum(rng):
    nudged = POINTS[3, 16] + 1e-4 * rng.normal(size=(16, 3))
    assert energy(settled(nudged, 1), 1) == pytest.approx(energy(POINTS[3, 16], 1), rel=1e-12)
