"""Every public function with arguments that are not as they should be: an answer or one line."""

import warnings
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import geometry
import theory
import training
from tests.hostile import functions
from tests.hostile.law import outcome

SEEDS = st.integers(0, 2**64 - 1)
SLOW = {"antipodal_boundary", "atlas", "best_packing", "fit", "stable_densities", "transition",
        "transitions", "three_neurons", "random_code", "optimal_phases"}  # fmt: skip
KNOWN = {
    *functions.CALLS,
    *functions.RESULTS,
    *functions.OF_RESULTS,
    *functions.OF_FILES,
    *functions.WITHOUT_ARGUMENTS,
}


@pytest.mark.parametrize("package", [geometry, theory, training])
def test_every_public_name_is_tried(package):
    names = {name for name in package.__all__ if callable(getattr(package, name))}
    assert names <= KNOWN


@pytest.mark.parametrize("package", [geometry, theory, training])
@given(SEEDS)
def test_wrong_arguments_are_refused_in_one_line(package, seed):
    rng = Random(seed)
    name = rng.choice([n for n in functions.CALLS if n in package.__all__ and n not in SLOW])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        given_arguments = functions.made_wrong(name, rng)
    call = functions.CALLS[name].function
    outcome(lambda: call(**given_arguments), functions.UNDEFINED.get(name, ()))


def test_what_is_called_right_is_answered():
    for name in ("dimensionality", "identify", "expected_loss", "bounds", "ideal"):
        one = functions.CALLS[name]
        found = outcome(lambda one=one: one.function(**one.right), functions.VERDICT)
        assert found.answered
