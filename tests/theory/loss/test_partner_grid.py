"""Crowds of partners on a grid cost what they cost one by one, and what the reference says."""

import numpy as np
import pytest

from theory import FeatureDistribution, exact_reference_loss, expected_loss
from theory.loss.fourier_series import workspace
from theory.loss.model_loss import model_loss, structure_of
from theory.loss.partner_grid import CROWD, PartnerGrid
from theory.loss.row_loss import FINE


def _random(n):
    """Directions at random, so that every row has partners of all sizes."""
    rng = np.random.default_rng([31, n])
    m = n // 10 + 2
    return rng.standard_normal((n, m)) / np.sqrt(m), 0.1 * rng.standard_normal(n)


def _trained(n):
    """As training leaves them: antipodes, a small bias, features that are all but silent."""
    rng = np.random.default_rng([32, n])
    W = rng.standard_normal((n, n // 10 + 2))
    W /= np.linalg.norm(W, axis=1, keepdims=True)
    W[1::2] = -W[::2] + 0.02 * rng.standard_normal(W[::2].shape)
    b = 0.01 * rng.standard_normal(n) - 0.05
    silent = slice(n - n // 6, n)
    W[silent] *= 10 ** rng.uniform(-4, -2, (n // 6, 1))
    b[silent] = 0.2
    return W, b


def _evaluated(W, b, density, structure):
    n = len(b)
    dG, dW, db = np.empty((n, n)), np.empty_like(W), np.empty_like(b)
    loss = model_loss(W, b, density, np.ones(n), structure, FINE, workspace(n), dG, dW, db)
    return loss, np.concatenate([dW.ravel(), db])


@pytest.mark.parametrize("p", [1.0, 0.854, 0.5, 0.1, 0.01])
@pytest.mark.parametrize("model", [_random, _trained])
@pytest.mark.parametrize("n", [60, 120])
def test_loss_and_gradient_are_those_of_partners_one_by_one(n, model, p):
    density = np.full(n, p)
    W, b = model(n)
    loss, slope = _evaluated(W, b, density, structure_of(density))
    plain, plain_slope = _evaluated(W, b, density, None)
    assert loss == pytest.approx(plain, rel=1e-11)
    # weights below 1e-6 of the largest act through their mean where partners go one by one
    assert np.abs(slope - plain_slope).max() <= 1e-6 * np.abs(plain_slope).max()


@pytest.mark.parametrize("p", [0.854, 0.1])
def test_the_grid_is_what_counts(p):
    density = np.full(60, p)
    grid = structure_of(density)
    bent = grid._replace(table=1.001 * grid.table)
    W, b = _random(60)
    assert _evaluated(W, b, density, bent)[0] != pytest.approx(
        _evaluated(W, b, density, grid)[0], rel=1e-9
    )


@pytest.mark.parametrize("model", [_random, _trained])
def test_loss_of_sixty_features_is_the_reference(model):
    W, b = model(60)
    features = FeatureDistribution(60, 0.1)
    exact = exact_reference_loss(W, b, features, rtol=1e-10)
    assert expected_loss(W, b, features) == pytest.approx(exact, rel=1e-8)
    fine, _ = _evaluated(W, b, features.density.copy(), structure_of(features.density))
    assert fine == pytest.approx(exact, rel=1e-8)


def test_few_features_and_mixed_densities_have_no_grid():
    assert isinstance(structure_of(np.full(CROWD + 1, 0.1)), PartnerGrid)
    assert structure_of(np.full(CROWD, 0.1)) is None
    assert structure_of(np.linspace(0.1, 0.2, 60)) is None


@pytest.mark.parametrize("scale", [1e80, 1e160, 1e300])
def test_weights_out_of_range_are_one_clear_error(scale):
    W, b = _random(60)
    with pytest.raises(ValueError, match="expected weights whose loss is a finite number"):
        expected_loss(scale * W, b, FeatureDistribution(60, 0.1))
