"""What the page on dimensions per feature (paper, section 5.1) shows and says."""

import numpy as np
import pytest

# 1/(1 − S) and D* of an independent AdamW replication, n = 100, m = 10, one seed (paper.md, 5.1)
REPLICATION = {1.2: 1.0, 2.5: 0.526, 3.0: 0.518, 4.0: 0.493, 5.0: 0.387, 7.0: 0.28, 10.0: 0.23}


def test_curve_is_sticky_at_one_and_at_a_half(page):
    shown = page("dimensions_per_feature")
    assert shown["plateaus"][1][0] == 1 and shown["plateaus"][1][1] >= 1.38
    first, last = shown["plateaus"][0.5]
    assert first < 2.5 and last > 4  # acceptance: .5 ± .03 for 2.5 to 3.5
    after = shown["large"]["D*"][shown["INVERSE"] > last]
    assert (np.diff(after) < 0).all()


def test_curve_is_that_of_other_trainings(page):
    shown = page("dimensions_per_feature")
    at = np.interp(np.log(list(REPLICATION)), np.log(shown["INVERSE"]), shown["large"]["D*"])
    assert at == pytest.approx(list(REPLICATION.values()), rel=0.1)


def test_plateau_at_one_is_not_the_optimum(page):
    shown = page("dimensions_per_feature")
    dense = shown["INVERSE"][1:] <= 1.7
    assert (shown["packing"]["D*"][dense] < 0.98).all()
    assert (shown["packing"]["gain"][dense] > 1.002 * shown["large"]["gain"][1:][dense]).all()
    assert (np.diff(shown["packing"]["D*"][dense]) < 0).all()


def test_on_the_plateau_of_a_half_all_features_are_in_pairs(page):
    shown = page("dimensions_per_feature")
    k = int(np.argmin(np.abs(shown["INVERSE"] - 2.26)))
    D, norm = shown["large"]["D"][k], shown["large"]["norm"][k]
    assert (norm > 0.5).sum() == 60
    assert D[norm > 0.5] == pytest.approx(0.5, abs=5e-3)
    assert shown["packing"]["mixture"][k - 1] == "30 digons, 340 not represented"
    assert shown["packing"]["D*"][k - 1] == pytest.approx(shown["large"]["D*"][k], rel=5e-3)
    assert shown["large"]["gain"][k] == pytest.approx(shown["packing"]["gain"][k - 1], rel=1e-3)


def test_packings_and_training_are_as_far_apart_as_the_page_says(page):
    shown = page("dimensions_per_feature")
    inverse, ahead = shown["INVERSE"][1:], shown["packing"]["gain"] / shown["large"]["gain"][1:] - 1
    pairs = [mixture == "30 digons, 340 not represented" for mixture in shown["packing"]["mixture"]]
    assert [round(x, 1) for x in inverse[pairs][[0, -1]]] == [1.6, 4.3]
    assert ahead.max() == ahead[2] == pytest.approx(0.048, abs=1e-3)
    assert (ahead[inverse < 15] > 0).all() and (ahead[inverse > 15.9] < 0).all()
    assert ahead.min() == pytest.approx(-0.043, abs=1e-3)


def test_dimensions_add_up_to_those_there_are(page):
    shown = page("dimensions_per_feature")
    assert shown["large"]["D"].sum(axis=1) == pytest.approx(30, rel=0.01)
    assert (shown["large"]["D"].sum(axis=1) <= 30 + 1e-4).all()


def test_twice_the_dimensions_represent_twice_the_features_whatever_n(page):
    shown = page("dimensions_per_feature")
    models, spare = shown["models"], shown["INVERSE"] < 10
    for size in ((400, 15), (200, 30)):
        ratio = models[size]["D*"][spare] / models[400, 30]["D*"][spare]
        assert np.median(ratio) == pytest.approx(1, abs=0.02)
