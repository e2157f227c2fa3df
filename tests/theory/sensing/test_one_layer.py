import numpy as np
import pytest

from theory import FeatureDistribution, expected_loss
from theory.sensing import one_layer_readout, weak_threshold


def exact_loss(n, m, density, readout, seed=0):
    """Per feature, of random directions at the norm and bias of a readout."""
    U = np.random.default_rng(seed).standard_normal((n, m))
    U *= readout.norm / np.linalg.norm(U, axis=1, keepdims=True)
    bias = np.full(n, readout.bias)
    return float(expected_loss(U, bias, FeatureDistribution(n, density))) / n


@pytest.mark.parametrize("density", [0.1, 0.3])
def test_loss_is_the_exact_one_of_large_random_models(density):
    readout = one_layer_readout(density, 0.2)
    small, large = (exact_loss(n, n // 5, density, readout) / readout.loss - 1 for n in (100, 300))
    assert abs(large) < 0.015
    assert abs(small) < 0.06


def test_no_other_norm_or_bias_is_better():
    readout = one_layer_readout(0.1, 0.3)
    rng = np.random.default_rng(0)
    x = rng.random(400_000) * (rng.random(400_000) < 0.1)
    seen = x + np.sqrt(0.1 / 3 / 0.3) * rng.standard_normal(len(x))

    def loss(scale, bias):
        return ((np.maximum(scale * seen + bias, 0) - x) ** 2).mean()

    scale, bias = readout.norm**2, readout.bias
    best = loss(scale, bias)
    assert best == pytest.approx(readout.loss, rel=0.02)
    for other in (
        (1.1 * scale, bias),
        (0.9 * scale, bias),
        (scale, bias - 0.03),
        (scale, bias + 0.03),
    ):
        assert loss(*other) > best


@pytest.mark.parametrize("density", [1e-4, 0.01, 0.1, 0.5, 1.0])
@pytest.mark.parametrize("ratio", [0.05, 0.3, 1.0])
def test_error_is_at_most_that_of_the_weak_threshold(density, ratio):
    error = one_layer_readout(density, ratio).relative_error
    assert error < min(1, np.sqrt(weak_threshold(density) / ratio))


def test_scale_undoes_half_of_the_cut_of_sparse_features():
    """E X² − (E X (X − c))² / E (X − c)² = c²/4 + … for X uniform on [0, 1)."""
    shares = [
        one_layer_readout(p, 0.3).relative_error / np.sqrt(weak_threshold(p) / 0.3)
        for p in (1e-6, 1e-9, 1e-12)
    ]
    assert np.all(np.diff(shares) < 0)
    assert 0.5 < shares[-1] < 0.55


@pytest.mark.parametrize("arguments", [(0.0, 0.5), (0.1, 0.0), (0.1, 2.0)])
def test_what_makes_no_sense_is_refused(arguments):
    with pytest.raises(ValueError, match=r"expected a (density|ratio)"):
        one_layer_readout(*arguments)
