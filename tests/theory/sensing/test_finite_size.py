import numpy as np
import pytest
from scipy.optimize import linprog

from theory.sensing import feasibility_threshold, nonnegative_recovery


def _is_unique(W, x):
    """No nonnegative vector with the same hidden one has more in the inactive features."""
    inactive = (x == 0).astype(float)
    most = linprog(-inactive, A_eq=W.T, b_eq=W.T @ x, bounds=(0, None))
    return most.status == 0 and -most.fun < 1e-7


@pytest.mark.parametrize(("m", "k"), [(5, 1), (6, 1), (7, 3), (8, 3)])
def test_chance_is_that_of_sampled_weights(m, k):
    n, trials = 10, 120
    rng = np.random.default_rng(m)
    unique = 0
    for _ in range(trials):
        W = rng.standard_normal((n, m))
        x = np.concatenate([rng.uniform(0.5, 1, k), np.zeros(n - k)])
        unique += _is_unique(W, x)
    chance = nonnegative_recovery(n, m, k)
    assert 0.05 < chance < 0.95
    assert abs(unique / trials - chance) <= 4 * np.sqrt(chance * (1 - chance) / trials)


@pytest.mark.parametrize("p", [0.05, 0.3])
def test_transition_is_at_the_threshold_and_sharpens_as_the_root_of_the_size(p):
    scaled = []
    for n in (100, 400, 1600, 6400):
        chances = np.array([nonnegative_recovery(n, m, round(p * n)) for m in range(1, n + 1)])
        assert (np.diff(chances) >= 0).all()
        ends = np.searchsorted(chances, [0.1, 0.5, 0.9]) + 1
        assert ends[1] / n == pytest.approx(feasibility_threshold(p), abs=2 / n)
        # footnote 24: fast, and at no finite size a jump
        assert ((chances > 0.1) & (chances < 0.9)).sum() > 5
        scaled.append((ends[2] - ends[0]) / np.sqrt(n))
    # a binomial law of n (1 − p) halves is √(n (1 − p)) / 2 wide, and 2.563 of it from 10 to 90 %
    assert scaled[-1] == pytest.approx(2.563 * np.sqrt(1 - p) / 2, rel=0.03)
    assert scaled == pytest.approx([scaled[-1]] * 4, rel=0.15)


def test_all_dimensions_recover_everything():
    assert nonnegative_recovery(7, 7, 6) == 1


@pytest.mark.parametrize("sizes", [(5, 0, 1), (5, 6, 1), (5, 3, 5), (5, 3, -1)])
def test_sizes_that_make_no_sense_are_refused(sizes):
    with pytest.raises(ValueError, match="expected 0 ≤ n_active < n_features"):
        nonnegative_recovery(*sizes)
