"""Figures of phases and transitions: their numbers beside the paper's."""

import numpy as np
import pytest


def test_two_features_follow_the_closed_forms_but_for_the_dense_corner(page):
    at = page("phase_diagram")
    assert at["trained"]["agreement"] == pytest.approx(0.979, abs=0.005)
    # read off the paper's panel: the closed forms' boundary at nine importances
    read = {0.105: 0.169, 0.158: 0.227, 0.316: 0.356, 0.631: 0.496, 1: 0.572, 1.585: 0.485,
            3.16: 0.356, 6.31: 0.227, 9.55: 0.167}  # fmt: skip
    assert at["superposition_boundary"](list(read)) == pytest.approx(list(read.values()), rel=0.02)
    steps = at["steps"]
    assert steps["jump"][-1] == pytest.approx(0.706404, abs=1e-6)
    assert (steps["jump"] > at["superposition_boundary"](steps["importance"])).all()
    assert np.isnan(steps["onset"][steps["importance"] < 0.56]).all()
    assert steps["onset"][-1] == pytest.approx(1, abs=1e-9)
    assert steps["end"] == pytest.approx([0.511741, 0.564140], abs=1e-6)
    exact = at["exact"]
    crude = at["superposition_boundary"](exact.relative_importance)
    clear = np.abs(np.log(exact.density[:, None] / crude)) > 0.5
    pair = exact.density[:, None] < crude
    assert ((exact.superposition > 0.5) == pair)[clear & (exact.norm > 0.5)].all()


def test_three_equal_features_are_a_triangle_that_the_paper_leaves_out(page):
    at = page("phase_diagram_three")
    assert at["trained"]["agreement"] == pytest.approx(0.961, abs=0.01)
    assert at["tie"]["at"] == pytest.approx(0.521838, abs=1e-6)
    assert at["tie"]["rational"] == pytest.approx(at["tie"]["at"], abs=1e-9)
    assert at["tie"]["of_ground_state"]
    assert 0.14 < at["saving"] < 0.17
    # where the extra feature is by far the most important; the closed forms say 4/7
    first_order = at["exact"].first_order
    important = first_order[first_order[:, 1] > 5]
    assert important[:, 0] == pytest.approx(0.7064, abs=1e-3)


def test_without_biases_features_are_confused_and_nothing_grows_continuously(page):
    at = page("no_bias")
    kinds = {title[:3]: [m.kind for m in found] for title, found in at["minima"].items()}
    assert kinds == {
        "(a)": ["confused"],
        "(b)": ["antipodal", "confused"],
        "(c)": ["confused", "antipodal"],
    }
    confused = at["minima"]["(c) confused"][0]
    assert np.allclose(confused.W, 0.5**0.5, atol=0.03)  # the paper's 1/√2
    assert at["change"][-1] == pytest.approx((40 - 4 * 14**0.5) / 43, abs=1e-12)
    assert at["jumps"].min() > 0.58
    # the paper's specification has the least loss of W = (1, −1) without biases
    assert at["no_bias_loss"](1, -1, 0.2, 0.8) == pytest.approx(0.2**2 * 1.8 / 6)


def test_pentagon_and_digons_cross_where_one_feature_is_3_7_times_rarer(page):
    at = page("varied_density")
    study = at["study"]
    assert 1 / at["crossing"] == pytest.approx(3.716351, abs=1e-6)  # the paper: about 2.5
    assert study["rational"] == pytest.approx(at["crossing"], abs=1e-9)
    assert study["first_order"] and study["of_ground_state"]
    assert study["pentagon_ends"] == pytest.approx(0.12415, abs=1e-5)
    assert at["norm"] == pytest.approx(1.1346, abs=1e-4)
    assert abs(at["norm"] - np.sqrt(1 - at["bias"])) < 0.02 < abs(at["norm"] - 1 / (1 - at["bias"]))
    least = np.nanmin(study["losses"], axis=0)
    found, frequent = study["fits"].min(axis=1), study["ratio"] > at["crossing"]
    assert found[frequent] == pytest.approx(least[frequent], rel=1e-4)
    assert found[~frequent] == pytest.approx(least[~frequent], rel=0.01)
    assert (study["fits"] > least[:, None] * (1 - 1e-4)).all()
    for ratio, W in zip(study["ratio"], study["pentagon"], strict=True):
        unit = W / np.linalg.norm(W, axis=1, keepdims=True)
        beside = np.degrees(np.arccos((unit[1:] @ unit[0]).max()))
        # the others move away from a denser feature, and crowd a sparser one
        assert np.isnan(beside) or np.sign(round(beside - 72, 6)) == np.sign(round(ratio - 1, 6))


def test_correlated_features_are_orthogonal_and_anticorrelated_ones_antipodal(page):
    study = page("feature_sets")["study"]
    sparse = study["density"] <= 0.1
    assert study["correlated_pairs within"] == pytest.approx(90, abs=2.6)
    assert study["correlated_pairs across"].min() > 173
    assert study["anticorrelated_pairs within"] == pytest.approx(180, abs=1e-3)
    assert np.abs(study["anticorrelated_pairs loss"]).max() < 1e-9
    hexagon = study["three_pairs within"][study["density"] <= 0.05]
    assert ((hexagon > 63.4) & (hexagon < 65)).all()
    assert (study["three_pairs within"][~sparse].min(axis=1) < 1).all()


def test_two_bases_of_ten_are_ten_digons_only_where_they_are_sparse(page):
    at = page("local_bases")
    study, D = at["study"], at["dimensionalities"]
    sparse, middle = (int(np.flatnonzero(study["density"] == p)[0]) for p in (0.02, 0.05))
    assert study["within"][[sparse, middle]] == pytest.approx(90, abs=2.5)
    assert D[sparse] == pytest.approx(0.5, abs=1e-3)
    assert study["pairs"][sparse] / study["loss"][sparse] == pytest.approx(1, abs=1e-6)
    assert study["pairs"][middle] / study["loss"][middle] > 1.1
    assert D[middle].min() < 0.45


def test_correlated_pairs_collapse_one_after_the_other(page):
    at = page("collapse")
    study = at["study"]
    exact = [0.071327, 0.140550, 0.162573, 0.393623, 0.436196]
    assert study["at"] == pytest.approx(exact, abs=1e-6)
    assert study["rational"] == pytest.approx(study["at"], abs=1e-9)
    assert study["first_order"].all()
    counted = np.searchsorted(study["at"][[0, 1, 3]], at["density"])
    assert at["collapsed"].tolist() == counted.tolist()


def test_attacks_cost_what_superposition_takes_until_all_features_are_represented(page):
    at = page("adversarial")
    large, small = at["studies"].values()
    assert large["ratio"].max() > 3  # the paper's "more than three times"
    assert small["ratio"][small["spare"] > 0].max() > 3
    assert min(at["correlation"].values()) > 0.98
    few = large["per_dimension"] < 2.1
    assert large["ratio"][few] == pytest.approx(large["per_dimension"][few], rel=0.06)
    assert small["ratio"][-1] < 0.2


def test_single_shapes_are_learned_where_the_atlas_has_them(page):
    at = page("atlas")
    assert [name.split("1 ")[-1].removeprefix("× ") for name in at["alone"]["found"]] == [
        at["names"][k] for k in at["small"]
    ]
    assert at["alone"]["gain"] / at["predicted"] == pytest.approx(1, abs=2e-4)
    assert at["ratio"].min() > 0.9 and at["ratio"].max() < 1.001
    assert at["covered"].sum() == 24
