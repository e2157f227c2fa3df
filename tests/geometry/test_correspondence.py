from itertools import combinations, permutations, product

import numpy as np
import pytest

from geometry import catalogue, template
from geometry.correspondence import Target, correspond, squared_error


def e8_roots():
    pairs = [
        [a if n == i else b if n == j else 0 for n in range(8)]
        for i, j in combinations(range(8), 2)
        for a, b in product((1, -1), repeat=2)
    ]
    halves = [s for s in product((0.5, -0.5), repeat=8) if np.prod(s) > 0]
    return np.array([*pairs, *halves]) / np.sqrt(2)


def midpoints_of_edges(d):
    """Of the regular d-simplex."""
    edges = np.array([np.bincount(pair, minlength=d + 1) for pair in combinations(range(d + 1), 2)])
    U, s, _ = np.linalg.svd(edges - edges.mean(axis=0), full_matrices=False)
    return (U * s)[:, :d] / np.linalg.norm((U * s)[:, :d], axis=1, keepdims=True)


def planted(T, noise, rng):
    k, d = T.shape
    X = T @ np.linalg.qr(rng.normal(size=(d, d)))[0] + noise / np.sqrt(d) * rng.normal(size=(k, d))
    order = rng.permutation(k)
    return X[order], order


@pytest.mark.parametrize(("k", "m"), [(3, 2), (5, 2), (6, 3), (6, 5), (5, 7)])
def test_the_best_of_all_orders_is_found_for_a_few_displaced_points(k, m, rng):
    for _ in range(3):
        T = rng.normal(size=(k, m))
        X, _ = planted(T, 0.5, rng)
        found = squared_error(X, T[correspond(X, Target.of(T))])
        best = min(squared_error(X, T[list(p)]) for p in permutations(range(k)))
        assert found == pytest.approx(best, rel=1e-9)


@pytest.mark.parametrize("noise", [0.0, 0.04])
def test_the_roots_of_e8_are_found_from_any_order(noise, rng):
    T = e8_roots()
    target = Target.of(T)
    for _ in range(10):
        X, order = planted(T, noise, rng)
        found = correspond(X, target)
        assert sorted(found) == list(range(240))
        assert squared_error(X, T[found]) <= squared_error(X, T[order]) * (1 + 1e-9) + 1e-18


@pytest.mark.parametrize("noise", [0.0, 0.1, 0.2])
def test_ways_that_overlap_alike_but_differ_are_kept_apart(noise, rng):
    # edges of a simplex: three that meet in a corner overlap like three that form a triangle
    T = midpoints_of_edges(5)
    target = Target.of(T)
    for _ in range(20):
        X, order = planted(T, noise, rng)
        found = correspond(X, target)
        assert squared_error(X, T[found]) <= squared_error(X, T[order]) * (1 + 1e-9) + 1e-18


def test_result_does_not_depend_on_the_order_of_the_points(rng):
    shapes = [shape for shape in catalogue() if len(shape.vertices) <= 24]
    for shape in shapes[:: max(1, len(shapes) // 30)]:
        T = shape.vertices
        target = Target.of(T)
        X, _ = planted(T, 0.1, rng)
        errors = []
        for _ in range(6):
            shuffled = X[rng.permutation(len(X))]
            errors.append(squared_error(shuffled, T[correspond(shuffled, target)]))
        np.testing.assert_allclose(errors, errors[0], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ["Paley 29 code in 14", "Paley 37 code in 18"])
def test_directions_with_few_symmetries_are_found_from_the_first_point(name, rng):
    # two cosines, and no symmetry but the identity once two points are laid
    T = template(name).vertices
    target = Target.of(T)
    for _ in range(10):
        X, _ = planted(T, 0.0, rng)
        assert squared_error(X, T[correspond(X, target, starts=1)]) < 1e-18


def test_no_order_is_better_than_one_that_settles_the_search(rng):
    T = next(t.vertices for t in catalogue() if t.name == "hexagon")
    target = Target.of(T)
    settled = 0
    for noise in (0.1, 0.2, 0.3, 0.4, 0.5):
        X, order = planted(T, noise, rng)
        own = squared_error(X, T[order])
        best = min(squared_error(X, T[list(p)]) for p in permutations(range(6)))
        settled += own <= target.settled
        assert own > target.settled or own == pytest.approx(best)
    assert settled
