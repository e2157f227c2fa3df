"""Studies of phases and of sets of features, asserted at small sizes."""

import json
from pathlib import Path

import numpy as np
import pytest

from geometry import template
from tegum.studies.collapse import collapse_state, pairs_at
from tegum.studies.feature_sets import antipodal_bases_loss, feature_sets, local_bases
from tegum.studies.phase_diagram import phase_diagram
from tegum.studies.transition import excess_over_free
from tests.benchmarks.phases import table
from theory import (
    THREE_FEATURE_PHASES,
    FeatureDistribution,
    antipodal_boundary,
    local_minimum,
    rational_loss,
    three_feature_losses,
)

DOCS = Path(__file__).parents[2] / "docs"
TABLES = json.loads((DOCS / "data" / "phases.json").read_text(encoding="utf-8"))["tables"]
COLLAPSES = {
    row["below / above"]: row["density"]
    for row in TABLES["Collapse of three correlated pairs, n = 6, m = 2"]
}


@pytest.fixture(scope="module")
def sets():
    return feature_sets(restarts=6)


def test_three_features_in_two_dimensions_train_as_the_closed_forms_say():
    study = phase_diagram(2, points=8, restarts=2)
    assert study.agreement >= 0.9
    assert set(study.predicted.ravel()) == set(range(len(THREE_FEATURE_PHASES)))


def test_correlated_pairs_are_orthogonal_and_antipodal_across(sets):
    sparse = sets.correlated_pairs.density <= 0.1
    np.testing.assert_allclose(sets.correlated_pairs.within[sparse], 90, atol=2)
    np.testing.assert_allclose(sets.correlated_pairs.across[sparse], 180, atol=5)


def test_anticorrelated_pairs_are_antipodal_without_loss(sets):
    np.testing.assert_allclose(sets.anticorrelated_pairs.within, 180, atol=0.01)
    np.testing.assert_allclose(sets.anticorrelated_pairs.run.loss, 0, atol=1e-9)


def test_three_correlated_pairs_make_an_irregular_hexagon_when_sparse(sets):
    hexagon = sets.three_pairs.density <= 0.05
    assert (sets.three_pairs.within[hexagon] > 62).all()
    assert (sets.three_pairs.within[hexagon] < 66).all()


def test_triples_are_an_octahedron_up_to_a_tenth_and_not_at_three_tenths(sets):
    for density, verdict in zip(sets.triples.density, sets.triples.verdicts, strict=True):
        assert (verdict.summary() == "3 digons") == (density <= 0.1)


def test_two_bases_of_ten_are_not_antipodal_at_a_twentieth():
    """Ten digons, D_i = 1/2, cost a tenth more than what four starts find."""
    bases = local_bases((0.05,), restarts=4)
    assert antipodal_bases_loss(0.05) / bases.run.loss[0] > 1.1
    assert (np.abs(bases.within - 90) < 3).all() and (bases.across < 155).all()


@pytest.mark.parametrize("kinds", list(COLLAPSES)[:2])
def test_states_of_three_pairs_tie_at_the_densities_of_the_page(kinds):
    density, collapsed = COLLAPSES[kinds], {"none": 0, "one": 1, "two": 2}
    losses = []
    for name in kinds.split(" / "):
        state = collapse_state(name, density)
        assert state.is_minimum
        turn = np.degrees(np.arctan2(state.W[:, 1], state.W[:, 0]))
        within = np.abs((turn[::2] - turn[1::2] + 180) % 360 - 180)
        assert (within < 20).sum() == collapsed[name.split()[0]]
        losses.append(float(rational_loss(state.W, state.b, pairs_at(density))))
    assert losses[0] == pytest.approx(losses[1], rel=1e-10)


@pytest.mark.parametrize("r", [0.3, 0.8])
def test_boundary_of_the_antipodal_pair_is_of_the_ground_state(r):
    boundary = antipodal_boundary(r)
    excess = excess_over_free(
        boundary.jump, lambda p: FeatureDistribution(2, p, [1.0, r]), restarts=200, seed=0
    )
    assert max(np.abs(excess)) < 1e-9


def test_triangle_of_three_equal_features_is_below_every_candidate_of_the_paper():
    density = TABLES["Three equal features in two dimensions"][0]["density"]
    for p in (density * 1.2, 0.9):
        W, b = 0.9 * template("triangle").vertices, np.full(3, p / 2)
        triangle = local_minimum(W, b, FeatureDistribution(3, p))
        exact = float(rational_loss(triangle.W, triangle.b, FeatureDistribution(3, p)))
        assert triangle.is_minimum
        assert exact < min(float(loss) for loss in three_feature_losses(p, 1.0).values())


def test_tables_of_the_page_are_those_of_its_data():
    page = (DOCS / "phases.md").read_text(encoding="utf-8")
    for title, rows in TABLES.items():
        assert "\n".join([f"### {title}", "", *table(rows)]) in page


def test_numbers_in_the_text_of_the_page_are_those_of_its_tables():
    page = (DOCS / "phases.md").read_text(encoding="utf-8").partition("## Measured")[0]
    pair = TABLES["Two features in one dimension: the antipodal pair's boundary"]
    one = TABLES["One feature of another density, n = 5, m = 2"][0]
    quoted = [
        *(f"{p:.6f}" for p in COLLAPSES.values()),
        f"{pair[-1]['jump']:.6f}",
        f"{TABLES['Three equal features in two dimensions'][0]['density']:.6f}",
        f"{one['times rarer']:.6f}",
        f"{one['pentagon ends at']:.6f}",
        f"{one['norm of the equal pentagon']:.4f}",
        f"{TABLES['End of the octahedron'][0]['density']:.6f}",
    ]
    for number in quoted:
        assert number.lstrip("0") in page, number


@pytest.mark.parametrize("k", [0, -1])
def test_boundary_of_the_page_is_the_one_computed_now(k):
    row = TABLES["Two features in one dimension: the antipodal pair's boundary"][k]
    assert antipodal_boundary(row["r"]).jump.at == pytest.approx(row["jump"], rel=1e-9)
