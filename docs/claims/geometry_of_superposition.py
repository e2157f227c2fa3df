"""Section 5: the geometry of equal features."""

from __future__ import annotations

from functools import cache

import numpy as np

from claims.claim import Claim
from claims.measured import measured
from claims.sources import table
from geometry import dimensionality, template
from theory import FeatureDistribution, ideal, transition
from training import ReluOutputModel, fit

MEASURES = "tests/geometry/test_measures.py"
STUDY = "tests/tegum/test_dimensions_per_feature.py"
SHAPES = "tests/validation/test_trained_shapes.py::"
SHAPES += "test_a_trained_model_at_the_loss_of_a_shape_has_its_name"
TIGHT = 0.002  # between the antiprism that is a tight frame and that of Thomson's problem
TRAINED = table("large-n", "Trained and predicted")
# where each shape is what these sizes learn
MODELS = {
    "tetrahedron": (4, 3, 0.8),
    "triangle": (3, 2, 0.7),
    "digon": (2, 1, 0.3),
    "pentagon": (5, 2, 0.05),
    "square antiprism": (8, 3, 0.05),
}
LINES = {"tetrahedron": 3 / 4, "triangle": 2 / 3, "digon": 1 / 2, "pentagon": 2 / 5,
         "square antiprism": 3 / 8}  # fmt: skip
LINE_TESTS = {
    "tetrahedron": "test_simplex_gives_each_feature_all_but_one_kth",
    "triangle": "test_simplex_gives_each_feature_all_but_one_kth",
    "digon": "test_simplex_gives_each_feature_all_but_one_kth",
    "pentagon": "test_polygon_of_k_features_gives_each_two_kths_of_a_dimension",
    "square antiprism": "test_square_antiprism_has_three_eighths_within_two_thousandths",
}


@cache
def trained_dimensionality(name: str) -> float:
    n, m, p = MODELS[name]
    run = fit(ReluOutputModel(n, m), FeatureDistribution(n, p), restarts=8)
    return round(float(np.mean(dimensionality(run.W))), 3)


def antiprism_on_line() -> bool:
    return abs(mean_dimensionality("square antiprism") - 3 / 8) <= TIGHT


def mean_dimensionality(name: str) -> float:
    return float(np.mean(dimensionality(template(name).vertices)))


def between(low: float, high: float) -> np.ndarray:
    """D* of n = 400, m = 30 with 1/(1 − S) in a range."""
    return np.array([float(row["D*"]) for row in TRAINED if low <= float(row["1/(1−S)"]) <= high])


def span(values: np.ndarray) -> str:
    return f"{values.min():.3f} to {values.max():.3f}"


def ideal_span(low: float, high: float) -> str:
    found = [float(row["D* of it"]) for row in TRAINED if low <= float(row["1/(1−S)"]) <= high]
    return span(np.array(found))


def doubled() -> float:
    """Features learned, ‖W‖²_F, with n = 400, m = 30 over those with n = 200, m = 15, on average.

    At 1/(1 − S) of the larger model from 2 to 20, between the densities of the smaller one.
    """
    half = table("adversarial", "n = 200, m = 15")
    x = np.log([float(row["1/(1−S)"]) for row in half])
    y = [15 * float(row["features per dimension"]) for row in half]
    large = [row for row in TRAINED if 2 <= float(row["1/(1−S)"]) <= 20]
    ratios = [
        30 / float(row["D*"]) / np.interp(np.log(float(row["1/(1−S)"])), x, y) for row in large
    ]
    return float(np.mean(ratios))


def bipyramid(k: int) -> str:
    name = {3: "triangular bipyramid", 5: "pentagonal bipyramid"}[k]
    D = dimensionality(template(name).vertices)
    return ", ".join(f"{(np.abs(D - d) < 1e-9).sum()} × {f}" for d, f in
                     ((2 / k, f"2/{k}"), (1 / 2, "1/2")))  # fmt: skip


def sparse_losses(p: float) -> tuple[float, float]:
    """Three equal features in two dimensions: the triangle; a digon and one alone."""
    return 3 * ideal("triangle", p).loss_per_feature, 2 * ideal("digon", p).loss_per_feature


def square() -> tuple[float, float]:
    turn = np.pi / 2 * np.arange(4)
    W = np.column_stack([np.cos(turn), np.sin(turn)])
    orthogonal = np.array([[1, 0, 1, 0], [0, 1, 0, 1]])
    return float(np.abs(orthogonal @ W).max()), float(dimensionality(W).mean())


def sums() -> np.ndarray:
    return np.array(measured("dimensionalities")["sum_over_m"])


CLAIMS = (
    Claim(
        "5.1",
        "n = 400, m = 30: D* = m/‖W‖²_F is sticky at 1 where features are dense (r: to "
        "1/(1 − S) ≈ 1.4)",
        "1",
        exact=lambda: f"{ideal_span(1, 1.4)} for the best shape",
        trained=lambda: span(between(1, 1.4)),
        holds=lambda: bool((np.abs(between(1, 1.4) - 1) < 0.02).all()),
        why="so it is where training ends; the optimum is not there, but falls from the start: "
        "simplices and triangles gain more",
        tests=(f"{STUDY}::test_best_shapes_go_from_simplices_over_digons_to_codes",),
        page="large-n",
    ),
    Claim(
        "5.1",
        "D* is sticky at 1/2, antipodal pairs, over a wide range (r: 1/(1 − S) from 2.5 to 3.5)",
        "1/2",
        exact=lambda: ideal_span(2.5, 3.5),
        trained=lambda: f"{span(between(2.5, 3.5))}; {span(between(2.2, 4.5))} from 2.2 to 4.5",
        holds=lambda: bool((np.abs(between(2.5, 3.5) - 0.5) < 0.03).all()),
        tests=(f"{STUDY}::test_dimensions_per_feature_are_near_the_prediction",
               "tests/training/test_fit.py::test_equal_features_of_middle_density_end_as_digons"),
        page="large-n",
    ),
    Claim(
        "5.1",
        "Beyond, D* falls",
        "falls",
        trained=lambda: span(between(5, 1000)),
        holds=lambda: bool((np.diff(between(5, 1000)) < 0).all()),
        tests=(f"{STUDY}::test_dimensions_per_feature_are_near_the_prediction",),
        page="large-n",
    ),
    Claim(
        "5.1",
        "Dedicated features end and digons begin at 1/(1 − S) = 7/4 (d)",
        1.75,
        exact=lambda: 1 / transition("triangle", "digon"),
        within=0.25,
        why="digons are better than dedicated features wherever something is clipped; before them "
        "come triangles, which tie with digons there",
        tests=("tests/theory/shapes/test_transitions.py::"
               "test_a_digon_gains_more_than_a_dedicated_feature_wherever_something_is_clipped",
               "tests/theory/test_dedicated_digon.py::"
               "test_digons_appear_for_equal_importances_below_four_sevenths"),
        page="transitions",
    ),
    Claim(
        "5.1",
        "Doubling m doubles the features that are learned (n ≫ m)",
        2.0,
        trained=lambda: round(doubled(), 3),
        within=0.15,
        tests=(f"{STUDY}::test_trained_models_gain_what_the_best_prediction_says",),
        page="large-n",
    ),
    *(
        Claim(
            "5.2",
            f"D_i of the {name}",
            line,
            exact=lambda name=name: mean_dimensionality(name),
            trained=lambda name=name: trained_dimensionality(name),
            within=TIGHT if name == "square antiprism" else 1e-3,
            holds=antiprism_on_line if name == "square antiprism" else None,
            why="3/8 only if it is tight, z² = 1/3; that of Thomson's problem is just below, the "
            "trained one lower by more than that tolerance" if name == "square antiprism" else "",
            tests=(f"{MEASURES}::{LINE_TESTS[name]}", SHAPES),
            page="catalogue",
        )
        for name, line in LINES.items()
    ),
    Claim(
        "5.2",
        "D_i of a feature that is not learned",
        0.0,
        exact=lambda: float(dimensionality(np.array([[1.0], [0.0]]))[1]),
        tests=(f"{MEASURES}::test_zero_feature_has_no_dimensionality_leverage_or_interference",),
    ),
    Claim(
        "5.2",
        "Σ D_i ≈ m when features are packed efficiently: Σ D_i/m at most, and of trained models",
        (1.0,) * 8,
        trained=lambda: (1.0, *(round(float(value), 4) for value in sums())),
        within=0.01,
        why="at most the rank of W, always: D_i is at most the leverage score",
        tests=("tests/laws/test_measures.py::test_dimensionalities_sum_to_at_most_the_rank",),
        page="large-n",
    ),
    Claim(
        "5.2",
        "D_i cluster at these fractions: share within .01 of 1/2 at 1/(1 − S) = 2.5, 3",
        (1.0, 1.0),
        trained=lambda: tuple(measured("dimensionalities")["share_at_half"][2:4]),
        within=0.05,
        why=lambda: "on the plateau; at 5, 10 and 20 "
        + ", ".join(f"{share:.0%}" for share in measured("dimensionalities")["share_at_half"][4:])
        + " are (n = 100, m = 10); sparser models are one entangled part without clusters",
        tests=("tests/training/test_fit.py::test_equal_features_of_middle_density_end_as_digons",),
        page="trained-geometries",
    ),
    Claim(
        "5.2",
        "A triangular bipyramid is a triangle and a digon (the caption's 6 × 3/5 is a slip)",
        "3 × 2/3, 2 × 1/2",
        exact=lambda: bipyramid(3),
        tests=(f"{MEASURES}::test_factor_of_a_tegum_product_keeps_its_own_dimensionality",),
        page="catalogue",
    ),
    Claim(
        "5.2",
        "A pentagonal bipyramid is a pentagon and a digon",
        "5 × 2/5, 2 × 1/2",
        exact=lambda: bipyramid(5),
        tests=(f"{MEASURES}::test_factor_of_a_tegum_product_keeps_its_own_dimensionality",),
        page="catalogue",
    ),
    Claim(
        "5.2",
        "An octahedron is three digons: D_i",
        1 / 2,
        exact=lambda: mean_dimensionality("octahedron"),
        within=1e-12,
        tests=(f"{MEASURES}::test_graph_components_are_the_factors_and_carry_norm_dimensionality_"
               "and_weight",
               "tests/geometry/test_identify.py::"
               "test_orthogonal_digons_are_named_one_by_one_and_together"),
        page="catalogue",
    ),
    Claim(
        "5.3",
        "A triangle is orthogonal to (1, 1, 1): cosines",
        (-0.5, 0.0),
        exact=lambda: (
            float(template("triangle").vertices[0] @ template("triangle").vertices[1]),
            float(np.abs(template("triangle").vertices.sum(axis=0)).max()),
        ),
        within=1e-12,
        tests=(f"{MEASURES}::test_simplex_is_the_identity_projected_off_the_ones",),
    ),
    Claim(
        "5.3",
        "A square is two digons, orthogonal to (1, 0, 1, 0) and (0, 1, 0, 1): largest product, D_i",
        (0.0, 0.5),
        exact=square,
        within=1e-12,
        tests=("tests/geometry/test_identify.py::"
               "test_orthogonal_digons_are_named_one_by_one_and_together",),
        page="catalogue",
    ),
    Claim(
        "5.3",
        "(1, …, 1) is the best direction not to represent if features are equal and sparse.",
        "the simplex is best",
        exact=lambda: f"n = 3, m = 2, 1 − S = .05: triangle {sparse_losses(0.05)[0]:.6f}, "
        f"a digon and one alone {sparse_losses(0.05)[1]:.6f}",
        holds=lambda: sparse_losses(0.05)[0] <= sparse_losses(0.05)[1],
        why="The triangle has the least interference, and is best where features are dense; sparse "
        "ones prefer an antipodal pair and one alone, which costs nothing as long as not two are "
        "active.",
        tests=("tests/tegum/studies/test_transition_studies.py::"
               "test_three_features_in_two_dimensions_change_from_triangle_to_digon",),
        page="transitions",
    ),
)  # fmt: skip
