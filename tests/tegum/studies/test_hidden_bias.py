"""A bias on the neurons of the model with a hidden ReLU."""

import numpy as np
import pytest

from tegum.studies.hidden_bias import hidden_bias
from theory import FeatureDistribution
from training import ReluHiddenModel, ReluOutputModel, fit


@pytest.fixture(scope="module")
def study():
    return hidden_bias(densities=(0.35,), restarts=2, steps=1000)


def test_hidden_biases_turn_positive_and_neurons_linear(study):
    assert (study.c > 0).all()
    assert study.linear.mean() > 0.9


def test_model_with_hidden_biases_gives_the_privileged_basis_up(study):
    features = FeatureDistribution(10, 0.35, 0.75 ** np.arange(10))
    without = fit(ReluHiddenModel(10, 5), features, restarts=8).loss
    assert study.bound[0] < without
    assert study.loss[0] < study.bound[0] + 0.6 * (without - study.bound[0])


def test_model_with_large_hidden_biases_is_the_relu_output_model():
    features = FeatureDistribution(10, 0.35, 0.75 ** np.arange(10))
    run = fit(ReluOutputModel(10, 5), features, restarts=1)
    x = np.random.default_rng(0).random((100, 10))
    c = np.abs(run.W).sum(axis=0)  # above −Wᵀ x for every input
    neurons = np.maximum(x @ run.W + c, 0)
    biased = np.maximum(neurons @ run.W.T + run.b - run.W @ c, 0)
    np.testing.assert_allclose(biased, np.maximum(x @ run.W @ run.W.T + run.b, 0), atol=1e-12)
