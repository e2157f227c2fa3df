import numpy as np
import pytest

from tegum.studies.linear import linear


@pytest.fixture(scope="module")
def study():
    return linear(n_features=6, n_hidden=2, densities=(1.0, 0.2), steps=2000, learning_rate=5e-3)


def test_trained_loss_is_the_closed_form_at_every_density(study):
    v = np.array([1 / 3 - 1 / 4, 0.2 / 3 - 0.04 / 4])
    falling, equal = (0.7 ** np.arange(2, 6)).sum(), 4
    np.testing.assert_allclose(study.least, [falling * v, equal * v], rtol=1e-12)
    assert (study.excess > 0).all() and (study.excess < 5e-3).all()


def test_falling_importances_are_learned_one_dimension_each(study):
    assert study.norms[0, :, :2] == pytest.approx(1, abs=0.05)
    assert study.norms[0, :, 2:].max() < 0.15


def test_equal_importances_end_at_some_rotation_that_is_no_better(study):
    # a projection on two dimensions: squared lengths sum to 2, with no feature to itself
    assert (study.norms[1] ** 2).sum(axis=-1) == pytest.approx(2, abs=0.05)
    assert study.dimensionalities[1].max() < 0.99
