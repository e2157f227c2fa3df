"""Section 9: a privileged basis, n = 10, m = 5, I = .75^i, a ReLU on the neurons."""

from __future__ import annotations

from math import comb

import numpy as np

from claims.claim import Claim
from claims.measured import REGIMES, measured
from theory import FeatureDistribution, expected_loss

HIDDEN = "tests/training/test_hidden.py"
TESTS = "tests/docs/test_claims.py"


def counts(density: float) -> tuple[int, int]:
    """Features represented and monosemantic neurons of the best model found."""
    k = REGIMES.index(density)
    kept = measured("privileged basis")
    return kept["represented"][k], kept["monosemantic"][k]


def pairs() -> int:
    return measured("privileged basis")["pairs"][REGIMES.index(0.02)]


def starts() -> int:
    return measured("privileged basis")["settings"]["restarts"]


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
            else f"At .02, the lowest loss of {starts()} descents has so many features that are a "
            "pair of their own, with weights above .5; many different codes are nearly as good."
        ),
        tests=(f"{TESTS}::test_regimes_of_the_privileged_basis",),
    ),
    Claim(
        "9",
        "1000 models for each density, the lowest loss is shown",
        "1000",
        why=lambda: (
            f"{starts()} descents on fixed points here; where features are sparse few of "
            "them come near the best, and more might find better"
        ),
    ),
    Claim(
        "9",
        "With a hidden bias the model makes it positive, and neurons act in their linear regime",
        "positive",
    ),
)
