"""Section 9: a privileged basis, n = 10, m = 5, I = .75^i, a ReLU on the neurons."""

from __future__ import annotations

import json
from functools import cache
from math import comb
from typing import Any

import numpy as np
from kept import DATA

from claims.claim import Claim
from claims.measured import measured
from tegum.studies.privileged_basis import CLEAR
from theory import FeatureDistribution, expected_loss
from theory.features import Array

HIDDEN = "tests/training/test_hidden.py"
TESTS = "tests/docs/test_claims.py"

BIAS = "tests/tegum/studies/test_hidden_bias.py"


@cache
def searches() -> list[dict[str, Any]]:
    """What the page on this section keeps: of every search its config and its best models."""
    found = []
    for path in sorted(DATA.glob("privileged-basis-*.npz")):
        with np.load(path, allow_pickle=False) as kept:
            found.append({**kept, **json.loads(str(kept["config"]))})
    return found


def weights(density: float) -> Array:
    """The best model found at a density."""
    found = [
        (one["loss"][k], one["W"][k])
        for one in searches()
        for k, p in enumerate(one["densities"])
        if p == density
    ]
    return min(found, key=lambda each: each[0])[1]


def counts(density: float, weight: float = CLEAR) -> tuple[int, int]:
    """Features represented and monosemantic neurons of the best model found."""
    W = weights(density)
    represented = W.max(axis=-1) > 0.4
    clear = (np.abs(W[represented]) > weight).sum(axis=0)
    return int(represented.sum()), int((clear == 1).sum())


def pairs() -> int:
    """How many features are a pair of neurons of their own, with weights above .5."""
    large = [tuple(np.flatnonzero(row > 0.5)) for row in weights(0.03)]
    return len({pair for pair in large if len(pair) == 2})


def starts() -> int:
    return max(one["restarts"] for one in searches())


def biased() -> str:
    """What biases the neurons get, and how often they are on."""
    kept = measured("biased neurons")
    rows = zip(kept["density"], kept["c"], kept["linear"], strict=True)
    return "; ".join(
        f"1 − S = {p:g}: {min(c):.2f} to {max(c):.2f}, on at {np.mean(on):.0%} of inputs"
        for p, c, on in rows
    )


def least_linear() -> float:
    return min(map(min, measured("biased neurons")["linear"]))


def positive() -> float:
    """The share of hidden biases that are."""
    return float((np.array(measured("biased neurons")["c"]) > 0).mean())


def rotation_error() -> float:
    """The relative change of an exact loss as hidden space is turned, without a hidden ReLU."""
    rng = np.random.default_rng(0)
    W, b = rng.normal(size=(6, 3)) / 2, rng.normal(size=6) / 10
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    features = FeatureDistribution(6, 0.2)
    turned, before = (float(expected_loss(V, b, features)) for V in (W @ turn, W))
    return abs(turned / before - 1)


def narrow(density: float, paper: tuple[int, int]) -> str:
    """What to say where the best that was found is not the paper's."""
    if counts(density) == paper:
        return ""
    return (
        f"The lowest loss of {starts()} descents. Regimes are narrow and their losses close; more "
        "starts may find the paper's."
    )


def regime(density: float, says: str, paper: tuple[int, int], *, tests=()) -> Claim:
    return Claim(
        "9",
        f"1 − S = {density:g}: {says}: (features represented, monosemantic neurons)",
        paper,
        trained=lambda: counts(density),
        why=lambda: narrow(density, paper),
        tests=(f"{TESTS}::test_regimes_of_the_privileged_basis", *tests),
    )


CLAIMS = (
    Claim(
        "9",
        "W' = O W is the same model where hidden units are linear: no privileged basis",
        "identical",
        exact=lambda: "loss unchanged to 1e-12" if rotation_error() < 1e-12 else "changed",
        holds=lambda: rotation_error() < 1e-12,
        tests=(
            "tests/theory/loss/test_expected_loss.py::"
            "test_rotating_hidden_space_leaves_the_loss_and_turns_the_gradient",
        ),
    ),
    regime(
        0.75,
        "at least ≈ .5, five features, one for each neuron",
        (5, 5),
        tests=(f"{HIDDEN}::test_dense_features_have_a_neuron_each",),
    ),
    regime(
        0.35,
        "≈ .2 to .5, the top three alone, the next three on two neurons as a binary code",
        (6, 3),
        tests=(f"{HIDDEN}::test_three_features_share_two_neurons_as_a_binary_code",),
    ),
    regime(0.15, "five features on three neurons, two monosemantic", (7, 2)),
    regime(0.12, "six features on four neurons, one monosemantic", (7, 1)),
    regime(0.06, ".05 to .08, eight features on five neurons, all polysemantic", (8, 0)),
    Claim(
        "9",
        "1 − S ≤ .04: every feature is a pair of neurons, C(5, 2) = 10 of them",
        10,
        exact=lambda: comb(5, 2),
        trained=pairs,
        why=lambda: (
            ""
            if pairs() == comb(5, 2)
            else f"At .03, the lowest loss of {starts()} descents has so many features that are a "
            "pair of their own, with weights above .5; many different codes are nearly as good."
        ),
        tests=(f"{TESTS}::test_regimes_of_the_privileged_basis",),
    ),
    Claim(
        "9",
        "1000 models for each density, the lowest loss is shown",
        1000,
        trained=starts,
        why="descents on fixed points here, and of every best one at the densities beside its own, "
        "which where states are close is lower",
        tests=("tests/docs/test_neuron_figures.py::test_as_many_models_as_the_papers_are_compared",),
    ),
    Claim(
        "9",
        "With a hidden bias the model makes it positive, and neurons act in their linear regime",
        "positive",
        exact=lambda: "any model without a hidden ReLU is one with large hidden biases",
        trained=biased,
        holds=lambda: positive() > 0.9 and least_linear() > 0.9,
        tests=(f"{BIAS}::test_hidden_biases_turn_positive_and_neurons_linear",
               f"{BIAS}::test_model_with_large_hidden_biases_is_the_relu_output_model"),
    ),
)  # fmt: skip
