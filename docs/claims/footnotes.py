"""The footnotes, and what the paper does not give."""

from __future__ import annotations

import numpy as np

from claims.claim import Claim
from claims.sources import data
from geometry import rescaled_neurons, template
from theory import (
    FeatureDistribution,
    destroyed,
    excess_kurtosis,
    expected_loss,
    two_feature_losses,
)

FOOTNOTES = "tests/validation/test_footnotes.py"


def widths_predicted() -> float:
    """The share of the widths and densities at which the closed form counts the dedicated."""
    record = data("footnotes")["widening"]
    pairs = [
        (ours, closed)
        for row, other in zip(record["dedicated"], record["predicted"], strict=True)
        for ours, closed in zip(row, other, strict=True)
    ]
    return sum(ours == closed for ours, closed in pairs) / len(pairs)


def truncation_excess() -> float:
    record = data("footnotes")["truncation"]
    first = record["sizes"].index(16)
    return max(max(row) for row in record["excess"][first:])


def same_names() -> float:
    names = data("footnotes")["amplitudes"]["named"]
    pairs = list(zip(names["uniform"], names["exponential"], strict=True))
    return sum(a == b for a, b in pairs) / len(pairs)


def isometry() -> float:
    return next(row for row in data("footnotes")["trained"] if row["density"] == 0.1)["isometry"][
        "2"
    ]


def scales() -> tuple[float, float]:
    """Losses over the scale of the importances: exact training, and the authors' loop."""
    rows = data("footnotes")["scales"]
    return tuple(max(abs(row[kind] - 1) for row in rows) for kind in ("exact", "loop"))


def neurons() -> list[float]:
    return [row["share"] for row in data("footnotes")["neurons"]]


def removed() -> tuple[float, ...]:
    """What goes with a feature that is projected out: of a digon, and of a pentagon."""
    shapes = (template("digon").vertices, template("pentagon").vertices)
    return tuple(float(destroyed(W)[0].sum()) for W in shapes)


def kurtosis() -> tuple[float, ...]:
    one = [[1.0]]
    return tuple(
        float(excess_kurtosis(one, FeatureDistribution(1, p))[0]) for p in (1.0, 0.1, 0.01)
    )


def importance_error() -> float:
    """The relative difference of a loss with I_i from the sum of I_i times those of the outputs."""
    W, b = template("pentagon").vertices, np.full(5, -0.1)
    importance = 0.9 ** np.arange(5)
    each = expected_loss(W, b, FeatureDistribution(5, 0.1), per_feature=True)
    weighted = expected_loss(W, b, FeatureDistribution(5, 0.1, importance))
    return abs(float(weighted) / float(importance @ each) - 1)


def rescaling_error() -> float:
    """The largest change of |x| as computed by random neurons, as they are rescaled."""
    rng = np.random.default_rng(0)
    W, readout = rng.normal(size=(2, 3, 6))
    x = rng.uniform(-1, 1, size=(20, 3))
    again, read = rescaled_neurons(W, readout)
    before, after = (np.maximum(x @ into, 0) @ out.T for into, out in ((W, readout), (again, read)))
    return float(np.abs(before - after).max())


def across_densities() -> tuple[float, float]:
    """n = 2, m = 1: the worse solution at 1 − S = .1, and the better one at .5."""
    sparse, dense = (list(two_feature_losses(p, 1.0).values()) for p in (0.1, 0.5))
    return float(max(sparse)), float(min(dense))


def transition_widths() -> list[float]:
    return [row["to"] - row["from"] for row in data("footnotes")["transition"]]


CLAIMS = (
    Claim(
        "fn 1",
        "Importance multiplies the squared error",
        "I_i (x_i − x'_i)²",
        exact=lambda: "to 1e-9" if importance_error() < 1e-9 else "not quite",
        holds=lambda: importance_error() < 1e-9,
        tests=("tests/theory/loss/test_expected_loss.py::"
               "test_loss_and_gradient_scale_with_importance",),
        page="footnotes",
    ),
    Claim(
        "fn 3",
        "With importances that are not flat every feature is alone in a large enough model: share "
        "of widths and densities as the closed form counts",
        1.0,
        trained=widths_predicted,
        tests=("tests/tegum/studies/test_widening.py::"
               "test_every_feature_is_alone_once_the_model_is_wide_enough",),
        page="footnotes",
    ),
    Claim(
        "fn 7",
        "n → ∞ with importances that tend to 0 is the model to think of: excess loss beyond 16 of "
        ".7^i",
        0.0,
        trained=truncation_excess,
        within=1e-5,
        tests=("tests/tegum/studies/test_truncation.py::"
               "test_features_beyond_the_last_that_is_wanted_change_nothing",),
        page="footnotes",
    ),
    Claim(
        "fn 8",
        "Exponential values would do as well as uniform ones: share of the same shapes",
        1.0,
        trained=same_names,
        why="a power law is refused: its variance need not be finite",
        tests=("tests/training/test_fit_exponential.py::"
               "test_five_features_in_two_dimensions_become_digons_when_dense_and_a_pentagon_when_"
               "sparse",),
        page="footnotes",
    ),
    Claim(
        "fn 9",
        "W should be almost orthonormal (restricted isometry): constant of two features.",
        "below √2 − 1",
        trained=lambda: f"{isometry():.3f} at n = 20, m = 6, 1 − S = .1",
        holds=lambda: isometry() < 2**0.5 - 1,
        why="Antipodal features are linearly dependent; only x ≥ 0 tells them apart.",
        tests=("tests/geometry/test_frames.py::"
               "test_restricted_isometry_is_the_exhaustive_one_once_every_choice_is_tried",),
        page="footnotes",
    ),
    Claim(
        "fn 14",
        "A factor on all importances changes no optimum: relative change of loss over factor",
        0.0,
        exact=lambda: scales()[0],
        within=1e-9,
        why=lambda: "the authors' loop does change, up to "
        f"{scales()[1]:.0%} above the optimum: AdamW has a scale",
        tests=("tests/training/test_fit.py::"
               "test_common_importance_changes_nothing_but_the_loss",),
        page="footnotes",
    ),
    Claim(
        "fn 15",
        "Neurons may be rescaled to a largest weight of 1",
        "same function",
        exact=lambda: "to 1e-13" if rescaling_error() < 1e-13 else "another",
        holds=lambda: rescaling_error() < 1e-13,
        tests=("tests/geometry/test_neurons.py::"
               "test_rescaled_neurons_compute_the_same_function",),
        page="footnotes",
    ),
    Claim(
        "fn 16",
        "The absolute value is learned more easily with more neurons: share of starts",
        "rises",
        trained=lambda: ", ".join(f"{share:.0%}" for share in neurons())
        + " with 4, 6, 8, 12",
        holds=lambda: neurons() == sorted(neurons()),
        tests=(f"{FOOTNOTES}::test_absolute_values_are_learned_more_easily_with_more_neurons",),
        page="footnotes",
    ),
    Claim(
        "fn 17",
        "Losses at different sparsities cannot be compared",
        "no",
        exact=lambda: f"n = 2, m = 1: the worse solution at .1 costs {across_densities()[0]:.4f}, "
        f"the better one at .5 {across_densities()[1]:.4f}",
        holds=lambda: across_densities()[0] < across_densities()[1],
        tests=(f"{FOOTNOTES}::test_lower_loss_at_a_lower_density_says_nothing_of_the_weights",),
        page="footnotes",
    ),
    Claim(
        "fn 19",
        "With superposition a feature cannot be projected out by itself: features that go, of a "
        "digon and of a pentagon (d)",
        (2.0, 2.5),
        exact=removed,
        within=1e-9,
        tests=("tests/theory/test_deflation.py::"
               "test_what_deflation_takes_is_the_squared_norm_over_the_dimensionality",),
        page="footnotes",
    ),
    Claim(
        "fn 22",
        "Kurtosis tells sparse features from sums: of one feature at 1 − S = 1, .1, .01 (d)",
        (-1.2, 13.28, 175.2),
        exact=kurtosis,
        within=0.01,
        tests=("tests/theory/test_kurtosis.py::test_one_feature_has_its_closed_form",),
        page="footnotes",
    ),
    Claim(
        "fn 24",
        "The transition of compressed sensing is sharp only in the limit: widths in m/n",
        "→ 0",
        exact=lambda: ", ".join(f"{width:.3f}" for width in transition_widths())
        + " at n = 20, 100, 1000, 10000",
        holds=lambda: transition_widths() == sorted(transition_widths(), reverse=True),
        tests=("tests/theory/sensing/test_finite_size.py::"
               "test_transition_is_at_the_threshold_and_sharpens_as_the_root_of_the_size",),
        page="footnotes",
    ),
)  # fmt: skip

NOT_GIVEN = tuple(
    Claim(section, says, "")
    for section, says in (
        ("all", "Optimiser, steps, batch, seeds for each figure (but for the notebook's)"),
        ("4.1", "Grid of the phase diagrams and what is averaged over the ten models"),
        ("5.2", "Range of densities, and those of the graphs that are drawn"),
        ("6.1", "Grid of relative densities"),
        ("6.3, 6.4, 7.1, 7.2", "Densities"),
        ("8", "n, m and densities; whether an attack is for an example or for the model"),
        ("9", "Sizes of the first figure"),
        ("10.3", "Parameters of the model with the motif"),
        ("11", "Numbers of the remarks on L1 and on mixtures of experts"),
    )
)
