import itertools

import numpy as np
import pytest

from geometry import template
from geometry.frames import frame_analysis
from theory.sensing import (
    coherence_guarantee,
    coherence_rate,
    gaussian_isometry_rate,
    isometry_bounds,
    welch_bound,
)


@pytest.mark.parametrize(
    ("name", "angles"), [("triangle", 2), ("tetrahedron", 3), ("rectified 5-cell", None)]
)
def test_frames_are_no_less_coherent_than_welch_says(name, angles):
    V = template(name).vertices
    coherence = frame_analysis(V).coherence
    n, m = V.shape
    if angles:
        assert coherence == pytest.approx(welch_bound(n, m), abs=1e-9)
    else:
        assert coherence > welch_bound(n, m) + 0.01


def test_guarantee_is_the_largest_whole_number_below():
    for mu in np.linspace(0.01, 1, 199):
        k = coherence_guarantee(mu)
        assert k < (1 + 1 / mu) / 2 <= k + 1 + 1e-9


def test_guarantee_of_the_least_coherent_frame_holds_from_the_rate_on():
    n, p = 1000, 0.01
    m = n * coherence_rate(n, p)
    assert coherence_guarantee(welch_bound(n, int(m) + 1)) >= n * p
    assert coherence_guarantee(welch_bound(n, int(m) - 1)) < n * p


def test_isometry_constant_of_a_small_frame_lies_between_the_bounds():
    U = np.random.default_rng(0).standard_normal((8, 5))
    U /= np.linalg.norm(U, axis=1, keepdims=True)
    for k in (2, 3):
        grams = [U[list(K)] @ U[list(K)].T for K in itertools.combinations(range(8), k)]
        exact = max(np.abs(np.linalg.eigvalsh(G) - 1).max() for G in grams)
        lower, upper = isometry_bounds(U, k)
        assert lower <= exact + 1e-12
        assert exact <= upper + 1e-12
        assert lower == pytest.approx(exact, rel=1e-9)  # 1000 choices of 28 or 56


def test_gaussian_rows_are_as_near_an_isometry_as_the_rate_promises():
    """The worst found of many choices of rows stays below the constant."""
    n, m, k = 1000, 700, 1
    rate = gaussian_isometry_rate(k / n, isometry=0.6)
    assert rate * n < m
    W = np.random.default_rng(1).standard_normal((n, m)) / np.sqrt(m)
    nearest = frame_analysis(W, sparsities=(2,), trials=2000).restricted_isometry[2]
    assert np.abs((W**2).sum(axis=1) - 1).max() < 0.6
    assert nearest < 0.6


def test_gaussian_weights_have_no_guarantee_of_isometry_in_dense_features():
    assert gaussian_isometry_rate(0.0022) < 1 < gaussian_isometry_rate(0.00225)


def test_isometry_of_all_rows_is_one_of_any_of_them():
    """All n rows at once: the extreme singular values of one matrix (Davidson & Szarek 2001)."""
    everything = (1 / (np.sqrt(1.6) - 1)) ** 2
    assert gaussian_isometry_rate(1.0, isometry=0.6) == pytest.approx(everything)
    rates = gaussian_isometry_rate(np.linspace(0.01, 1, 200), isometry=0.6)
    assert (np.diff(rates) >= 0).all() and rates[-1] == pytest.approx(everything)


@pytest.mark.parametrize("mu", [0.0, -0.1, 1.1, np.nan])
def test_what_is_no_coherence_is_refused(mu):
    with pytest.raises(ValueError, match="expected a coherence"):
        coherence_guarantee(mu)


def test_what_makes_no_frame_is_refused():
    with pytest.raises(ValueError, match="expected n_features and n_hidden"):
        welch_bound(3, 0)
    with pytest.raises(ValueError, match="isometry constant"):
        gaussian_isometry_rate(0.1, isometry=1.0)
    with pytest.raises(ValueError, match="density"):
        coherence_rate(10, 0.0)
