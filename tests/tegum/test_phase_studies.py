"""Studies of phases and of sets of features, asserted at small sizes."""

import numpy as np
import pytest

from tegum.studies.collapse import collapse_state, pairs_at
from tegum.studies.feature_sets import antipodal_bases_loss, feature_sets, local_bases
from tegum.studies.phase_diagram import phase_diagram
from tegum.studies.transition import excess_over_free
from theory import THREE_FEATURE_PHASES, FeatureDistribution, antipodal_boundary, rational_loss


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


@pytest.mark.parametrize(
    ("below", "above", "density", "collapsed"),
    [
        ("none collapsed", "one collapsed", 0.071327224338, (0, 1)),
        ("one collapsed", "two collapsed, one of them not quite", 0.140550176815, (1, 2)),
    ],
)
def test_states_of_three_pairs_tie_at_the_densities_of_the_page(below, above, density, collapsed):
    losses = []
    for name, count in zip((below, above), collapsed, strict=True):
        state = collapse_state(name, density)
        assert state.is_minimum
        turn = np.degrees(np.arctan2(state.W[:, 1], state.W[:, 0]))
        within = np.abs((turn[::2] - turn[1::2] + 180) % 360 - 180)
        assert (within < 20).sum() == count
        losses.append(float(rational_loss(state.W, state.b, pairs_at(density))))
    assert losses[0] == pytest.approx(losses[1], rel=1e-10)


@pytest.mark.parametrize("r", [0.3, 0.8])
def test_boundary_of_the_antipodal_pair_is_of_the_ground_state(r):
    boundary = antipodal_boundary(r)
    excess = excess_over_free(
        boundary.jump, lambda p: FeatureDistribution(2, p, [1.0, r]), restarts=200, seed=0
    )
    assert max(np.abs(excess)) < 1e-9
