"""Sections 13 and 14: compressed sensing, nonlinear compression, the lower bound."""

from __future__ import annotations

import numpy as np

from claims.claim import Claim
from claims.robustness import decoded
from claims.sources import table
from geometry import template
from theory import StaircaseCode, bounds, break_even_ramp
from theory.nonlinear_compression import LINEAR
from theory.sensing import surprisal, weak_threshold

BOUNDS = "tests/theory/sensing/test_bounds.py"
COMPRESSION = "tests/theory/test_nonlinear_compression.py"
DENSITIES = (0.3, 0.1, 0.03, 0.01)
STEEP = 1e-9


def room() -> tuple[float, ...]:
    return tuple(round(float(1 / surprisal(p)), 2) for p in DENSITIES)


def measured_room() -> str:
    """Features per dimension of n = 400, m = 30 over the scaling with constant 1."""
    rows = [row for row in table("large-n", "Trained and predicted") if
            float(row["1/(1−S)"]) > 3]  # fmt: skip
    ratios = [float(surprisal(1 / float(row["1/(1−S)"]))) / float(row["D*"]) for row in rows]
    return f"{min(ratios):.2f} to {max(ratios):.2f} of it for 1/(1 − S) from 3 to 50"


def information_limit_broken() -> bool:
    return bool(surprisal(0.9) < 0.9)


def staircase(ramp: float) -> float:
    return StaircaseCode(3, ramp).error


def lemma() -> list[tuple[float, float, float]]:
    """Density, share that threshold and least squares recover, share with the right support."""
    return [
        (
            p,
            decoded("threshold and least squares", p)["recovered"],
            decoded("threshold and least squares", p)["support"],
        )
        for p in (0.1, 0.05, 0.01)
    ]


def packing_limit(p: float) -> float:
    return next(limit.rate for limit in bounds(100, 20, p).limits if limit.name == "packing bound")


def triangle_is_tight() -> bool:
    W = template("triangle").vertices
    return bool(np.allclose(W.T @ W, 1.5 * np.eye(2)))


CLAIMS = (
    Claim(
        "13",
        "m = Ω(−n (1 − S) log(1 − S)): features per dimension with constant 1 at 1 − S = .3, .1, "
        ".03, .01 (d)",
        (2.77, 4.34, 9.51, 21.71),
        exact=room,
        trained=measured_room,
        within=0.01,
        holds=lambda: bool(np.allclose(room(), (2.77, 4.34, 9.51, 21.71), atol=0.01)),
        why=lambda: "as a scaling: a linear programme needs "
        f"{float(weak_threshold(0.1) / surprisal(0.1)) - 1:.0%} more at .1, and above "
        "1 − S = 1/e the expression is below the information limit, so "
        "that no constant makes a bound of it",
        tests=(f"{BOUNDS}::test_features_per_dimension_of_the_papers_scaling",
               f"{BOUNDS}::test_papers_scaling_falls_below_the_information_limit_in_dense_features"),
        page="sensing",
    ),
    Claim(
        "13",
        "Features in superposition are linear in m, at a rate set by sparsity",
        "linear",
        exact=lambda: "n/m = 1/ψ: "
        + ", ".join(f"{1 / float(weak_threshold(p)):.2f} at {p:g}" for p in DENSITIES),
        holds=lambda: float(weak_threshold(0.01)) < float(weak_threshold(0.1)),
        tests=("tests/theory/sensing/test_donoho_tanner.py::"
               "test_weak_threshold_is_the_published_curve",),
        page="sensing",
    ),
    Claim(
        "13",
        "The triangle is the Mercedes-Benz frame: tight",
        "tight",
        exact=lambda: "WᵀW = 3/2 of the identity" if triangle_is_tight() else "not tight",
        holds=triangle_is_tight,
        tests=("tests/geometry/test_frames.py::test_simplex_is_a_tight_frame_at_the_welch_bound",),
        page="catalogue",
    ),
    Claim(
        "14.1",
        "Two values in one, t = (⌊Zx⌋ + y)/Z: ε = .1 and Z = 3 beat the linear map: mean error",
        f"below {LINEAR:.5f}",
        exact=lambda: staircase(0.1),
        holds=lambda: staircase(0.1) < LINEAR,
        why=lambda: f"as does every ε below {break_even_ramp(3):.4f}, or "
        f"{break_even_ramp(3, last_ramp=True):.4f} with a ramp after the last segment as well",
        tests=(f"{COMPRESSION}::test_a_tenth_and_three_segments_beat_the_linear_map",
               f"{COMPRESSION}::test_break_even_separates_codes_that_win_from_those_that_lose"),
        page="formulas",
    ),
    Claim(
        "14.1",
        "The linear reference: one of two, or their mean (d)",
        1 / 24,
        exact=lambda: LINEAR,
        within=1e-15,
        tests=(f"{COMPRESSION}::test_no_linear_map_does_better_than_the_reference",),
        page="formulas",
    ),
    Claim(
        "14.1",
        "ε = 0: 1/(24 Z²) read at the middle, 1/(6 Z²) at the floor; Z = 3 (d)",
        (1 / 216, 1 / 54),
        exact=lambda: (
            StaircaseCode(3, STEEP).error,
            StaircaseCode(3, STEEP, offset=0.0).error,
        ),
        within=1e-6,
        tests=(f"{COMPRESSION}::test_errors_are_those_derived_from_the_integrals",),
        page="formulas",
    ),
    Claim(
        "14.1",
        "Worth it only from 36 neurons on, 12 for each of Z = 3 segments.",
        36,
        exact=lambda: StaircaseCode(3, 0.1).neurons,
        why="Two neurons make a step, for the encoder and again for the decoder; the last segment "
        "needs none.",
        tests=(f"{COMPRESSION}::test_three_segments_take_ten_neurons",),
        page="formulas",
    ),
    Claim(
        "14.2",
        "A ReLU readout that is within ε for all k-sparse inputs needs m = Ω(k log(n/k))",
        "m = Ω(k log(n/k))",
        exact=lambda: f"m/n ≥ {packing_limit(0.01):.4f} at 1 − S = .01, with the proof's constant",
        holds=lambda: packing_limit(0.01) > 0,
        why="the scaling; its number binds only for 1 − S below about .01",
        tests=(f"{BOUNDS}::test_theorem_of_the_appendix_binds_only_below_about_a_hundredth",),
        page="sensing",
    ),
    Claim(
        "14.2",
        "Where the readout has the right support, least squares on it gives the input back exactly "
        "(lemma 1)",
        "exact there",
        trained=lambda: "n = 100, m = 20: exact for "
        + ", ".join(f"{exact:.0%} of inputs at 1 − S = {p:g}" for p, exact, _ in lemma()),
        holds=lambda: all(abs(exact - right) < 0.03 for _, exact, right in lemma()),
        why=lambda: "and hardly elsewhere: the support is right for "
        + ", ".join(f"{right:.0%}" for *_, right in lemma())
        + "; trained models do not have the hypothesis of the theorem, all sparse inputs",
        tests=("tests/theory/sensing/test_decoders.py::"
               "test_threshold_and_least_squares_finds_the_support_when_the_readout_is_near_enough",
               "tests/tegum/test_decoders.py::"
               "test_programme_recovers_what_the_readout_of_a_trained_model_does_not"),
        page="sensing",
    ),
    Claim(
        "14.1",
        "The curves of error against Z for several ε",
        "",
    ),
)  # fmt: skip
