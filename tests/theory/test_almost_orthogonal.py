from itertools import pairwise

import numpy as np
import pytest

from geometry import frame_analysis
from theory import (
    chance_of_overlap,
    code_size_bounds,
    largest_overlap,
    nearest_cosine,
    random_code_size,
)


def _directions(rng, *shape):
    vectors = rng.standard_normal(shape)
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def _largest(rng, n, d, codes):
    unit = _directions(rng, codes, n, d)
    gram = np.abs(unit @ np.swapaxes(unit, 1, 2))
    return (gram - np.eye(n)).max(axis=(1, 2))


@pytest.mark.parametrize("d", [2, 3, 7, 40])
def test_chance_of_one_overlap_is_that_of_sampled_pairs(d):
    rng = np.random.default_rng(d)
    pairs = _directions(rng, 2, 200_000, d)
    overlap = np.abs((pairs[0] * pairs[1]).sum(-1))
    for epsilon in (0.05, 0.3, 0.6):
        chance = chance_of_overlap(epsilon, d)
        error = np.sqrt(chance * (1 - chance) / len(overlap)) + 1e-9
        assert abs((overlap > epsilon).mean() - chance) <= 4 * error


def test_two_dimensions_have_the_law_of_an_angle():
    epsilon = np.linspace(0, 1, 11)
    np.testing.assert_allclose(chance_of_overlap(epsilon, 2), 2 * np.arccos(epsilon) / np.pi)


@pytest.mark.parametrize(("n", "d"), [(2, 3), (3, 2), (20, 5), (30, 20), (40, 60)])
@pytest.mark.parametrize("quantile", [0.1, 0.5, 0.9])
def test_quantile_of_the_largest_overlap_lies_between_its_bounds(n, d, quantile):
    codes = 500
    estimate, lower, upper = largest_overlap(n, d, quantile)
    largest = _largest(np.random.default_rng(n), n, d, codes)
    error = 4 * np.sqrt(quantile * (1 - quantile) / codes)
    assert (largest <= lower).mean() <= quantile + error
    assert (largest <= upper).mean() >= quantile - error
    assert lower - 1e-12 <= estimate <= upper + 1e-12


def test_estimate_is_exact_for_one_pair():
    estimate, *_ = largest_overlap(2, 9, 0.3)
    assert chance_of_overlap(estimate, 9) == pytest.approx(0.7, rel=1e-12)


def test_square_root_of_twice_the_logarithm_is_too_high_by_a_tenth_and_improves_slowly():
    n = 10_000
    excess = [
        np.sqrt(2 * np.log(n**2 / 2) / d) / largest_overlap(n, d)[0] - 1
        for d in (100, 1000, 10_000, 100_000)
    ]
    assert 0.05 < excess[1] < 0.15
    assert all(a > b > 0.03 for a, b in pairwise(excess))


@pytest.mark.parametrize(("n", "d"), [(1, 2), (20, 6), (50, 3), (5, 40)])
def test_guessed_directions_have_the_exact_mean_cosine_with_the_nearest(n, d):
    rng = np.random.default_rng(n)
    nearest = _directions(rng, 10_000, n, d)[..., 0].max(axis=1)
    error = nearest.std() / np.sqrt(len(nearest))
    assert abs(nearest.mean() - nearest_cosine(n, d)) <= 4 * error


def test_circle_has_its_mean_nearest_cosine_in_closed_form():
    # the smallest of n uniform angles a on [0, π] has E cos a = ∫ cos a · n (1 − a/π)^(n−1) da / π
    a = np.linspace(0, np.pi, 200_001)
    for n in (1, 2, 9):
        density = n / np.pi * (1 - a / np.pi) ** (n - 1)
        assert nearest_cosine(n, 2) == pytest.approx(np.trapezoid(np.cos(a) * density, a), abs=1e-4)


@pytest.mark.parametrize(("epsilon", "d"), [(0.5, 20), (0.3, 60), (0.7, 8)])
def test_random_code_of_that_size_is_almost_orthogonal_half_of_the_time(epsilon, d):
    n, codes = round(random_code_size(epsilon, d)), 1000
    share = (_largest(np.random.default_rng(1), n, d, codes) <= epsilon).mean()
    assert 0.35 < share < 0.65


def test_number_of_almost_orthogonal_vectors_grows_exponentially_with_the_dimension():
    d = np.array([200, 400, 800, 1600])
    logs = np.log([random_code_size(0.3, k) for k in d])
    slopes = np.diff(logs) / np.diff(d)
    # ln N ≈ (d/4) ln 1/(1 − ε²), and a logarithm of d on top that fades
    limit = -np.log(1 - 0.3**2) / 4
    np.testing.assert_allclose(slopes, limit, rtol=0.06)
    assert np.abs(slopes - limit).argmin() == 2


@pytest.mark.parametrize(
    ("epsilon", "d", "n"),
    [
        (1 / np.sqrt(5), 3, 6),  # axes of the icosahedron
        (1 / 3, 5, 10),
        (1 / 3, 7, 28),  # equiangular lines
        (1 / 5, 23, 276),
        (1 / 2, 8, 120),  # E8
        (1 / 4, 16, 144),
        (1 / 2, 24, 98280),  # Leech lattice
    ],
)
def test_linear_programme_gives_the_sizes_of_optimal_systems_of_lines(epsilon, d, n):
    # Delsarte, Goethals & Seidel 1977, Levenshtein 1982; 144 is a bound that no system reaches
    assert code_size_bounds(epsilon, d)[1] == pytest.approx(n, rel=1e-5)


@pytest.mark.parametrize(("epsilon", "d"), [(0.1, 50), (0.2, 12), (0.25, 8)])
def test_linear_programme_is_at_most_the_bound_of_welch(epsilon, d):
    lower, upper = code_size_bounds(epsilon, d)
    assert upper <= d * (1 - epsilon**2) / (1 - d * epsilon**2) * (1 + 1e-6)
    assert d <= lower <= upper


@pytest.mark.parametrize("d", [3, 6, 10])
def test_random_codes_are_within_the_bounds_on_the_best(d):
    rng = np.random.default_rng(d)
    for n in (d + 2, 3 * d):
        coherence = frame_analysis(rng.standard_normal((n, d)), sparsities=()).coherence
        assert n <= code_size_bounds(coherence, d)[1] * (1 + 1e-6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: chance_of_overlap(1.5, 3), r"expected \|cosine\| in \[0, 1\], got 1.5"),
        (lambda: chance_of_overlap(0.5, 1), "expected dimension to be a whole number ≥ 2, got 1"),
        (lambda: largest_overlap(1, 3), "expected n_vectors to be a whole number ≥ 2, got 1"),
        (lambda: largest_overlap(5, 3, 1.0), "expected a quantile between 0 and 1, got 1.0"),
        (lambda: random_code_size(0.0, 3), "expected a cosine between 0 and 1, got 0.0"),
        (lambda: code_size_bounds(0.5, 2), "expected dimension ≥ 3, got 2"),
        (lambda: nearest_cosine(0, 3), "expected n_vectors to be a whole number ≥ 1, got 0"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(call, message):
    with pytest.raises(ValueError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)
