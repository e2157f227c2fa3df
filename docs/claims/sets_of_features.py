"""Section 6: features of unequal density, correlated and anticorrelated features."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from claims.claim import Claim
from claims.sources import table
from theory import AnticorrelatedSet, CorrelatedSet, FeatureDistribution
from training import ReluOutputModel, fit

STUDIES = "tests/tegum/test_phase_studies.py"
DATA = "tests/training/test_data.py"
COLLAPSE = "Collapse of three correlated pairs, n = 6, m = 2"


def varied() -> dict[str, Any]:
    return table("phases", "One feature of another density, n = 5, m = 2")[0]


def at(title: str, density: float) -> dict[str, Any]:
    return next(row for row in table("phases", title) if row["density"] == density)


@cache
def gap_beside(ratio: float) -> float:
    """Degrees between a feature of another density and its neighbours in the pentagon."""
    density = 0.05 * np.array([ratio, 1.0, 1.0, 1.0, 1.0])
    run = fit(ReluOutputModel(5, 2), FeatureDistribution(5, density), restarts=16)
    turn = np.degrees(np.arctan2(run.W[:, 1], run.W[:, 0]))
    apart = np.abs((turn[1:] - turn[0] + 180) % 360 - 180)
    return float(np.sort(apart)[:2].mean())


def slopes() -> list[float]:
    return [float(slope) for slope in varied()["dL/dt below, above"].split(",")]


def collapses() -> dict[str, float]:
    """The densities at which one, two and three pairs collapse, and the end."""
    rows = {row["below / above"].partition(" / ")[0]: row["density"] for row in
            table("phases", COLLAPSE)}  # fmt: skip
    return {
        "none": rows["none collapsed"],
        "one": rows["one collapsed"],
        "two": rows["two collapsed"],
    }


def numbers(text: Any) -> list[float]:
    return [float(number) for number in str(text).split(" to ")]


def within(title: str, densities: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(numbers(at(title, p)["within sets, degrees"])[0] for p in densities)


def pair_eigenvalues() -> tuple[float, float]:
    """Second moments of a correlated pair over its density, along (1, 1)/√2 and (1, −1)/√2."""
    same, product = 1 / 3, 1 / 4
    return same + product, same - product


def means_of_sets() -> tuple[float, float]:
    """The mean of a member over that of the set's density, correlated and anticorrelated."""
    correlated = FeatureDistribution(2, 0.1, groups=(CorrelatedSet((0, 1)),))
    either = FeatureDistribution(2, 0.1, groups=(AnticorrelatedSet((0, 1)),))
    return float(correlated.mean[0] / 0.05), float(either.mean[0] / 0.05)


TEN = "Two correlated sets of ten, n = 20, m = 10"

CLAIMS = (
    Claim(
        "6.1",
        "n = 5, m = 2, density .05: the pentagon becomes two digons if one feature is about 2.5 "
        "times rarer than the others.",
        2.5,
        exact=lambda: round(varied()["times rarer"], 6),
        within=0.25,
        why="Two exact computations, in rational arithmetic too, agree on it; below it the "
        "pentagon is still a local minimum, which single trainings end in or miss.",
        tests=("tests/theory/phases/test_continuation.py::"
               "test_pentagon_and_digons_tie_where_exact_fractions_say",),
        page="phases",
    ),
    Claim(
        "6.1",
        "The rare feature is at 0 then",
        "two digons and a dead feature",
        exact=lambda: varied()["below / above"].partition(" / ")[0],
        tests=("tests/theory/phases/test_continuation.py::"
               "test_pentagon_and_digons_tie_where_exact_fractions_say",),
        page="phases",
    ),
    Claim(
        "6.1",
        "The loss curves of the two geometries cross: of first order",
        "a kink",
        exact=lambda: f"slopes {slopes()[0]:g} and {slopes()[1]:g}",
        holds=lambda: slopes()[0] > 1.5 * slopes()[1],
        tests=("tests/theory/phases/test_continuation.py::"
               "test_slope_is_that_of_the_losses_along_the_branch",),
        page="phases",
    ),
    Claim(
        "6.1",
        "A denser feature repels the others, to a sparser one they crowd: angle to the neighbours "
        "(72° if equal)",
        "above and below 72°",
        trained=lambda: f"{gap_beside(1.5):.1f}° at 1.5 times the density, {gap_beside(0.6):.1f}° "
        "at .6 times",
        holds=lambda: gap_beside(1.5) > 72.5 and gap_beside(0.6) < 71.5,
        tests=("tests/docs/test_claims.py::test_neighbours_of_a_denser_feature_make_room",),
        page="phases",
    ),
    Claim(
        "6.1",
        "In the pentagon ‖W_i‖ = 1/(1 − b_i).",
        "1/(1 − b)",
        exact=lambda: "{:.4f}; 1/(1 − b) is {:.4f}, √(1 − b) {:.4f}".format(
            *(varied()[key] for key in ("norm of the equal pentagon", "1/(1 − b)", "√(1 − b)"))
        ),
        holds=lambda: abs(varied()["norm of the equal pentagon"] - varied()["1/(1 − b)"]) < 0.02,
        why="The output at x_i = 1 need not be 1: the best length is nearer to √(1 − b), which "
        "makes it so at ‖W_i‖² + b = 1.",
        tests=(f"{STUDIES}::test_numbers_in_the_text_of_the_page_are_those_of_its_tables",),
        page="phases",
    ),
    Claim(
        "6.1",
        "The pentagon lies off the unit circle, by its negative bias",
        "‖W_i‖ ≠ 1, b < 0",
        exact=lambda: f"{varied()['norm of the equal pentagon']:.4f}, "
        f"{1 - 1 / varied()['1/(1 − b)']:.4f}",
        holds=lambda: varied()["norm of the equal pentagon"] > 1.05
        and 1 - 1 / varied()["1/(1 − b)"] < 0,
        tests=(f"{STUDIES}::test_numbers_in_the_text_of_the_page_are_those_of_its_tables",),
        page="phases",
    ),
    Claim(
        "6.2",
        "Members of a correlated pair are active with the set's density, of an anticorrelated one "
        "with half of it each",
        (1.0, 0.5),
        exact=means_of_sets,
        within=1e-12,
        tests=(f"{DATA}::test_a_correlated_set_is_active_as_one_with_independent_values",
               f"{DATA}::test_an_anticorrelated_set_has_one_active_member_at_most"),
    ),
    Claim(
        "6.3",
        "Two correlated pairs, m = 2: correlated features are orthogonal, at 1 − S = .2, .1, .05, "
        ".02",
        (90.0,) * 4,
        trained=lambda: within("Two correlated pairs, n = 4, m = 2", (0.2, 0.1, 0.05, 0.02)),
        within=5,
        tests=(f"{STUDIES}::test_correlated_pairs_are_orthogonal_and_antipodal_across",),
        page="phases",
    ),
    Claim(
        "6.3",
        "Two anticorrelated pairs, m = 2: anticorrelated features are antipodal; angle and loss",
        (180.0, 0.0),
        exact=lambda: (180.0, 0.0),
        trained=lambda: (
            within("Two anticorrelated pairs, n = 4, m = 2", (0.1,))[0],
            at("Two anticorrelated pairs, n = 4, m = 2", 0.1)["loss"],
        ),
        within=1e-6,
        tests=(f"{STUDIES}::test_anticorrelated_pairs_are_antipodal_without_loss",
               "tests/theory/loss/test_sets.py::"
               "test_two_anticorrelated_pairs_fit_in_two_dimensions_at_no_cost"),
        page="phases",
    ),
    Claim(
        "6.3",
        "Three correlated pairs, m = 2: side by side in a hexagon, 60° in the figure (r)",
        (60.0, 60.0),
        trained=lambda: within("Three correlated pairs, n = 6, m = 2", (0.05, 0.02)),
        within=6,
        why="at 1 − S = .05, .02: a hexagon that is not regular, and only where features are "
        "sparse",
        tests=(f"{STUDIES}::"
               "test_three_correlated_pairs_make_an_irregular_hexagon_when_sparse",),
        page="phases",
    ),
    Claim(
        "6.4",
        "Two correlated sets of ten, m = 10: each an orthogonal basis, interference only between "
        "them; angles within at 1 − S = .05",
        (90.0, 90.0),
        trained=lambda: tuple(numbers(at(TEN, 0.05)["within sets, degrees"])),
        within=5,
        why=lambda: "nearly orthogonal; the two bases mix there ("
        f"{at(TEN, 0.05)['ten digons / this loss'] - 1:.0%} cheaper than ten antipodal pairs, "
        "which come at .02)",
        tests=(f"{STUDIES}::test_two_bases_of_ten_are_not_antipodal_at_a_twentieth",),
        page="phases",
    ),
    Claim(
        "6.5",
        "Three correlated pairs, m = 2: none, one, two and all three collapse as features grow "
        "denser",
        4,
        exact=lambda: len(set(collapses())) + 1,
        why="two transitions more: the second pair closes its last degrees, and three collapsed "
        "pairs turn from a T to a star",
        tests=(f"{STUDIES}::test_states_of_three_pairs_tie_at_the_densities_of_the_page",),
        page="phases",
    ),
    Claim(
        "6.5",
        "None is collapsed up to 1 − S ≈ .05, one to .15, two to .2, three beyond .25.",
        (0.05, 0.15, 0.225),
        exact=lambda: tuple(round(p, 6) for p in collapses().values()),
        within=0.02,
        why=lambda: "The second lies where the paper has it; none is collapsed up to "
        f"{collapses()['none']:.3f}, and two stay so up to {collapses()['two']:.3f}. Each "
        "transition is of the ground state and of the first order.",
        tests=(f"{STUDIES}::test_states_of_three_pairs_tie_at_the_densities_of_the_page",
               f"{STUDIES}::test_numbers_in_the_text_of_the_page_are_those_of_its_tables"),
        page="phases",
    ),
    Claim(
        "6.5",
        "A collapsed pair is (a + b)/√2, its difference is ignored: second moments along the two, "
        "over p (d)",
        (7 / 12, 1 / 12),
        exact=pair_eigenvalues,
        within=1e-12,
        tests=("tests/theory/loss/test_sets.py::"
               "test_linear_optimum_of_a_correlated_pair_is_its_sum",),
    ),
)  # fmt: skip
