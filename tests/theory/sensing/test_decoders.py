import numpy as np
import pytest

from geometry import template
from theory.sensing import DECODERS, recover, recovery_rate, weak_threshold
from theory.sensing.decoders import (
    basis_pursuit,
    matching_pursuit,
    nonnegative_least_squares,
    relu_readout,
    threshold_least_squares,
)


def unit_rows(n, m, seed=0):
    W = np.random.default_rng(seed).standard_normal((n, m))
    return W / np.linalg.norm(W, axis=1, keepdims=True)


def sparse(n, k, trials, least=0.0):
    rng = np.random.default_rng(0)
    x = np.zeros((trials, n))
    for row in x:
        row[rng.choice(n, k, replace=False)] = rng.uniform(least, 1, k)
    return x


@pytest.mark.parametrize("name", [name for name in DECODERS if name != "ReLU readout"])
def test_few_active_features_are_recovered_by_all_but_the_readout(name):
    W = 1.2 * unit_rows(60, 40)
    assert recover(DECODERS[name], sparse(60, 1, 40), W).recovered.all()
    assert not recover(relu_readout, sparse(60, 1, 40), W).recovered.any()


@pytest.mark.parametrize("decoder", [matching_pursuit, nonnegative_least_squares, basis_pursuit])
def test_guarantee_of_coherence_holds(decoder):
    """k < (1 + 1/μ)/2 active features of any frame; here five of cosine −1/4."""
    W = template("5-cell").vertices
    assert recover(decoder, sparse(5, 2, 50), W).recovered.all()


def test_digons_are_read_out_exactly_one_at_a_time_and_no_more():
    W = np.vstack([np.eye(4), -np.eye(4)])
    assert recover(relu_readout, sparse(8, 1, 30), W).recovered.all()
    both = np.zeros((1, 8))
    both[0, [0, 4]] = 0.5, 0.8
    assert recover(relu_readout, both, W).relative_error[0] > 0.5


def test_readout_of_one_layer_is_exact_for_pairs_only_on_orthogonal_features():
    """ReLU(x_i + g x_j) = x_i for all x_i > 0 asks for g = 0, and n ≤ m with it."""
    W = unit_rows(3, 2)
    pairs = np.array([[0.1, 0.9, 0.0], [0.1, 0.0, 0.9], [0.0, 0.1, 0.9]])
    assert not recover(relu_readout, pairs, W).recovered.all()
    assert recover(relu_readout, pairs[:, :2], np.eye(2)).recovered.all()


def test_threshold_and_least_squares_finds_the_support_when_the_readout_is_near_enough():
    W = unit_rows(100, 60)
    x = sparse(100, 3, 300, least=0.7)
    off = np.abs(np.maximum(x @ W @ W.T, 0) - x).max(axis=1)
    least = np.where(x > 0, x, 1).min(axis=1)
    near = off < least / 2
    assert near.sum() > 10
    found = recover(threshold_least_squares, x, W)
    assert found.recovered[near].all()
    assert found.support[near].all()
    assert not found.recovered.all()


@pytest.mark.parametrize("name", DECODERS)
def test_rows_that_training_left_empty_are_decoded_as_nothing(name):
    W = np.vstack([unit_rows(12, 10), np.full((4, 10), 1e-6)])
    x = sparse(12, 2, 20)
    whole = recover(DECODERS[name], np.pad(x, ((0, 0), (0, 4))), W)
    alone = recover(DECODERS[name], x, W[:12])
    assert whole.relative_error == pytest.approx(alone.relative_error, abs=1e-4)


@pytest.mark.parametrize("name", DECODERS)
def test_directions_that_depend_on_each_other_are_no_trouble(name):
    W = np.vstack([np.eye(3), -np.eye(3), np.eye(3)])
    assert np.isfinite(recover(DECODERS[name], sparse(9, 6, 20), W).relative_error).all()


def test_basis_pursuit_beats_least_squares_where_the_sum_is_what_tells():
    """Dense amplitudes beyond the reach of nonnegativity alone, below (1 + p)/2."""
    x = sparse(100, 15, 30)
    W = np.random.default_rng(3).standard_normal((100, 40))
    programme, squares = (
        recover(f, x, W).recovered.mean() for f in (basis_pursuit, nonnegative_least_squares)
    )
    assert programme > squares


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("n_active", [5, 20])
def test_linear_programme_recovers_on_one_side_of_the_weak_threshold(n_active, signed):
    n = 100
    threshold = n * weak_threshold(n_active / n, signed=signed)
    below, above = (
        recovery_rate(n, round(threshold + side * n * 0.13), n_active, trials=16, signed=signed)
        for side in (-1, 1)
    )
    assert below < 0.3
    assert above > 0.7


def test_recovery_does_not_depend_on_the_amplitudes():
    rng = np.random.default_rng(0)
    x = np.where(rng.random((60, 30)) < 0.1, rng.exponential(size=(60, 30)), 0.0)
    x = x[x.any(axis=1)]
    assert recover(basis_pursuit, x, unit_rows(30, 20)).recovered.mean() > 0.9


@pytest.mark.parametrize(
    ("x", "W", "message"),
    [
        ([[1.0, 0.0]], np.eye(3), r"expected x of shape \(trials, 3\)"),
        ([[0.0, 0.0, 0.0]], np.eye(3), "active feature, got 1 of 1 without"),
        ([["a", 0.0, 0.0]], np.eye(3), "real numbers"),
        ([[1.0, 0.0, 0.0]], np.zeros((3, 2)), "zeros only"),
    ],
)
def test_what_cannot_be_decoded_is_refused(x, W, message):
    with pytest.raises(ValueError, match=message):
        recover(relu_readout, x, W)


def test_bias_of_another_length_is_refused():
    with pytest.raises(ValueError, match=r"expected b to be one number or of shape \(3,\)"):
        recover(relu_readout, np.eye(3), np.eye(3), [0.0, 0.0])


@pytest.mark.parametrize("sizes", [(10, 11, 1), (10, 5, 0), (10, 5, 11), (10, 0, 1)])
def test_experiments_of_no_size_are_refused(sizes):
    with pytest.raises(ValueError, match="expected 1 ≤ n_hidden"):
        recovery_rate(*sizes)
