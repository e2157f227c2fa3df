"""Weights recorded along the way: what they are, and their file."""

import numpy as np
import pytest

from geometry import dimensionality
from theory import FeatureDistribution, expected_loss
from training import AbsoluteValueModel, FitSettings, ReluOutputModel, Run, fit

SHORT = {"method": "sampled", "restarts": 3, "batch_size": 64, "learning_rate": 1e-2}


@pytest.fixture(scope="module")
def run():
    features = FeatureDistribution(5, [[0.3], [0.05]])
    return fit(ReluOutputModel(5, 2), features, steps=60, record=[60, 0, 7], **SHORT)


def test_path_begins_at_the_start_and_ends_at_the_result(run):
    path = run.trajectory
    assert path.steps.tolist() == [0, 7, 60]
    assert path.W.shape == (3, 2, 5, 2)
    assert not path.b[0].any()
    assert np.array_equal(path.W[0, 0], path.W[0, 1]) == (
        np.argmin(run.metrics[0]["start_losses"]) == np.argmin(run.metrics[1]["start_losses"])
    )
    assert np.array_equal(path.W[-1], run.W)
    assert np.array_equal(path.b[-1], run.b)


def test_a_recorded_step_is_where_a_shorter_training_ends(run):
    short = fit(
        ReluOutputModel(5, 2), run.features, steps=7, **(SHORT | {"restarts": 1, "seed": 0})
    )
    first = [record["start_losses"].index(record["loss"]) == 0 for record in run.metrics]
    again = fit(
        ReluOutputModel(5, 2), run.features, steps=60, record=[7], **(SHORT | {"restarts": 1})
    )
    assert np.array_equal(again.trajectory.W[0], short.W)
    for k in np.flatnonzero(first):
        np.testing.assert_allclose(run.trajectory.W[1, k], short.W[k], rtol=0, atol=1e-6)


def test_recording_changes_nothing(run):
    plain = fit(ReluOutputModel(5, 2), run.features, steps=60, **SHORT)
    assert plain.trajectory is None
    assert np.array_equal(plain.W, run.W)
    assert plain.metrics == run.metrics


def test_losses_dimensionalities_and_verdicts_are_those_of_the_weights(run):
    path = run.trajectory
    loss = path.loss()
    assert loss.shape == (3, 2)
    for s, k in np.ndindex(3, 2):
        exact = expected_loss(path.W[s, k], path.b[s, k], run.features[k])
        assert loss[s, k] == pytest.approx(exact, rel=1e-9)
        np.testing.assert_array_equal(path.dimensionality()[s, k], dimensionality(path.W[s, k]))
    assert path.verdicts().shape == (3, 2)
    np.testing.assert_array_equal(loss[-1], run.loss)


def test_held_out_losses_fall_along_the_path():
    model, features = AbsoluteValueModel(3, 6), FeatureDistribution(3, 0.5)
    run = fit(model, features, steps=200, record=4, **SHORT)
    loss = run.trajectory.loss()
    assert loss[-1] == run.loss
    assert loss[-1] < 0.5 * loss[0]
    assert run.trajectory.readout.shape == (4, 3, 6)


@pytest.mark.parametrize(
    ("record", "steps", "expected"),
    [
        (None, 100, ()),
        (1, 100, (1,)),
        (3, 100, (1, 10, 100)),
        (50, 3, (1, 2, 3)),
        ((5, 5, 0), 9, (0, 5)),
    ],
)
def test_steps_to_record(record, steps, expected):
    assert FitSettings(method="sampled", steps=steps, record=record).recorded == expected


def test_run_and_path_are_read_back_as_they_were_written(run, tmp_path):
    again = Run.load(run.save(tmp_path / "run"))
    assert again.config.to_dict() == run.config.to_dict()
    for name in ("steps", "W", "b"):
        assert np.array_equal(getattr(again.trajectory, name), getattr(run.trajectory, name))
    np.testing.assert_array_equal(again.trajectory.loss(), run.trajectory.loss())
    run.save(tmp_path / "run", overwrite=True)


def test_no_file_where_nothing_was_recorded(tmp_path):
    plain = fit(ReluOutputModel(2, 1), FeatureDistribution(2, 0.1), steps=2, **SHORT)
    folder = plain.save(tmp_path / "run")
    assert not (folder / "trajectory.safetensors").exists()
    assert Run.load(folder).trajectory is None


def test_a_damaged_or_foreign_path_is_refused_in_one_line(run, tmp_path):
    folder = run.save(tmp_path / "run")
    file = folder / "trajectory.safetensors"
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(ValueError, match=r"trajectory\.safetensors"):
        Run.load(folder)
    one = fit(ReluOutputModel(2, 1), FeatureDistribution(2, 0.1), steps=2, record=[2], **SHORT)
    file.write_bytes(one.trajectory.to_bytes())
    with pytest.raises(ValueError, match="expected arrays of shapes"):
        Run.load(folder)
