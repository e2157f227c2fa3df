"""Figures of compressed sensing: their numbers beside the paper's and the thresholds."""

import numpy as np
import pytest


def test_features_per_dimension_follow_the_papers_expression_and_pass_a_linear_programme(page):
    at = page("compressed_sensing")
    assert at["density"].size == 25
    # the paper's specification has 1/(−p ln p) at these densities
    for p, expected in ((0.3, 2.77), (0.1, 4.34), (0.05, 6.68), (0.03, 9.51)):
        assert 1 / at["surprisal"](p) == pytest.approx(expected, abs=6e-3)
    ratio = at["ratio"][at["between"]]
    assert ratio.min() > 0.95 and ratio.max() < 1.11
    sparse = at["density"] < 0.19
    programme = 1 / at["weak_threshold"](at["density"][sparse])
    assert (at["reached"][sparse] > programme).all()
    assert (at["reached"] < 1 / at["density"] + 0.02).all()


def test_appendix_decoder_is_exact_wherever_its_lemma_says_so(page):
    at = page("threshold_decoder")
    covered, study = at["covered"], at["study"]
    assert 0.4 < covered.mean() < 0.6
    assert study["recovered"][covered].all()
    assert study["recovered"][study["support"]].all()
    assert study["recovered"].mean() == pytest.approx(0.666, abs=0.03)
    silent = np.isclose(study["off"], study["least"])
    assert study["recovered"][silent].mean() < 0.05 and silent.mean() > 0.1
    of_20 = at["sizes"].index(20)
    trained, random = (
        at["rates"]("recovered", at["DECODER"], weights)[of_20] for weights in ("trained", "random")
    )
    assert trained[at["densities"].index(0.01)] == pytest.approx(0.66, abs=0.01)
    assert (trained >= random).all()


def test_decoders_stop_where_compressed_sensing_says(page):
    at = page("decoders")
    assert np.abs(at["half_way"]).max() < 0.01  # of the threshold, at n = 400
    sparse = at["densities"].index(0.05)
    trained, random = at["trained"], at["random"]
    assert trained["basis pursuit"][sparse] == pytest.approx(0.74, abs=0.005)
    assert trained["ReLU readout"][sparse] == 0
    assert trained["basis pursuit"][sparse] < random["basis pursuit"][sparse]
    beyond = np.array(at["densities"]) > at["limits"]["information limit"]
    for decoder in trained:
        assert not np.array(trained[decoder])[beyond].any()
