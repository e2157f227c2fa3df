"""Sections 1 to 3: introduction, definitions, superposition where importances fall.

The counts of section 3 are read off the paper's figures: features with a norm near 1, and of these
those that have a dimension to themselves.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from claims.claim import Claim
from claims.mathematics import linear_excess
from claims.measured import DENSITIES, measured
from claims.sources import data, figures_of_the_paper
from geometry import dimensionality
from tegum.studies.introduction import Introduction, introduction
from theory import (
    FeatureDistribution,
    dedicated_digon,
    linear_optimum,
    random_code_size,
)

MEASURES = "tests/geometry/test_measures.py"
LINEAR = "tests/theory/test_linear.py"
STRATA = "tests/theory/symbolic/test_sparse.py"
COUNTS = "tests/theory/test_dedicated_digon.py::test_counts_are_those_of_the_papers_figure"
LARGE_COUNTS = (
    "tests/theory/test_dedicated_digon.py::test_counts_of_eighty_features_in_twenty_dimensions"
)
GRID = "tests/tegum/test_studies.py"
INTRO = "tests/training/test_fit.py::test_introduction_has_the_papers_geometries"
NEAR = "tests/docs/test_claims.py::test_counts_of_the_figures_are_near_the_papers"
LARGE_PAPER = ((20, 20), (26, 14), (32, 8), (41, 4), (49, 1), (50, 0), (50, 0))
SMALL_PAPER = ((5, 5), (7, 3), (9, 1), (10, 0), (11, 0), (12, 0), (12, 0))


@cache
def panels() -> Introduction:
    return introduction(restarts=16)


def panel(k: int) -> str:
    return panels().verdicts[k].summary()


def neighbours() -> np.ndarray:
    """Cosines of the trained pentagon's features with the two nearest, the largest of each row."""
    W = panels().run.W[2]
    unit = W / np.linalg.norm(W, axis=1, keepdims=True)
    return np.sort(unit @ unit.T, axis=1)[:, -3:-1].ravel()


def counts(base: float, n: int, m: int, p: float) -> tuple[int, int]:
    best = dedicated_digon(p, base ** np.arange(n), m)
    return best.represented, best.dedicated


def trained_counts(grid: str, k: int) -> tuple[int, int]:
    return measured(grid)["strong"][k], measured(grid)["dedicated"][k]


def count_claims() -> tuple[Claim, ...]:
    """A row for each density of the figure of section 3.3."""
    rows = []
    for k, (p, paper) in enumerate(zip(DENSITIES, SMALL_PAPER, strict=True)):
        predicted = p >= 0.03  # below, positive interference begins and digons are not enough
        rows.append(
            Claim(
                "3.3",
                f"n = 20, m = 5, I = .7^i, 1 − S = {p:g}: (represented, dedicated) features (r)",
                paper,
                exact=(lambda p=p: counts(0.7, 20, 5, p)) if predicted else None,
                trained=lambda k=k: trained_counts("small grid", k),
                within=0 if p > 0.03 else 1,
                why=deeper if p == 0.03 else "",
                tests=(COUNTS, f"{GRID}::test_counts_of_twenty_features_are_those_of_the_figure")
                if predicted
                else (NEAR,),
            )
        )
    return tuple(rows)


def deeper() -> str:
    k = DENSITIES.index(0.03)
    digons = dedicated_digon(0.03, 0.7 ** np.arange(20), 5).loss
    ratio = digons / measured("small grid")["loss"][k]
    return (
        f"the figure's five digons are a local optimum; the best found has a pentagon beside "
        f"digons and costs {1 - 1 / ratio:.1%} less"
    )


def more_strong() -> str:
    return (
        "The figure has a long tail of weak features; the best of "
        f"{measured('large grid')['settings']['restarts']} exact descents has more with a norm "
        "above .75."
    )


def ignored_biases(grid: str) -> tuple[float, ...]:
    return tuple(measured(grid)["ignored_bias"][:3])


def same_share() -> tuple[float, ...]:
    """Represented features per dimension of the large grid over those of the small one."""
    large, small = (np.array(measured(grid)["strong"]) for grid in ("large grid", "small grid"))
    return tuple((large / 20 / (small / 5)).round(3))


def rank_of_gram() -> str:
    W, _ = linear_optimum(FeatureDistribution(20, 0.1, 0.7 ** np.arange(20)), 5)
    superposed = (dimensionality(W) < 0.99).sum() - 15
    return f"rank {np.linalg.matrix_rank(W @ W.T)} of 20, {superposed} features share a dimension"


def growth() -> tuple[float, ...]:
    """ln N per dimension of random codes with |cos| ≤ .5."""
    return tuple(float(np.log(random_code_size(0.5, d)) / d) for d in (100, 200, 400))


INTRODUCTION = (
    *(
        Claim(
            "1",
            f"n = 5, m = 2, S = {s:.0%}: {says}",
            figures_of_the_paper()["introduction"]["verdict"][k],
            trained=lambda k=k: panel(k),
            tests=(INTRO,),
        )
        for k, (s, says) in enumerate(
            [
                (0.0, "the two most important features orthogonal, the others at 0"),
                (0.8, "four features as two antipodal pairs, the least important at 0"),
                (0.9, "all five as a pentagon"),
            ]
        )
    ),
    Claim(
        "1",
        "In the pentagon interference is positive, unlike in antipodal pairs",
        "positive",
        exact=lambda: f"{np.cos(2 * np.pi / 5):.4f} between neighbours",
        trained=lambda: f"{neighbours().min():.2f} to {neighbours().max():.2f}",
        holds=lambda: bool(neighbours().min() > 0),
        tests=(INTRO,),
    ),
    Claim(
        "2",
        "exp(d) directions of d dimensions can be almost orthogonal",
        "ln N ~ d",
        exact=lambda: (
            "ln N / d = "
            + ", ".join(f"{rate:.3f}" for rate in growth())
            + " at d = 100, 200, 400, |cos| ≤ .5"
        ),
        holds=lambda: abs(growth()[-1] / growth()[-2] - 1) < 0.1,
        tests=(
            "tests/theory/test_almost_orthogonal.py::"
            "test_number_of_almost_orthogonal_vectors_grows_exponentially_with_the_dimension",
        ),
        page="footnotes",
    ),
    Claim(
        "2",
        "A linear representation is in superposition if and only if WᵀW is not invertible.",
        "of rank n without superposition",
        exact=rank_of_gram,
        holds=lambda: rank_of_gram().startswith("rank 20"),
        why="Literally it never is for n > m, not even for the linear optimum, where each of m "
        "features has a dimension to itself. Tegum goes by D_i, and by ‖W‖²_F > m.",
        tests=(f"{LINEAR}::test_optimum_reaches_the_bound_of_eckart_and_young",),
    ),
)

CLAIMS = (
    Claim(
        "3.2",
        "What is not represented has its expected value as bias, at 1 − S = 1, .3, .1",
        (0.5, 0.15, 0.05),
        exact=lambda: tuple(float(FeatureDistribution(1, p).mean[0]) for p in (1.0, 0.3, 0.1)),
        trained=lambda: ignored_biases("small grid"),
        within=2e-3,
        tests=(
            "tests/training/test_fit.py::test_dead_features_have_no_weights_and_their_mean_as_bias",
        ),
    ),
    Claim(
        "3.3",
        "A linear model represents the top m = 5 features at every density: dedicated features",
        (5, 5, 5),
        exact=lambda: (5,) * 3 if linear_excess() < 1e-12 else (0,) * 3,
        trained=lambda: tuple(data("footnotes")["linear"]["dedicated"][0]),
        tests=(
            "tests/tegum/studies/test_linear.py::"
            "test_falling_importances_are_learned_one_dimension_each",
        ),
        page="footnotes",
    ),
    *count_claims(),
    Claim(
        "3.3",
        "Negative biases and positive interference appear where features are sparse (r: −.1 to "
        "−.25 from 1 − S = .01 on)",
        "from .01 on",
        trained=lambda: (
            "least bias "
            + ", ".join(
                f"{b:.2f} at {p:g}"
                for p, b in zip(DENSITIES, measured("small grid")["least_bias"], strict=True)
            )
        ),
        holds=lambda: (
            measured("small grid")["least_bias"][2] > -0.02
            and max(measured("small grid")["least_bias"][4:]) < -0.1
        ),
        why="in the optimum already from .03 on, and the biases are more negative than those of "
        "the figure where features are sparsest",
        tests=(
            f"{GRID}::test_five_digons_of_the_figure_are_a_local_optimum_that_a_pentagon_undercuts",
        ),
    ),
    *(
        Claim(
            "3.4",
            f"n = 80, m = 20, I = .9^i, 1 − S = {p:g}: (represented, dedicated) features (r)",
            paper,
            exact=(lambda p=p: counts(0.9, 80, 20, p)) if p >= 0.1 else None,
            trained=lambda k=k: trained_counts("large grid", k),
            within=2,
            why=more_strong if p < 0.01 else "",
            tests=(LARGE_COUNTS,) if p >= 0.1 else (NEAR,),
        )
        for k, (p, paper) in enumerate(zip(DENSITIES, LARGE_PAPER, strict=True))
    ),
    Claim(
        "3.4",
        "That is essentially a rescaled version of 3.3: represented features per dimension, "
        "large over small, at the seven densities",
        (1.0,) * 7,
        trained=same_share,
        within=0.15,
        why="True where digons and dedicated features are all there is; where features are sparse "
        "the larger model represents more for each dimension.",
        tests=(LARGE_COUNTS,),
    ),
)
