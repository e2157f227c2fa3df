import numpy as np
import pytest

from tegum.studies.dictionary_learning import (
    active_inputs,
    dictionary_learning,
    greatest_cosines,
)
from theory import FeatureDistribution


@pytest.fixture(scope="module")
def study():
    return dictionary_learning(
        n_features=8, n_hidden=3, densities=(0.1,), atoms=(4, 8), samples=400, restarts=4
    )


def test_as_many_atoms_as_features_find_every_feature(study):
    assert study.represented == (8,)
    assert study.score[0, 1] > 0.99
    assert study.found[0, 1] == 1


def test_guesses_and_too_few_atoms_do_not(study):
    assert study.guessed[1] < 0.8
    assert study.found[0, 0] < 0.6


def test_atoms_that_are_the_features_score_one():
    W = np.random.default_rng(0).standard_normal((9, 4))
    assert greatest_cosines(W, 5 * W[::-1]) == pytest.approx(1, abs=1e-12)
    assert greatest_cosines(W, -W).max() < 1


def test_inputs_are_drawn_with_their_density_given_that_one_is_active():
    x = active_inputs(FeatureDistribution(3, 0.2), 20_000, seed=1)
    assert len(x) == pytest.approx(20_000, rel=0.03) and x.any(axis=1).all()
    expected = 0.2 / (1 - 0.8**3)
    assert (x > 0).mean(axis=0) == pytest.approx(expected, abs=4 * np.sqrt(0.25 / 20_000))
