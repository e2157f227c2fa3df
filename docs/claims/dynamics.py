"""Section 7: learning dynamics."""

from __future__ import annotations

import numpy as np
from kept import DATA

from claims.claim import Claim
from claims.measured import measured
from claims.sources import table

TESTS = "tests/docs/test_claims.py"


def final() -> np.ndarray:
    return np.array(measured("jumps")["final"])


def coincidence() -> tuple[float, float]:
    """The shares of all jumps, and of the fall of the loss, in the tenth of the windows with most.

    A jump is a change of D_i by more than .1 within a window of 250 steps; the first two windows,
    in which all weights grow from their start, are left out.
    """
    record = measured("jumps")
    jumping, loss = np.array(record["jumping_features"])[2:], np.array(record["loss"])[2:]
    busiest = np.argsort(-jumping, kind="stable")[: len(jumping) // 10 + 1]
    fall = -np.diff(loss)
    return jumping[busiest].sum() / jumping.sum(), fall[busiest].sum() / (loss[0] - loss[-1])


def octahedra() -> tuple[int, int]:
    verdicts = measured("triples")["verdicts"]
    return verdicts.count("3 digons"), len(verdicts)


def ends() -> float:
    return table("phases", "End of the octahedron")[0]["density"]


def flat() -> float:
    """At step 800 of the way to the octahedron: third over second singular value of W."""
    (path,) = DATA.glob("octahedron-*.npz")
    with np.load(path, allow_pickle=False) as kept:
        W = kept["W"][np.argmin(np.abs(kept["steps"] - 800))]
    spectrum = np.linalg.svd(W, compute_uv=False)
    return float(spectrum[2] / spectrum[1])


CLAIMS = (
    Claim(
        "7.1",
        "All D_i end at 1/2: least and largest of the represented features",
        (0.5, 0.5),
        trained=lambda: (float(final().min()), float(final().max())),
        within=0.01,
        why=lambda: f"n = 100, m = 10, 1 − S = 1/3, the authors' loop: "
        f"{measured('jumps')['verdict']}",
        tests=(f"{TESTS}::test_dimensionalities_end_at_a_half",),
    ),
    Claim(
        "7.1",
        "D_i jump between fractional values, and the loss drops as they do",
        "jumps with drops",
        trained=lambda: "the busiest tenth of the windows of 250 steps has {:.0%} of the jumps and "
        "{:.0%} of the fall of the loss".format(*coincidence()),
        holds=lambda: min(coincidence()) > 0.5,
        why="here they rise together, within some thousand of ten thousand steps, in one long fall "
        "of the loss rather than in two steps; the paper gives neither n, m nor S",
        tests=(f"{TESTS}::test_jumps_of_dimensionality_come_with_drops_of_the_loss",),
    ),
    Claim(
        "7.2",
        "Two correlated triples, n = 6, m = 3, end as an octahedron: antipodal features of "
        "different sets",
        "octahedron",
        exact=lambda: f"the optimum up to 1 − S = {ends():.6f}",
        trained=lambda: "{} of {} single runs of the authors' loop at .1".format(*octahedra()),
        holds=lambda: octahedra()[0] > 0,
        why="not for denser features, which the paper does not say",
        tests=("tests/tegum/test_phase_studies.py::"
               "test_triples_are_an_octahedron_up_to_a_tenth_and_not_at_three_tenths",
               f"{TESTS}::test_correlated_triples_are_learned_as_an_octahedron"),
        page="phases",
    ),
    Claim(
        "7.2",
        "On the way there are four regimes A to D: near 0, two sets apart along an axis, two "
        "triangles, an antiprism; not in every run",
        "four regimes",
        trained=lambda: "seen at 1 − S = .05 from a very small start: in B the least of three "
        f"singular values is {flat():.3f} of the second",
        holds=lambda: flat() < 0.05,
        why="in B each set is one direction, and the two are orthogonal, not opposite",
        tests=("tests/docs/test_geometry_figures.py::"
               "test_sets_are_two_orthogonal_directions_before_they_open",),
    ),
)  # fmt: skip
