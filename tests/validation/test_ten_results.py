"""Ten results as they were when they were pinned, and most of them against something else."""

from functools import cache

import numpy as np
import pytest

from tests.validation.ten_results import FITS, NAMES, PACKED, PINNED, TOLERANCE, of_run, result
from theory import (
    absolute_value_loss,
    absolute_value_losses,
    best_packing,
    exact_reference_loss,
    ideal,
    rational_loss,
)
from training import fit_config


@cache
def fitted(name):
    return fit_config(FITS[name])


@pytest.mark.parametrize("name", NAMES)
def test_result_is_as_pinned(name):
    loss, verdict = PINNED[name]
    found = of_run(fitted(name)) if name in FITS else result(name)
    assert found.loss == pytest.approx(loss, rel=TOLERANCE[name], abs=0)
    assert found.verdict == verdict


@pytest.mark.parametrize(
    "name", ["five features", "a correlated set", "an l1 penalty", "the sampled method"]
)
def test_losses_of_small_models_are_those_of_rational_arithmetic(name):
    run = fitted(name)
    exact = rational_loss(run.W, run.b, run.features)
    assert float(run.loss) == pytest.approx(float(exact), rel=1e-9, abs=0)


@pytest.mark.parametrize("name", ["twenty features", "sixty features"])
def test_losses_of_larger_models_are_those_of_the_reference(name):
    run = fitted(name)
    reference = exact_reference_loss(run.W, run.b, run.features)
    assert float(run.loss) == pytest.approx(reference, rel=1e-8, abs=0)


def test_sixty_features_are_thirty_ideal_digons():
    run = fitted("sixty features")
    (density,) = np.unique(run.features.density)
    digons = 60 * ideal("digon", float(density)).loss_per_feature
    assert float(run.loss) == pytest.approx(digons, rel=1e-8, abs=0)


def test_packing_costs_what_its_weights_do():
    packing = best_packing(PACKED, 3)
    exact = rational_loss(packing.W, packing.b, PACKED)
    assert packing.loss == pytest.approx(float(exact), rel=1e-9, abs=0)


def test_three_neurons_take_the_absolute_value_of_one_feature_and_half_of_another():
    run = fitted("absolute values")
    (density,) = np.unique(run.features.density)
    closed_form = float(absolute_value_losses(density)["one"])
    assert run.readout is not None
    assert absolute_value_loss(run.W, run.readout, run.b, run.features) == pytest.approx(
        closed_form, rel=1e-3
    )
