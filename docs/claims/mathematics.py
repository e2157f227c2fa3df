"""Section 3.5: what is derived of the linear and of the ReLU output model."""

from __future__ import annotations

import numpy as np

from claims.claim import Claim
from claims.sources import data
from theory import (
    FeatureDistribution,
    expected_loss,
    ideal,
    linear_loss,
    linear_optimum,
    rational_loss,
)
from theory.symbolic import sparse, thomson

LINEAR = "tests/theory/test_linear.py"
STRATA = "tests/theory/symbolic/test_sparse.py"


def identity_of_the_linear_loss() -> float:
    """Relative difference of the formula from the exact loss, at weights of no special kind."""
    rng = np.random.default_rng(0)
    W, importance = rng.normal(size=(6, 3)), 0.8 ** np.arange(6)
    features = FeatureDistribution(6, 0.2, importance)
    M = np.eye(6) - W @ W.T
    norms = (W**2).sum(axis=1)
    cross = (W @ W.T) ** 2 * importance
    formula = (importance * (1 - norms) ** 2).sum() + cross.sum() - np.trace(cross)
    variance = 0.2 / 3 - 0.2**2 / 4
    exact = float(linear_loss(W, M @ features.mean, features))
    return abs(exact / (variance * formula) - 1)


def linear_excess() -> float:
    """How far the linear optimum is above the importances it leaves out, relatively."""
    features = FeatureDistribution(20, 0.1, 0.7 ** np.arange(20))
    W, b = linear_optimum(features, 5)
    least = float(features.variance[0]) * (0.7 ** np.arange(5, 20)).sum()
    return abs(float(linear_loss(W, b, features)) / least - 1)


def mixture_error() -> float:
    """The loss from its strata against the exact one, two features on one dimension, p = .3."""
    features = FeatureDistribution(2, 0.3)
    digon = [[1.0], [-1.0]]
    strata = sparse.strata(2 * sparse.p**2 / 6, 2)
    total = sparse.mixture(2)
    values = {f"L_{k}": strata[k] for k in range(3)}
    value = float(total.subs({s: values.get(str(s), 0.3) for s in total.free_symbols}))
    return abs(value / float(rational_loss(digon, [0.0, 0.0], features)) - 1)


def one_active_costs() -> tuple[float, float]:
    """At the output of another feature, of overlap −1 without bias, and of 1/2 with one of −1/2."""
    other = sparse.other_term()
    free = other.subs({sparse.c: -1, sparse.b: 0})
    cut = other.subs({sparse.c: 0.5, sparse.b: -0.5})
    return float(free), float(cut)


def sparse_share(p: float) -> float:
    """The share of the sparse pentagon's loss in inputs of none or one active feature."""
    best = ideal("pentagon", p)
    angle = 2 * np.pi * np.arange(5) / 5
    W = best.scale * np.column_stack([np.cos(angle), np.sin(angle)])
    loss = expected_loss(W, np.full(5, best.bias), FeatureDistribution(5, p))
    one_active = expected_loss(W, np.full(5, best.bias), FeatureDistribution(5, 1e-6)) / 1e-6
    return float(p * (1 - p) ** 4 * one_active / loss)


def shown_error(value: float) -> str:
    """A rounding error, without digits that differ between machines."""
    return "below 1e-12" if value < 1e-12 else f"{value:.1e}"


CLAIMS = (
    Claim(
        "3.5",
        "Linear outputs: L = Σ I_i (1 − ‖W_i‖²)² + Σ I_j (W_j · W_i)², feature benefit and "
        "interference",
        "proportional",
        exact=lambda: f"relative difference {shown_error(identity_of_the_linear_loss())}",
        holds=lambda: identity_of_the_linear_loss() < 1e-12,
        why="an identity for normal features; for the paper's, with the best biases, times "
        "p/3 − p²/4",
        tests=(
            f"{LINEAR}::"
            "test_with_the_best_bias_the_loss_is_the_papers_of_gaussian_features_times_the_variance",
            "tests/theory/symbolic/test_linear.py::"
            "test_gaussian_features_cost_exactly_benefit_and_interference",
        ),
        page="formulas",
    ),
    Claim(
        "3.5",
        "In the linear model superposition is never optimal (and fn 12)",
        "never",
        exact=lambda: "top m features alone reach the bound of Eckart and Young to "
        f"{shown_error(linear_excess())}",
        trained=lambda: "within "
        f"{max(data('footnotes')['linear']['excess'][0]):.1e} of it from samples",
        holds=lambda: linear_excess() < 1e-12,
        why="never better; no worse where importances are equal",
        tests=(f"{LINEAR}::test_optimum_reaches_the_bound_of_eckart_and_young",
               f"{LINEAR}::test_no_weights_cost_less_than_the_optimum"),
        page="footnotes",
    ),
    Claim(
        "3.5",
        "L = Σ_k (1 − S)^k S^(n−k) L_k over the number k of active features",
        "identity",
        exact=lambda: f"relative difference {shown_error(mixture_error())} for a digon",
        holds=lambda: mixture_error() < 1e-12,
        tests=(f"{STRATA}::test_mixture_of_its_strata_is_the_loss",
               "tests/validation/test_closed_forms.py::"
               "test_loss_is_a_polynomial_in_density_whose_first_terms_are_the_papers"),
        page="formulas",
    ),
    Claim(
        "3.5",
        "As S → 1 the terms L_0 and L_1 dominate",
        "share → 1",
        exact=lambda: ", ".join(
            f"{sparse_share(p):.4f} at 1 − S = {p:g}" for p in (0.1, 0.01, 0.001)
        )
        + " (pentagon)",
        holds=lambda: 1 - sparse_share(1e-3) < 0.05
        and sparse_share(0.1) < sparse_share(0.01) < sparse_share(1e-3),
        why="slowly: the rest is of the order of the density, times a large constant where biases "
        "cut off single interference",
        tests=(f"{STRATA}::test_first_two_strata_leave_an_error_of_second_order_in_the_density",),
        page="formulas",
    ),
    Claim(
        "3.5",
        "The integrals of L_1, and their values at x_i = 1",
        "closed forms",
        exact=lambda: "own and other term as piecewise polynomials, by sympy",
        holds=lambda: float(sparse.own_term().subs({sparse.a: 1, sparse.b: 0})) == 0,
        tests=(f"{STRATA}::test_first_strata_of_the_exact_loss_are_those_of_the_formulas",
               f"{STRATA}::test_terms_are_integrals_with_a_kink"),
        page="formulas",
    ),
    Claim(
        "3.5",
        "With one active feature negative interference is free, and a negative bias makes a small "
        "positive one free",
        (0.0, 0.0),
        exact=one_active_costs,
        tests=("tests/theory/symbolic/test_thomson.py::"
               "test_a_right_angle_and_more_is_free_and_small_cosines_below_the_cut_are",),
        page="formulas",
    ),
    Claim(
        "3.5",
        "With equal importances, norms 0 or 1 and b = 0, L_1 is a generalised Thomson problem: a "
        "pair at 60° costs (d)",
        1 / 12,
        exact=lambda: float(
            thomson.pair_energy().subs({thomson.a: 1, thomson.b: 0, thomson.c: 0.5})
        ),
        within=1e-12,
        tests=("tests/theory/symbolic/test_thomson.py::"
               "test_unit_polygon_without_bias_costs_its_thomson_energy",
               f"{STRATA}::"
               "test_without_biases_one_active_feature_costs_a_third_of_what_it_costs_at_one"),
        page="formulas",
    ),
)  # fmt: skip
