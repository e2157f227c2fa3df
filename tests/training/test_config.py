import json

import numpy as np
import pytest

from theory import AnticorrelatedSet, CorrelatedSet, FeatureDistribution
from training import FitConfig, FitSettings, LinearModel, ReluOutputModel, load_config


def _document(**changes):
    """A valid document with some of its keys, given as section__key, set or (None) taken out."""
    document = {
        "schema_version": 1,
        "model": {"kind": "relu-output", "n_features": 3, "n_hidden": 2},
        "features": {"density": 0.1, "importance": [1.0, 0.9, 0.81], "amplitude": "uniform"},
        "fit": {"restarts": 4, "seed": 1},
    }
    for path, value in changes.items():
        *sections, key = path.split("__")
        place = document
        for section in sections:
            place = place[section]
        if value is KeyError:
            del place[key]
        else:
            place[key] = value
    return document


def test_document_is_read_as_it_stands():
    config = FitConfig.from_dict(_document())
    assert config.model == ReluOutputModel(3, 2)
    assert config.features == FeatureDistribution(3, 0.1, [1.0, 0.9, 0.81])
    assert config.fit == FitSettings(restarts=4, seed=1)


def test_fit_and_importance_may_be_left_out():
    config = FitConfig.from_dict(_document(fit=KeyError, features__importance=KeyError))
    assert config.fit == FitSettings()
    assert config.features.importance.tolist() == [1.0, 1.0, 1.0]


def test_sets_survive_the_document_and_independent_features_do_not_name_them():
    sets = (CorrelatedSet((0, 3)), AnticorrelatedSet((1, 2)))
    features = FeatureDistribution(4, np.full((2, 4), 0.1), groups=sets)
    config = FitConfig(ReluOutputModel(4, 2), features, FitSettings())
    document = json.loads(json.dumps(config.to_dict()))
    assert document["features"]["groups"] == [
        {"kind": "correlated", "features": [0, 3]},
        {"kind": "anticorrelated", "features": [1, 2]},
    ]
    assert FitConfig.from_dict(document).features == features
    independent = FitConfig(ReluOutputModel(4, 2), FeatureDistribution(4, 0.1), FitSettings())
    assert set(independent.to_dict()["features"]) == {
        "instances",
        "density",
        "importance",
        "amplitude",
    }


def test_numbers_of_numpy_are_written_as_numbers():
    chosen = FitSettings(
        method="sampled", restarts=np.int64(3), seed=np.uint32(1), init_instances=np.int64(2),
        learning_rate=np.float32(0.5), rao_blackwell=np.True_, record=np.arange(3),
    )  # fmt: skip
    config = FitConfig(LinearModel(np.int64(2), 1), FeatureDistribution(np.int64(2), 0.1), chosen)
    assert FitConfig.from_dict(json.loads(json.dumps(config.to_dict()))).fit == chosen
    assert hash(LinearModel(np.array(2), 1)) == hash(LinearModel(2, 1))


def test_steps_to_record_are_any_sequence_and_for_sampled_fits_only():
    assert FitSettings(method="sampled", record=range(0, 30, 10)).record == (0, 10, 20)
    with pytest.raises(ValueError, match="expected record with method 'sampled' only"):
        FitSettings(record=np.arange(3))


def test_features_that_repeat_are_written_once():
    n = 50
    features = FeatureDistribution(n, np.geomspace(0.01, 1, 3)[:, None], 0.9 ** np.arange(n))
    written = FitConfig(LinearModel(n, 1), features, FitSettings()).to_dict()["features"]
    assert np.size(written["density"]) == 3
    assert np.size(written["importance"]) == n


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"sweep": 1}, "unknown key 'sweep' in config; expected"),
        ({"model__bias": True}, "unknown key 'bias' in model"),
        ({"features__sparsity": 0.9}, "unknown key 'sparsity' in features"),
        ({"features__groups": {}}, "expected groups to be a list of sets"),
        ({"features__groups": [[0, 1]]}, "expected a set in groups to be an object"),
        ({"features__groups": [{"kind": "correlated"}]}, "missing key 'features' in a set"),
        (
            {"features__groups": [{"kind": "linked", "features": [0, 1]}]},
            r"kind of a set to be one of \['anticorrelated', 'correlated'\], got 'linked'",
        ),
        (
            {"features__groups": [{"kind": "correlated", "features": 1}]},
            "expected the features of a set to be a list, got 1",
        ),
        (
            {"features__groups": [{"kind": "correlated", "features": [1, 1.0]}]},
            "expected CorrelatedSet of two or more distinct indices",
        ),
        (
            {"features__groups": [{"kind": "correlated", "features": [0, 3]}]},
            "expected groups of features 0 … 2, got 3",
        ),
        ({"fit__lr": 1e-3}, "unknown key 'lr' in fit"),
        ({"schema_version": KeyError}, "missing key 'schema_version' in config"),
        ({"model": KeyError}, "missing key 'model' in config"),
        ({"model__n_hidden": KeyError}, "missing key 'n_hidden' in model"),
        ({"features__density": KeyError}, "missing key 'density' in features"),
        ({"model": []}, "expected model to be an object"),
        ({"fit": None}, "expected fit to be an object"),
        ({"schema_version": 2}, "expected schema_version 1, got 2"),
        ({"schema_version": "1"}, "expected schema_version 1, got '1'"),
        ({"schema_version": True}, "expected schema_version 1, got True"),
        ({"model__kind": "transformer"}, "expected model kind to be one of"),
        ({"model__kind": ["linear"]}, "expected model kind to be one of"),
        ({"model__n_features": True}, "expected n_features to be a whole number"),
        ({"model__n_features": 3.0}, "expected n_features to be a whole number"),
        ({"model__n_features": "3"}, "expected n_features to be a whole number"),
        ({"model__n_hidden": 0}, "expected n_hidden to be a whole number ≥ 1, got 0"),
        ({"features__density": 0.0}, r"expected every density 1 − S in \(0, 1\], got 0"),
        ({"features__density": 1.5}, r"in \(0, 1\], got 1.5"),
        ({"features__density": [0.1, 0.2]}, "to broadcast to"),
        ({"features__density": "0.1"}, "expected density to be an array of real numbers or one"),
        ({"features__density": True}, "expected density to be an array of real numbers or one"),
        ({"features__density": None}, "expected density to be an array of real numbers or one"),
        ({"features__density": float("nan")}, "expected finite density"),
        ({"features__importance": -1}, "expected every importance to be ≥ 0"),
        ({"features__amplitude": "gaussian"}, "expected amplitude 'uniform'"),
        ({"fit__method": "adam"}, "expected method to be one of"),
        ({"fit__method": None}, "expected method to be one of"),
        ({"fit__restarts": 1.0}, "expected restarts to be a whole number"),
        ({"fit__seed": -1}, "expected seed to be a whole number ≥ 0"),
        ({"fit__learning_rate": "1e-3"}, "expected learning_rate to be a finite number"),
        ({"fit__learning_rate": 10**400}, "expected learning_rate to be a finite number"),
        ({"fit__learning_rate": float("inf")}, "expected learning_rate to be a finite number"),
        ({"fit__device": 0}, "expected device to be a name"),
    ],
)
def test_what_a_config_cannot_be_is_refused_in_one_line(changes, expected, tmp_path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps(_document(**changes)))
    with pytest.raises(ValueError, match=expected) as caught:
        load_config(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\x00", b"schema_version: 1"])
def test_what_is_not_json_is_refused_in_one_line(content, tmp_path):
    path = tmp_path / "config.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"expected JSON in .*config\.json") as caught:
        load_config(path)
    assert "\n" not in str(caught.value)


def test_no_config_is_no_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"config\.json"):
        load_config(tmp_path / "config.json")
