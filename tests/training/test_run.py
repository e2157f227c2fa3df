import json
import os
import shutil

import numpy as np
import pytest
from safetensors.numpy import save_file

from geometry import load_weights, write
from theory import FeatureDistribution
from training import LinearModel, ReluOutputModel, Run, fit, replaceable


@pytest.fixture(scope="module")
def run():
    features = FeatureDistribution(3, [[0.5], [0.1]], [1.0, 0.9, 0.81])
    return fit(ReluOutputModel(3, 1), features, restarts=2, seed=5)


def _assert_same(a, b):
    assert a.config.to_dict() == b.config.to_dict()
    assert a.model == b.model
    assert a.features == b.features
    assert a.settings == b.settings
    assert a.metrics == b.metrics
    for x, y in ((a.W, b.W), (a.b, b.b), (a.loss, b.loss)):
        assert x.shape == y.shape
        assert x.dtype == y.dtype == np.float64
        assert np.array_equal(x, y)


def _listing(folder):
    return sorted(entry.name for entry in folder.iterdir())


def test_what_is_loaded_is_what_was_saved(run, tmp_path):
    path = run.save(tmp_path / "a" / "run")
    assert replaceable(path)
    assert _listing(path) == ["config.json", "metrics.jsonl", "model.safetensors"]
    _assert_same(Run.load(path), run)


@pytest.mark.parametrize(
    "density",
    [
        0.1,
        [[0.1]],
        [[0.1], [0.1]],
        [[[0.1], [0.2]], [[0.3], [0.4]]],
        [[0.1, 0.2, 0.3]],
        [0.3, 0.2, 0.1],
    ],
)
@pytest.mark.parametrize("model", [LinearModel(3, 1), ReluOutputModel(3, 1)])
def test_any_shape_of_instances_survives(model, density, tmp_path):
    small = fit(model, FeatureDistribution(3, density), restarts=1, seed=0)
    _assert_same(Run.load(small.save(tmp_path / "run")), small)


def test_a_sampled_run_survives(tmp_path):
    features = FeatureDistribution(3, [[0.5], [0.1]])
    sampled = fit(ReluOutputModel(3, 1), features, method="sampled", steps=3, restarts=2)
    _assert_same(Run.load(sampled.save(tmp_path / "run")), sampled)


def test_settings_of_numpy_survive(tmp_path):
    features = FeatureDistribution(2, 0.1)
    small = fit(ReluOutputModel(2, 1), features, restarts=np.int64(2), seed=np.int32(3))
    assert Run.load(small.save(tmp_path / "run")).settings == small.settings


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "metrics.jsonl"])
@pytest.mark.parametrize("overwrite", [False, True])
def test_failure_while_writing_leaves_everything_as_it_was(
    run, name, overwrite, tmp_path, monkeypatch
):
    target = tmp_path / "run"
    if overwrite:
        run.save(target)
    before = _listing(tmp_path)

    def fail(self, *args, **kwargs):
        if self.name == name:
            raise OSError("no space left")
        return written[type(args[0])](self, *args, **kwargs)

    path_type = type(tmp_path)
    written = {str: path_type.write_text, bytes: path_type.write_bytes}
    monkeypatch.setattr(path_type, "write_text", fail)
    monkeypatch.setattr(path_type, "write_bytes", fail)
    with pytest.raises(OSError, match="no space left"):
        run.save(target, overwrite=overwrite)
    monkeypatch.undo()
    assert _listing(tmp_path) == before
    if overwrite:
        _assert_same(Run.load(target), run)


@pytest.mark.parametrize("which", [1, 2])
def test_failure_while_replacing_leaves_the_old_run(run, which, tmp_path, monkeypatch):
    target = run.save(tmp_path / "run")
    calls = []
    rename = os.replace

    def fail(*args):
        calls.append(args)
        if len(calls) == which:
            raise OSError("device gone")
        return rename(*args)

    monkeypatch.setattr(os, "replace", fail)
    monkeypatch.setattr(write, "_exchanged_at_once", lambda new, old: False)
    with pytest.raises(OSError, match="device gone"):
        run.save(target, overwrite=True)
    monkeypatch.undo()
    assert _listing(tmp_path) == ["run"]
    _assert_same(Run.load(target), run)


def test_a_path_that_is_taken_is_refused(run, tmp_path):
    path = run.save(tmp_path / "run")
    with pytest.raises(FileExistsError, match="expected a new path"):
        run.save(path)
    (tmp_path / "file").write_text("precious")
    with pytest.raises(FileExistsError, match="expected a new path"):
        run.save(tmp_path / "file")


def test_a_run_is_overwritten_when_asked(run, tmp_path):
    path = fit(ReluOutputModel(2, 1), FeatureDistribution(2, 0.1), restarts=1).save(
        tmp_path / "run"
    )
    run.save(path, overwrite=True)
    _assert_same(Run.load(path), run)
    assert _listing(tmp_path) == ["run"]


def test_an_empty_directory_is_overwritten_when_asked(run, tmp_path):
    (tmp_path / "run").mkdir()
    _assert_same(Run.load(run.save(tmp_path / "run", overwrite=True)), run)


@pytest.mark.parametrize(
    "files",
    [
        {"notes.txt": "precious"},
        {"config.json": '{"architectures": ["GPT2"]}', "pytorch_model.bin": "precious"},
        {"config.json": "not even JSON"},
    ],
)
def test_what_is_no_run_is_never_overwritten(run, files, tmp_path):
    target = tmp_path / "work"
    target.mkdir()
    for name, text in files.items():
        (target / name).write_text(text)
    with pytest.raises(FileExistsError, match="expected a run"):
        run.save(target, overwrite=True)
    assert {name: (target / name).read_text() for name in _listing(target)} == files
    assert _listing(tmp_path) == ["work"]


def test_a_link_to_a_run_is_followed_or_refused_but_nothing_is_left_behind(run, tmp_path):
    run.save(tmp_path / "run")
    (tmp_path / "link").symlink_to(tmp_path / "run")
    try:
        run.save(tmp_path / "link", overwrite=True)
    except FileExistsError:
        assert (tmp_path / "link").is_symlink()
    assert _listing(tmp_path) == ["link", "run"]
    _assert_same(Run.load(tmp_path / "link"), run)
    _assert_same(Run.load(tmp_path / "run"), run)


def _rewrite_metrics(path, *lines):
    (path / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def _truncate(path, name):
    (path / name).write_bytes((path / name).read_bytes()[:-20])


DAMAGES = {
    "no config": lambda path: (path / "config.json").unlink(),
    "no weights": lambda path: (path / "model.safetensors").unlink(),
    "no metrics": lambda path: (path / "metrics.jsonl").unlink(),
    "truncated config": lambda path: _truncate(path, "config.json"),
    "truncated weights": lambda path: _truncate(path, "model.safetensors"),
    "truncated metrics": lambda path: _truncate(path, "metrics.jsonl"),
    "too few losses": lambda path: _rewrite_metrics(path, {"loss": 1.0}),
    "a record without loss": lambda path: _rewrite_metrics(path, {"loss": 1.0}, {"error": 0.0}),
    "a loss that is null": lambda path: _rewrite_metrics(path, {"loss": 1.0}, {"loss": None}),
    "a loss that is NaN": lambda path: _rewrite_metrics(path, {"loss": 1.0}, {"loss": np.nan}),
    "losses that are lists": lambda path: _rewrite_metrics(
        path, {"loss": [1, 2]}, {"loss": [1, 2]}
    ),
    "records that are lists": lambda path: _rewrite_metrics(path, [1.0], [2.0]),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_run_that_is_not_whole_is_refused_in_one_line(run, damage, tmp_path):
    path = run.save(tmp_path / "run")
    DAMAGES[damage](path)
    with pytest.raises(ValueError, match="expected") as caught:
        Run.load(path)
    assert "\n" not in str(caught.value)


def test_weights_of_another_model_are_refused(run, tmp_path):
    path = run.save(tmp_path / "run")
    other = fit(ReluOutputModel(4, 2), FeatureDistribution(4, [[0.5], [0.1]]), restarts=1)
    shutil.copy(other.save(tmp_path / "other") / "model.safetensors", path)
    with pytest.raises(ValueError, match=r"expected W of shape \(2, 3, 1\)"):
        Run.load(path)


def test_weights_without_biases_are_refused(run, tmp_path):
    from safetensors.numpy import save

    path = run.save(tmp_path / "run")
    (path / "model.safetensors").write_bytes(save({"W": run.W}))
    with pytest.raises(ValueError, match="b"):
        Run.load(path)


def test_no_run_is_no_directory(tmp_path):
    with pytest.raises(FileNotFoundError, match="expected the directory of a run"):
        Run.load(tmp_path / "none")


def test_only_a_run_or_an_empty_directory_may_be_replaced(run, tmp_path):
    assert not replaceable(tmp_path / "none")
    assert replaceable(tmp_path)
    path = run.save(tmp_path / "run")
    (path / "thesis.txt").write_text("mine")
    assert not replaceable(path)


def test_the_directory_of_a_run_is_read_as_weights(run, tmp_path):
    found = load_weights(run.save(tmp_path / "run"))
    assert np.array_equal(found.W, run.W) and np.array_equal(found.b, run.b)
    with pytest.raises(ValueError, match="no layout for a run"):
        load_weights(tmp_path / "run", layout="arena")


def test_a_run_with_a_readout_of_its_own_is_no_single_matrix(run, tmp_path):
    path = run.save(tmp_path / "run")
    save_file({"W": run.W, "b": run.b, "readout": 2 * run.W}, path / "model.safetensors")
    with pytest.raises(ValueError, match="readout"):
        load_weights(path)
