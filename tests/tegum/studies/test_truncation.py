import numpy as np
import pytest

from tegum.studies.truncation import truncation
from theory import FeatureDistribution, expected_loss
from training import refine


@pytest.fixture(scope="module")
def study():
    return truncation(n_hidden=3, sizes=(4, 6, 8, 12, 16), densities=(0.1, 0.03), restarts=8)


def test_loss_of_all_features_only_falls_with_the_number_kept(study):
    assert (np.diff(study.loss, axis=0) <= 1e-6 * study.loss[:-1]).all()


def test_features_beyond_the_last_that_is_wanted_change_nothing(study):
    assert (study.excess[-3:] < 1e-5).all()
    assert (study.kept[-3:] == study.kept[-1]).all()
    assert (study.represented[-3:] == study.represented[-1]).all()
    assert (study.kept[-1] < 9).all()


def test_too_few_features_cost_more(study):
    assert (study.excess[0] > 0.05).all()


def test_features_cut_off_are_worth_no_length_of_their_own(study):
    # sixteen more, none above .7^16 of the most important, begin with length and lose it
    rng = np.random.default_rng(0)
    for k, p in enumerate(study.densities):
        W = np.concatenate([study.weights[-1][k], 0.05 * rng.standard_normal((16, 3))])
        features = FeatureDistribution(32, p, 0.7 ** np.arange(32))
        cut = np.concatenate([study.weights[-1][k], np.zeros((16, 3))])
        b = np.full(32, p / 2)
        _, before, least = refine(cut, b, features)
        found, _, loss = refine(W, before, features)
        assert np.linalg.norm(found[16:], axis=1).max() < 0.01
        assert loss == pytest.approx(least, rel=1e-5)
        assert expected_loss(cut, before, features) == pytest.approx(loss, rel=1e-5)
