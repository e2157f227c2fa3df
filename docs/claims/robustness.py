"""Sections 8, 11 and 12: attacks, and what can be tested of the strategic picture."""

from __future__ import annotations

from typing import Any

import numpy as np

from claims.claim import Claim
from claims.measured import measured
from claims.sources import data, table
from geometry import template
from theory import ideal, output_gain

THEORY = "tests/theory/test_adversarial.py"
STUDY = "tests/tegum/test_adversarial.py"
L1 = "tests/tegum/studies/test_l1_margin.py"


def correlations() -> list[dict[str, Any]]:
    return table("adversarial", "Rank correlations")


def largest() -> float:
    return max(float(row["largest ratio"]) for row in correlations())


def spearman() -> float:
    return min(float(row["Spearman, of those"]) for row in correlations())


def last_ratio() -> float:
    return float(table("adversarial", "n = 100, m = 20")[-1]["ratio"])


def per_example() -> float:
    return max(float(row["per example"]) for row in table("adversarial", "n = 100, m = 20"))


def gains() -> tuple[float, float, float]:
    """‖(W Wᵀ)_i‖² of a dedicated feature, of a digon and of a pentagon, unit norms."""
    shapes = (np.eye(1), template("digon").vertices, template("pentagon").vertices)
    one, two, five = (float(output_gain(W)[0] ** 2) for W in shapes)
    return one, two, five


def attacked() -> tuple[float, ...]:
    return tuple(round(v, 3) for v in measured("attacked training")["features_per_dimension"])


def strongest_l1() -> str:
    record = data("footnotes")["l1"]
    rows = zip(record["l1"], record["represented"], record["largest_dimensionality"], strict=True)
    alone = [l1 for l1, kept, largest in rows if kept and largest > 0.9]
    return "at no strength" if not alone else f"from λ = {alone[0]:g} on"


def climbed() -> tuple[str, str, str]:
    """By density: inputs without a gradient, and ascent along it over the paper's candidates."""
    kept = measured("gradient attacks")
    ratios = np.divide(kept["gradients"], kept["candidates"])
    return (
        ", ".join(f"{share:.0%}" for share in kept["without_gradient"]),
        ", ".join(f"{ratio:.2f}" for ratio in ratios),
        ", ".join(f"{p:g}" for p in kept["settings"]["densities"]),
    )


def weakest_climb() -> float:
    kept = measured("gradient attacks")
    return float(np.divide(kept["gradients"], kept["candidates"]).min())


def penalised() -> tuple[int, int, float]:
    """Features with λ and without it, and the least D_i of those with it."""
    kept = measured("l1 on neurons")
    return kept["represented"][1], kept["represented"][0], kept["least_dimensionality"][1]


def orders() -> tuple[float, float]:
    record = data("footnotes")["l1"]
    return record["order_of_superposition"], record["order_of_loss"]


def decoded(decoder: str, density: float) -> dict[str, Any]:
    """What a decoder makes of trained weights, n = 100, m = 20."""
    return next(
        row
        for row in data("sensing")["decoders"]
        if (row["n_hidden"], row["density"], row["weights"], row["decoder"])
        == (20, density, "trained", decoder)
    )


def recovered(decoder: str, density: float) -> float:
    return decoded(decoder, density)["recovered"]


def found_features() -> float:
    record = data("footnotes")["dictionaries"]
    return min(row[record["atoms"].index(20)] for row in record["score"])


CLAIMS = (
    Claim(
        "8",
        "A row of WᵀW is (1, 0, …) without superposition and (1, ε, −ε, …) with it; attacked along "
        "it, features lose 1/D_i: 1, 2, 5/2 for one alone, digons, a pentagon (d)",
        (1.0, 2.0, 2.5),
        exact=gains,
        within=1e-12,
        tests=(
            f"{THEORY}::test_gain_is_the_squared_norm_over_the_root_of_the_dimensionality",
            f"{THEORY}::test_no_direction_moves_an_output_more_than_its_candidate",
        ),
        page="adversarial",
    ),
    Claim(
        "8",
        "(L' − L)/(L'_0 − L_0) rises above 3 as superposition forms",
        "> 3",
        trained=lambda: f"{largest():.2f} at most",
        holds=lambda: largest() > 3,
        why=lambda: (
            f"one worst attack for the whole model; one per example reaches {per_example():.1f}"
        ),
        tests=(f"{STUDY}::test_ratio_follows_the_features_per_dimension_while_features_are_spare",),
        page="adversarial",
    ),
    Claim(
        "8",
        "Vulnerability closely tracks the features per dimension 1/D*",
        "closely",
        trained=lambda: f"rank correlation {spearman():.3f} at least while features are left over",
        holds=lambda: spearman() > 0.9,
        why=lambda: (
            "once all features are represented it falls again, to "
            f"{last_ratio():.2f} at 1/(1 − S) = 1000: short attacks do not pass the biases"
        ),
        tests=(
            f"{STUDY}::test_ratio_follows_the_features_per_dimension_while_features_are_spare",
            f"{STUDY}::test_short_attacks_are_swallowed_by_the_biases_once_no_features_are_spare",
        ),
        page="adversarial",
    ),
    Claim(
        "8",
        "Training under attacks reduces superposition: features per dimension at attacks of 0, .1, "
        ".4, .8 of the input norm",
        "falls",
        trained=lambda: ", ".join(f"{v:g}" for v in attacked()),
        holds=lambda: attacked()[0] > attacked()[2] > attacked()[3],
        tests=(
            "tests/training/test_penalties.py::test_attacks_in_training_drive_superposition_out",
        ),
        page="adversarial",
    ),
    Claim(
        "8",
        "Attacks of 80 % of the input norm in training remove superposition completely: features "
        "per dimension.",
        1.0,
        trained=lambda: attacked()[-1],
        within=0.1,
        why="They shrink it (n = 20, m = 6, 1 − S = .1) and do not remove it. The paper gives no "
        "settings for this remark.",
        tests=("tests/docs/test_claims.py::test_strong_attacks_leave_superposition",),
        page="adversarial",
    ),
    Claim(
        "8",
        "Gradient attacks fail where ReLUs are off almost always.",
        "fail",
        trained=lambda: (
            "no gradient at {} of inputs; ascent costs {} times what the paper's candidates do, "
            "one for each input, at 1 − S = {}".format(*climbed())
        ),
        holds=lambda: weakest_climb() < 1,
        why="Inputs without a gradient are those on which no candidate of that length does harm "
        "either; on the others ascent finds worse attacks (n = 100, m = 20).",
        tests=(
            f"{STUDY}::test_gradients_vanish_only_where_no_attack_of_that_length_harms",
            f"{STUDY}::test_climbing_along_gradients_costs_more_than_the_candidates",
        ),
    ),
)

STRATEGY = (
    Claim(
        "11",
        "λ ‖h‖_1 in the loss removes superposition, at a cost, and kills features below an "
        "importance; especially if they are not aligned with the basis",
        "removes",
        trained=lambda: "a hidden ReLU, n = 10, m = 5: {} features of {} left, D_i from {:.2f} on; "
        "n = 5, m = 2, equal features: features alone {}".format(*penalised(), strongest_l1()),
        holds=lambda: penalised()[2] > 0.7,
        why="with a hidden ReLU and falling importances it does; with equal "
        "features and no preferred basis fewer features are left, in digons, until "
        "none is",
        tests=("tests/training/test_penalties.py::test_l1_takes_superposition_out",
               f"{L1}::test_strong_penalty_takes_features_away_but_never_leaves_one_alone"),
        page="footnotes",
    ),
    Claim(
        "11",
        "A small λ reduces superposition with hardly any loss (fn 21): orders in λ (d)",
        (1.0, 2.0),
        trained=orders,
        within=0.05,
        tests=(f"{L1}::test_superposition_falls_at_first_order_and_the_loss_rises_at_second",),
        page="footnotes",
    ),
    Claim(
        "11",
        "With the directions known, features can be got back by compressed sensing",
        "sparse inputs",
        trained=lambda: "n = 100, m = 20, nonnegative least squares: "
        + ", ".join(
            f"{recovered('nonnegative least squares', p):.0%} at 1 − S = {p:g}"
            for p in (0.1, 0.05, 0.01)
        ),
        holds=lambda: recovered("nonnegative least squares", 0.01) > 0.99,
        why="not where features are dense, and not by the model's own readout",
        tests=("tests/tegum/test_decoders.py::"
               "test_programme_recovers_what_the_readout_of_a_trained_model_does_not",),
        page="sensing",
    ),
    Claim(
        "11",
        "Sparse coding H ≈ A B finds the features after training (fn 20): mean largest cosine",
        1.0,
        trained=lambda: round(found_features(), 4),
        within=0.05,
        tests=("tests/tegum/studies/test_dictionary_learning.py::"
               "test_as_many_atoms_as_features_find_every_feature",),
        page="footnotes",
    ),
    Claim(
        "11",
        "In mixtures of experts, per activation, superposition is not optimal (preliminary)",
        "",
    ),
    Claim(
        "12",
        "Non-independent features may pack better (open question): loss of two anticorrelated "
        "pairs in two dimensions",
        "open",
        exact=lambda: 0.0,
        trained=lambda: table("phases", "Two anticorrelated pairs, n = 4, m = 2")[1]["loss"],
        holds=lambda: ideal("digon", 0.05).loss_per_feature
        > table("phases", "Two anticorrelated pairs, n = 4, m = 2")[1]["loss"],
        why="they do: four features in two dimensions at no loss",
        tests=("tests/theory/loss/test_sets.py::"
               "test_two_anticorrelated_pairs_fit_in_two_dimensions_at_no_cost",),
        page="phases",
    ),
)  # fmt: skip
