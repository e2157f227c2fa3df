"""Section 4: superposition as a phase change."""

from __future__ import annotations

import numpy as np

from claims.claim import Claim
from claims.measured import measured
from claims.sources import figures_of_the_paper, table
from theory import (
    confusion_transition,
    no_bias_minima,
    superposition_boundary,
    three_feature_boundary,
    two_feature_losses,
)

PHASES = "tests/theory/phases/test_candidates.py"
OPTIMAL = "tests/theory/phases/test_optimal_phases.py"
NO_BIAS = "tests/theory/phases/test_no_bias.py"
STUDIES = "tests/tegum/test_phase_studies.py"
ACTIVATIONS = "tests/tegum/studies/test_activations.py"
SYMBOLIC = "tests/theory/symbolic/test_two_features.py"
READING = figures_of_the_paper()["phase_boundary"]
PAIR = "Two features in one dimension: the antipodal pair's boundary"


def losses_at(p: float, r: float) -> tuple[float, ...]:
    return tuple(float(loss) for loss in two_feature_losses(p, r).values())


def boundary_error() -> float:
    read = np.array(READING["density"])
    return float(np.abs(superposition_boundary(READING["relative_importance"]) / read - 1).max())


def equal_jump() -> float:
    return table("phases", PAIR)[-1]["jump"]


def two_steps_from() -> float:
    return table("phases", "Where its two steps become one")[0]["relative importance"]


def triangle_from() -> float:
    return table("phases", "Three equal features in two dimensions")[0]["density"]


def agreement(n: int) -> float:
    row = table("phases", "Trained phase diagrams against the closed forms")[n - 2]
    return float(row["trained as the closed forms say"].rstrip("%")) / 100


def slopes(step: float = 1e-7) -> tuple[float, float]:
    """Of the least loss at equal importance, below and above 4/7."""

    def least(p: float) -> float:
        return min(losses_at(p, 1.0))

    tie = 4 / 7
    return (least(tie) - least(tie - step)) / step, (least(tie + step) - least(tie)) / step


def confused() -> tuple[float, ...]:
    return no_bias_minima(0.9, 0.8)[0].W


def other_phases() -> str:
    """How much of the diagram another activation puts into another phase than ReLU does."""
    kept = measured("other activations")
    names, antipodal = kept["settings"]["names"], kept["phases"].index("antipodal")
    return "; ".join(
        f"{name}: {changed:.0%} in another phase, {shares[antipodal]:.0%} antipodal"
        for name, changed, shares in zip(names, kept["changed"], kept["shares"], strict=True)
    )


def changed(name: str) -> float:
    kept = measured("other activations")
    return kept["changed"][kept["settings"]["names"].index(name)]


def small_second() -> float:
    lowest = no_bias_minima(0.9, 0.1)[0]
    return abs(lowest.W[1])


def least_jump() -> float:
    """The least difference of W_2 across the transition without biases."""
    return min(
        float(row["W confused"].split(",")[1]) - float(row["W antipodal"].split(",")[1])
        for row in table("phases", "Without biases")
    )


CLAIMS = (
    Claim(
        "4.1",
        "n = 2, m = 1: losses r (p/3 − p²/4), p/3 − p²/4 and (1 + r) p²/6 of one feature ignored, "
        "the other ignored, both in an antipodal pair; at p = .3, r = 2",
        (2 * (0.1 - 0.0225), 0.1 - 0.0225, 0.045),
        exact=lambda: losses_at(0.3, 2.0),
        within=1e-15,
        tests=(f"{PHASES}::test_candidate_costs_the_exact_loss_of_its_weights",),
        page="formulas",
    ),
    Claim(
        "4.1",
        "The density up to which superposition is best, by relative importance: nine columns of "
        "the theory panel (r), at "
        + ", ".join(f"{r:g}" for r in READING["relative_importance"]),
        tuple(READING["density"]),
        exact=lambda: tuple(superposition_boundary(READING["relative_importance"]).round(4)),
        within=READING["reading_error"] * 0.572,
        tests=(f"{PHASES}::test_boundary_is_that_of_the_papers_figure",),
        page="phases",
    ),
    Claim(
        "4.1",
        "Three phases meet at equal importance (r)",
        0.572,
        exact=lambda: float(superposition_boundary(1.0)),
        within=0.01,
        why=lambda: "4/7 for the three candidates; with weights at their best the pair lasts to "
        f"{equal_jump():.4f}",
        tests=(f"{PHASES}::test_three_phases_meet_at_four_sevenths",
               f"{SYMBOLIC}::test_all_candidates_meet_at_the_triple_point"),
        page="phases",
    ),
    Claim(
        "4.1",
        "The phases of n = 2, m = 1 are the three candidates: at equal importance, above 4/7, one "
        "feature is ignored.",
        "antipodal to 4/7",
        exact=lambda: f"antipodal to {equal_jump():.6f}, then both present to density 1",
        trained=lambda: f"{agreement(2):.1%} of 1024 points as the closed forms say",
        holds=lambda: abs(equal_jump() - 4 / 7) < 0.01,
        why=lambda: "The candidates fix the weights. Optimised, the pair lasts longer, and above a "
        f"relative importance of {two_steps_from():.4f} there are two steps: a jump between two "
        "antipodal states, then W_2 vanishes continuously. That is the blur of the paper's "
        "empirical diagram.",
        tests=(f"{OPTIMAL}::"
               "test_transition_has_two_steps_above_the_end_of_the_boundary_and_one_below",
               f"{STUDIES}::test_boundary_of_the_antipodal_pair_is_of_the_ground_state"),
        page="phases",
    ),
    Claim(
        "4.1",
        "The trained diagram is that of theory: share of points in the same phase",
        1.0,
        trained=lambda: agreement(2),
        within=0.05,
        why="off near equal importance and densities .57 to .75, where the optimum is",
        tests=("tests/validation/test_closed_forms.py::"
               "test_two_features_without_bias_cost_what_mcgrath_integrated",
               f"{OPTIMAL}::test_optimum_is_never_above_the_papers_candidates"),
        page="phases",
    ),
    Claim(
        "4.1",
        "The change is of first order: a kink of the least loss, with slopes at 4/7 (d)",
        (8 / 21, 1 / 21),
        exact=lambda: tuple(round(slope, 4) for slope in slopes()),
        within=1e-4,
        why="for the candidates; of the two steps of the optimum only the first is",
        tests=("tests/validation/test_footnotes.py::"
               "test_slope_of_the_least_loss_jumps_at_the_triple_point",
               f"{SYMBOLIC}::test_loss_has_a_kink_at_the_transition"),
        page="phases",
    ),
    Claim(
        "4.2",
        "n = 3, m = 2: densities below which two share a dimension, at relative importance .1, 1, "
        "3 (d)",
        (0.16, 4 / 7, 4 / 7),
        exact=lambda: tuple(float(p) for p in three_feature_boundary([0.1, 1.0, 3.0])),
        within=1e-12,
        tests=(f"{PHASES}::"
               "test_two_of_three_features_share_a_dimension_exactly_below_the_boundary",
               f"{SYMBOLIC}::test_candidates_of_three_features_are_the_exact_losses_of_their_weights"),
        page="phases",
    ),
    Claim(
        "4.2",
        "n = 3, m = 2: four solutions are considered, W ⊥ (1, 1, 1) is not.",
        "no triangle",
        exact=lambda: f"triangle from {triangle_from():.6f} to 1 at equal importance",
        trained=lambda: f"{agreement(3):.1%} of 1024 points as the closed forms say",
        holds=lambda: triangle_from() >= 1,
        why="Around equal importance the triangle is the optimum at every density above that, and "
        "what is learned.",
        tests=(f"{STUDIES}::"
               "test_triangle_of_three_equal_features_is_below_every_candidate_of_the_paper",
               f"{STUDIES}::test_three_features_in_two_dimensions_train_as_the_closed_forms_say"),
        page="phases",
    ),
    Claim(
        "4.3",
        "Without biases, S = .1 and I_2 = .8: the confused feature W_1 ≈ W_2 ≈ 1/√2",
        (0.7071, 0.7071),
        exact=confused,
        within=0.06,
        tests=(f"{NO_BIAS}::"
               "test_third_surface_of_mcgrath_is_confused_and_has_a_second_higher_minimum",
               "tests/validation/test_closed_forms.py::"
               "test_confused_feature_costs_p_times_four_minus_three_p"),
        page="phases",
    ),
    Claim(
        "4.3",
        "Without biases two minima (but for the sign) can coexist",
        2,
        exact=lambda: len(no_bias_minima(0.9, 0.8)),
        tests=(f"{NO_BIAS}::test_minima_are_the_lowest_of_descents_from_many_starts",),
        page="phases",
    ),
    Claim(
        "4.3",
        "Without biases a feature of low importance has a low W_2 that is not 0",
        "0 < W_2 ≪ 1",
        exact=lambda: f"{small_second():.4f} at 1 − S = .9, I_2 = .1",
        holds=lambda: 1e-3 < small_second() < 0.3,
        tests=(f"{NO_BIAS}::test_second_derivative_at_zero_changes_sign_at_the_onset",),
        page="phases",
    ),
    Claim(
        "4.3",
        "Without biases antipodal and confused states change places by a jump",
        "discontinuous",
        exact=lambda: f"at 1 − S = {confusion_transition(1.0):.6f} for equal importance, "
        "(40 − 4√14)/43",
        holds=lambda: least_jump() > 0.1,
        tests=(f"{SYMBOLIC}::"
               "test_confused_and_antipodal_states_are_minima_that_tie_at_the_transition",
               f"{NO_BIAS}::test_transition_separates_two_exact_minima_at_a_distance"),
        page="phases",
    ),
    Claim(
        "4.3",
        "Without biases the way from a small W_2 to the antipodal pair is continuous.",
        "continuous",
        exact=lambda: f"W_2 jumps by {least_jump():.2f} at least",
        holds=lambda: least_jump() < 0.01,
        why="It is the same jump, at every importance: the small W_2 has the sign of W_1.",
        tests=(f"{NO_BIAS}::test_transition_separates_two_exact_minima_at_a_distance",),
        page="phases",
    ),
    Claim(
        "4.3",
        "McGrath's integrals of the loss without biases",
        "closed forms",
        exact=lambda: f"{no_bias_minima(0.9, 0.8)[0].loss:.6f} at the confused minimum",
        holds=lambda: no_bias_minima(0.9, 0.8)[0].kind == "confused",
        tests=(f"{SYMBOLIC}::test_mcgraths_integrals_are_the_exact_loss",
               "tests/validation/test_closed_forms.py::"
               "test_two_features_without_bias_cost_what_mcgrath_integrated"),
        page="formulas",
    ),
    Claim(
        "4.3",
        "Phase diagrams look quite different with another activation (Sachan)",
        "different",
        trained=other_phases,
        holds=lambda: min(changed(name) for name in ("GELU", "square")) > 0.1,
        why="but a leaky ReLU of slope .1 puts no point of the grid into another phase; with a "
        "square the boundary hardly depends on the density where features are sparse",
        tests=(f"{ACTIVATIONS}::test_other_activations_move_the_phases",),
    ),
)  # fmt: skip
