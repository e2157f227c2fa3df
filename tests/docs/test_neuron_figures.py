"""What the pages on privileged bases and on computation (paper, sections 9 and 10) show and say."""

import numpy as np
import pytest

from theory import FeatureDistribution
from training import ReluHiddenModel, stratified_loss


def test_two_neurons_compute_one_absolute_value_and_lose_nothing(page):
    shown = page("absolute_value_circuit")
    assert float(shown["run"].loss) < 1e-9
    signs = np.kron(np.eye(3), [[1, -1]])
    np.testing.assert_allclose(shown["W"], signs, atol=1e-3)
    np.testing.assert_allclose(shown["readout"], np.abs(signs), atol=1e-3)
    np.testing.assert_allclose(shown["run"].b, 0, atol=1e-3)
    p = shown["DENSITY"]
    assert shown["unrepresented"] == pytest.approx(3 * (p / 3 - p**2 / 4))


def test_dense_neurons_are_monosemantic(page):
    model = page("privileged_basis")["models"][0.75]
    assert model["features"].tolist() == [1] * 5
    assert model["represented"].tolist() == [True] * 5 + [False] * 5


def test_three_features_are_a_binary_code_on_two_neurons(page):
    model = page("privileged_basis")["models"][0.35]
    assert sorted(model["features"]) == [1, 1, 1, 3, 3]
    shared = np.sign(model["W"][3:6][:, model["features"] == 3])
    assert abs(shared[0] @ shared[1]) == 0 or abs(shared[0] @ shared[2]) == 0
    assert sorted(shared.prod(axis=1).tolist()) == [-1, -1, 1]


def test_five_features_are_in_three_neurons_beside_two_monosemantic_ones(page):
    model = page("privileged_basis")["models"][0.15]
    alone = np.abs(model["W"][:2]).argmax(axis=1)
    others = np.delete(np.arange(5), alone)
    assert model["represented"].tolist() == [True] * 7 + [False] * 3
    assert np.abs(model["W"][:2][:, others]).max() < 0.1
    assert np.abs(model["W"][2:7][:, alone]).max() < 0.1


def test_six_features_are_in_four_neurons_beside_a_monosemantic_one(page):
    model = page("privileged_basis")["models"][0.12]
    alone = np.abs(model["W"][0]).argmax()
    others = np.delete(np.arange(5), alone)
    assert model["represented"].tolist() == [True] * 7 + [False] * 3
    assert np.abs(model["W"][0][others]).max() < 0.1 and np.abs(model["W"][1:7, alone]).max() < 0.1
    assert np.abs(model["W"][1:7][:, others]).max(axis=0).min() > 0.5
    assert np.abs(model["W"][1:4][:, others]).min(axis=1).max() > 0.4  # two serve all four
    assert model["fitted"] / model["loss"] - 1 == pytest.approx(0.005, abs=1e-3)


@pytest.mark.parametrize("density", [0.11, 0.1, 0.06])
def test_one_neuron_tells_four_important_features_from_four_others(page, density):
    model = page("privileged_basis")["models"][density]
    assert model["represented"].tolist() == [True] * 8 + [False] * 2
    divider = np.sign(model["W"][:8, model["features"].argmax()])
    assert divider.tolist() == [-1] * 4 + [1] * 4
    others = np.delete(np.arange(5), model["features"].argmax())
    assert sorted(model["W"][:4][:, others].argmin(axis=1)) == [0, 1, 2, 3]  # all but one of them
    assert sorted(model["W"][4:8][:, others].argmax(axis=1)) == [0, 1, 2, 3]  # that one alone


def test_sparse_features_are_the_ten_pairs_of_five_neurons(page):
    shown = page("privileged_basis")
    assert sorted(shown["pairs"]) == [(i, j) for i in range(5) for j in range(i + 1, 5)]


def test_as_many_models_as_the_papers_are_compared(page):
    shown = page("privileged_basis")
    assert shown["searches"][0]["restarts"] == 1000
    assert shown["searches"][0]["densities"] == list(shown["models"])


def test_kept_models_cost_what_the_page_says(page):
    for density, model in page("privileged_basis")["models"].items():
        features = FeatureDistribution(10, density, 0.75 ** np.arange(10))
        loss, error = stratified_loss(ReluHiddenModel(10, 5), model["W"], model["b"], features)
        assert float(loss) == pytest.approx(float(model["loss"]), abs=1e-9)
        assert float(error) < 3e-3 * float(loss)


def test_neurons_turn_polysemantic_as_the_hundred_features_grow_sparse(page):
    shown = page("absolute_values")
    assert shown["polysemantic"] == [0, 2, 10, 30, 40, 40, 40]
    assert shown["ratios"] == sorted(shown["ratios"])
    for model, many in zip(shown["models"], shown["polysemantic"], strict=True):
        W = np.abs(model["W"])
        shared = (W / W.max(axis=0) > 0.1).sum(axis=0) > 1
        assert shared.sum() == many


def test_the_loop_leaves_more_than_two_neurons_per_feature_do(page):
    shown = page("absolute_values")
    shares = shown["shares"]
    assert shown["alone"] == pytest.approx(0.8**20, rel=1e-6) and min(shares) > shown["alone"]
    assert min(shares) == shares[2] == pytest.approx(0.013, abs=1e-3)
    assert shares[3:] == sorted(shares[3:]) and shares[-1] == pytest.approx(0.44, abs=0.01)


def test_a_descent_at_one_percent_has_neurons_of_both_kinds_and_a_twentieth_of_the_loss(page):
    shown = page("absolute_values")
    assert shown["exact_polysemantic"] == 23 and (shown["exact"]["features"] == 1).sum() == 17
    assert shown["exact_share"] == pytest.approx(0.0048, abs=1e-4)
    assert shown["exact_share"] < shown["shares"][4] / 20


def test_unimportant_features_share_neurons_before_important_ones_do(page):
    shown = page("absolute_values")
    W, _ = shown["rescaled_neurons"](shown["models"][2]["W"], shown["models"][2]["readout"])
    first, many = np.abs(W).argmax(axis=0), shown["models"][2]["features"] > 1
    assert np.median(first[many]) > np.median(first[~many])


def test_asymmetric_motifs_inhibit_the_heavy_interference_and_leave_the_light(page):
    shown = page("asymmetric_superposition")
    motifs = [motif for found in shown["found"] for motif in found]
    assert len(motifs) == 6
    ratios = sorted(motif.ratio for motif in motifs)
    assert ratios[0] == pytest.approx(2.6, abs=0.05) and ratios[-1] == pytest.approx(13.2, abs=0.1)
    nearest = min(ratios, key=lambda ratio: abs(ratio - 4))
    assert shown["shown"].ratio == nearest == pytest.approx(4.63, abs=0.01)
    assert shown["k"] ** 2 == pytest.approx(nearest)
    for motif in motifs:
        assert motif.inhibition > 0.75 * motif.heavy and motif.light < 0.5
    leaks = np.sort(shown["study"]["leaks"])
    assert leaks[-1] == pytest.approx(0.012, abs=1e-3) and leaks[:-1].max() < 1e-6


def test_trained_motif_has_inputs_and_outputs_of_the_papers_form(page):
    shown = page("asymmetric_superposition")
    k, read, write = shown["k"], shown["read"], shown["write"]
    np.testing.assert_allclose(read[:, 0], [k, -1 / k], rtol=1e-6)
    np.testing.assert_allclose(write[:, 0], [1 / k, k], rtol=0.3)
    assert read[0, 1] == pytest.approx(1) and write[1, 1] < -0.5 * k**2


def test_sharing_the_third_neuron_saves_what_the_page_says(page):
    shown = page("asymmetric_superposition")
    saved = dict(zip(shown["DENSITIES"], shown["saved"], strict=True))
    assert saved[0.1] == pytest.approx(0.029, abs=5e-4) and abs(saved[0.5]) < 1e-6
    for p, loss in zip(shown["DENSITIES"], shown["study"]["pair_and_half"], strict=True):
        assert loss == pytest.approx(p / 6 - p**2 / (16 - 6 * p))
