"""The table of the paper's claims: it is current, complete, and what it refers to is there."""

import re
from pathlib import Path

import make_claims
import numpy as np
import pytest
from claims import dynamics, privileged, sets_of_features
from claims.claim import FIGURES, Claim
from claims.measured import measured

ROOT = Path(__file__).parents[2]
CLAIMS = [claim for section in make_claims.SECTIONS.values() for claim in section]


@pytest.fixture(scope="module")
def written():
    return (ROOT / "docs" / "claims.md").read_text(encoding="utf-8")


def test_page_is_what_the_program_writes(written):
    assert written == make_claims.page(), "run python docs/make_claims.py"


def test_every_section_of_the_paper_has_its_claims():
    wheres = " ".join(claim.where for claim in CLAIMS)
    for section in ("3.2", "3.3", "3.4", "3.5", "4.1", "4.2", "4.3", "5.1", "5.2", "5.3", "6.1",
                    "6.2", "6.3", "6.4", "6.5", "7.1", "7.2", "10.1", "10.2", "10.3", "14.1",
                    "14.2"):  # fmt: skip
        assert section in wheres, section
    assert {"1", "2", "8", "9", "11", "12", "13"} <= {claim.where for claim in CLAIMS}


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: f"{claim.where} {claim.says[:40]}")
def test_tests_and_pages_of_a_claim_exist(claim):
    for test in claim.tests:
        path, name = test.split("::")
        assert re.search(rf"^def {name}\b", (ROOT / path).read_text(encoding="utf-8"), re.M), test
    if claim.page:
        assert (ROOT / "docs" / f"{claim.page}.md").exists(), claim.page
    if claim.where in FIGURES:
        assert (ROOT / "docs" / "figures" / f"plot_{FIGURES[claim.where]}.py").exists()
    if claim.verdict in ("agree", "refined", "disagree"):
        assert claim.tests, "a verdict needs a test"
    assert claim.reason or claim.verdict != "disagree", "say why"


def test_claim_is_judged_by_its_numbers():
    assert Claim("", "", 1.0, exact=lambda: 1.04, within=0.05).verdict == "agree"
    assert Claim("", "", 1.0, exact=lambda: 1.06, within=0.05).verdict == "disagree"
    assert Claim("", "", (1, 2), trained=lambda: (1, 3)).verdict == "disagree"
    assert Claim("", "", (1, 2), trained=lambda: (1, 2), why="and more").verdict == "refined"
    assert Claim("", "", 1.0, exact=lambda: 1.0, trained=lambda: 2.0).verdict == "disagree"
    assert Claim("", "", "").verdict == "not recoverable"
    assert Claim("", "", "some").verdict == "not measured"


def test_known_disagreements_are_among_those_found():
    """Of the paper and its re-computations: these are off by far more than any tolerance."""
    off = {claim.where for claim in CLAIMS if claim.verdict == "disagree"}
    assert {"4.1", "4.2", "4.3", "6.1", "6.5"} <= off


def test_neighbours_of_a_denser_feature_make_room():
    assert sets_of_features.gap_beside(1.5) > 72.5
    assert sets_of_features.gap_beside(0.6) < 71.5


def test_dimensionalities_end_at_a_half():
    assert np.abs(dynamics.final() - 0.5).max() < 0.01
    assert len(dynamics.final()) >= 18


def test_jumps_of_dimensionality_come_with_drops_of_the_loss():
    jumps, fall = dynamics.coincidence()
    assert jumps > 0.5 and fall > 0.5


def test_correlated_triples_are_learned_as_an_octahedron():
    octahedra, runs = dynamics.octahedra()
    assert 0 < octahedra <= runs


def test_strong_attacks_leave_superposition():
    kept = measured("attacked training")
    assert kept["features_per_dimension"][-1] > 1.2
    assert kept["largest_dimensionality"][-1] < 1.0 + 1e-9


def test_regimes_of_the_privileged_basis():
    for weight in (0.1, 0.2, 0.3, 0.4):  # whatever counts as one
        assert privileged.counts(0.75, weight) == (5, 5)
        assert privileged.counts(0.35, weight) == (6, 3)
        assert privileged.counts(0.15, weight) == (7, 2)
        assert privileged.counts(0.12, weight) == (7, 1)
        assert privileged.counts(0.06, weight) == (8, 0)
    assert privileged.counts(0.03)[0] == privileged.pairs() == 10


def test_counts_of_the_figures_are_near_the_papers():
    small = measured("small grid")
    assert small["strong"][:3] == [5, 7, 9] and small["dedicated"][:3] == [5, 3, 1]
    assert np.abs(np.subtract(small["strong"][3:], (10, 11, 12, 12))).max() <= 1
    assert (
        np.abs(np.subtract(measured("large grid")["strong"][:5], (20, 26, 32, 41, 49))).max() <= 2
    )
