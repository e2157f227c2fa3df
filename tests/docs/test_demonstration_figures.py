"""What the pages on demonstrating superposition (paper, section 3) show and say."""

import numpy as np
import pytest

from theory import FeatureDistribution, expected_loss


def test_linear_like_model_is_the_identity_on_what_it_represents(page):
    shown = page("metrics")
    W, b = shown["run"].W[0], shown["run"].b[0]
    identity = np.diag([1.0] * 5 + [0.0] * 15)
    linear = shown["optimum"][0]
    np.testing.assert_allclose(linear @ linear.T, identity, atol=1e-12)
    np.testing.assert_allclose(W @ W.T, identity, atol=5e-3)
    np.testing.assert_allclose(b, [0.0] * 5 + [0.5] * 15, atol=5e-3)
    assert shown["linear"] == pytest.approx(0.7**5 * (1 - 0.7**15) / 0.3 / 12, rel=1e-9)
    assert shown["run"].loss[0] == pytest.approx(shown["linear"], rel=1e-5)


def test_superposition_is_one_in_the_digons_and_nought_elsewhere(page):
    shown = page("metrics")
    superposed = shown["superposition"](shown["run"].W)
    assert superposed[0][:5].max() < 1e-4
    assert superposed[1][0] < 1e-4 and superposed[1][1:9].min() > 0.7
    norms = np.linalg.norm(shown["run"].W, axis=-1)
    assert (norms > 0.5).sum(axis=1).tolist() == [5, 9]


def test_counts_of_twenty_features_are_the_papers_and_the_closed_forms(page):
    shown = page("decreasing_importance")
    study, densities = shown["study"], shown["DENSITIES"]
    paper = [shown["PAPER"][p] for p in densities]
    assert densities == (1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001)
    assert study["predicted"][:4].tolist() == [[5, 5], [7, 3], [9, 1], [10, 0]]
    assert [tuple(count) for count in study["predicted"][:4].tolist()] == paper[:4]
    assert [tuple(count) for count in study["counts"][:3].tolist()] == paper[:3]
    assert study["linear_counts"].tolist() == [5, 5]
    assert study["counts"][3:, 1].tolist() == [0] * 4
    strong = shown["strong"].tolist()
    assert strong == [5, 7, 9, 11, 12, 12, 12]
    assert max(abs(here - there[0]) for here, there in zip(strong, paper, strict=True)) == 1


def test_biases_of_ignored_features_are_half_the_density(page):
    np.testing.assert_allclose(
        page("decreasing_importance")["unrepresented"], [0.5, 0.15, 0.05], rtol=0.01
    )


def test_digons_of_the_figure_cost_four_percent_more_than_what_is_found(page):
    study = page("decreasing_importance")["study"]
    assert str(study["figure"]) == "5 digons, 10 not represented"
    assert study["figure_loss"] / study["loss"][3] == pytest.approx(1.044, abs=2e-3)
    assert study["hits"][:3].min() > 40


def test_counts_of_eighty_features_are_the_papers_but_in_the_sparsest_two(page):
    shown = page("rescaled_importance")
    study, paper = shown["study"], [shown["PAPER"][p] for p in shown["DENSITIES"]]
    assert study["predicted"][:4].tolist() == [[20, 20], [27, 13], [34, 6], [40, 0]]
    assert study["counts"][:3].tolist() == [[20, 20], [26, 14], [33, 7]]
    more = shown["strong"] - np.array(paper)[:, 0]
    assert abs(more[:5]).max() <= 2 and more[5:].min() >= 8
    assert abs(study["counts"][:, 1] - np.array(paper)[:, 1]).max() <= 3


@pytest.mark.parametrize("name", ["decreasing_importance", "rescaled_importance"])
def test_kept_losses_are_those_of_the_kept_weights(page, name):
    shown = page(name)
    study = shown["study"]
    n = study["W"].shape[1]
    importance = {20: 0.7, 80: 0.9}[n] ** np.arange(n)
    rows = zip(study["W"], study["b"], study["loss"], shown["DENSITIES"], strict=True)
    for W, b, loss, p in rows:
        features = FeatureDistribution(n, p, importance)
        assert expected_loss(W, b, features) == pytest.approx(float(loss), rel=1e-3)


def test_no_loss_is_above_that_of_dedicated_features_and_digons(page):
    for name, short_of in (("decreasing_importance", 1e-6), ("rescaled_importance", 2e-3)):
        study = page(name)["study"]
        assert (study["loss"] <= study["predicted_loss"] * (1 + short_of)).all()
        assert study["loss"][-1] < 0.7 * study["predicted_loss"][-1]


def test_polytopes_are_orthogonal_to_the_vectors_of_the_papers_table(page):
    shown = page("low_rank_matrices")
    orthogonal = {name: [list(v) for v in vs] for name, vs in shown["orthogonal"].items()}
    assert orthogonal["triangle"] == [[1, 1, 1]]
    assert orthogonal["tetrahedron"] == [[1, 1, 1, 1]]
    assert orthogonal["square"] == [[1, 0, 1, 0], [0, 1, 0, 1]]
    for name, W in shown["shapes"].items():
        np.testing.assert_allclose(W @ W.T, np.array(shown["grams"][name], float), atol=1e-12)
        basis = np.array(orthogonal[name], float)
        assert len(basis) == W.shape[0] - W.shape[1] == np.linalg.matrix_rank(basis)
        np.testing.assert_allclose(basis @ W, 0, atol=1e-12)
    names = {name: verdict.summary() for name, verdict in shown["verdicts"].items()}
    assert names["square"] == "2 digons" and names["octahedron"] == "3 digons"
    assert names["triangle"] == "1 triangle" and names["tetrahedron"] == "1 tetrahedron"


def test_features_orthogonal_to_all_ones_are_the_regular_simplex(page):
    shown = page("low_rank_matrices")
    n, W = shown["n"], shown["W"]
    assert n == 7 and shown["name"] == "6-simplex"
    np.testing.assert_allclose(W @ W.T, np.where(np.eye(n), 1, -1 / (n - 1)), atol=1e-12)
    np.testing.assert_allclose(shown["dimensionality"](W), (n - 1) / n, atol=1e-12)
