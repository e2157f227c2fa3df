"""What decoders make of trained weights, in small, and the page that says so in full."""

import json

import numpy as np
import pytest

from tegum.studies.decoders import WEIGHTS, decoders, random_readout
from tests.benchmarks import sensing
from theory import FeatureDistribution, expected_loss
from theory.sensing import DECODERS, weak_threshold


@pytest.fixture(scope="module")
def study():
    return decoders(n_hidden=(20,), densities=(0.2, 0.03), trials=20)


@pytest.fixture(scope="module")
def data():
    return json.loads(sensing.DATA.read_text(encoding="utf-8"))


def test_programme_recovers_what_the_readout_of_a_trained_model_does_not(study):
    share = {row["decoder"]: row for row in study.records(20) if row["density"] == 0.03}
    assert share["ReLU readout"]["recovered"] < 0.1
    assert share["basis pursuit"]["recovered"] > 0.75
    trained = study.recovered[0, 1, WEIGHTS.index("trained")]
    assert trained.shape == (len(DECODERS),)


def test_nothing_is_recovered_beyond_the_information_limit(study):
    assert study.bounds[0][0].limit("information limit").n_hidden == pytest.approx(20)
    assert (study.recovered[0, 0] < 0.1).all()


def test_random_readout_has_the_scale_and_bias_of_least_loss():
    features = FeatureDistribution(60, 0.1)
    W, b = random_readout(20, features)
    least = expected_loss(W, b, features)
    for factor, shift in ((1.05, 0.0), (0.95, 0.0), (1.0, 0.02), (1.0, -0.02)):
        assert expected_loss(factor * W, b + shift, features) > least


def test_page_is_that_of_its_data(data):
    assert sensing.PAGE.read_text(encoding="utf-8") == sensing.page(data)


def test_programmes_at_400_features_bracket_the_weak_thresholds(data):
    assert data["n_features"] == 400
    assert data["trials"] >= 50
    for one in data["transitions"]:
        threshold = weak_threshold(one["active"] / 400, signed=one["signed"])
        ratio, rate = np.array(one["n_hidden"]) / 400, np.array(one["recovered"])
        assert (rate[ratio < threshold - 0.05] <= 0.05).all()
        assert (rate[ratio > threshold + 0.05] >= 0.95).all()
        assert abs(sensing.half_way(one) - threshold) < 0.02


def test_data_compare_ten_densities_at_twenty_dimensions(data):
    assert len(sensing.densities(data)) == 10
    assert sensing.SIZE in sensing.sizes(data)
    for weights in WEIGHTS:
        for shares in sensing.table_of(data, "recovered")[weights].values():
            assert shares.shape == (10,)
            assert ((shares >= 0) & (shares <= 1)).all()
