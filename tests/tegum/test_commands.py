"""The command line as its users meet it: what it prints, what it refuses, how it exits."""

import csv
import io
import json
import signal
import subprocess
import sys

import numpy as np
import pytest
import torch

from tegum import __version__
from tests.tegum.command_line import PENTAGON, call, refused, save
from theory import FeatureDistribution
from training import ReluOutputModel, Run, fit


@pytest.fixture(scope="module")
def sampled():
    """The authors' loop: n = 5, m = 2, density .05, equal importance, best of eight."""
    features = FeatureDistribution(5, density=0.05)
    return fit(ReluOutputModel(5, 2), features, method="sampled", restarts=8, seed=0)


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".safetensors", ".pt"])
def test_sampled_pentagon_is_named_from_every_format_and_orientation(
    capsys, tmp_path, sampled, suffix
):
    straight = save(tmp_path / f"W{suffix}", W=sampled.W)
    turned = save(tmp_path / f"turned{suffix}", W=sampled.W.T)
    for path, options in ((straight, ()), (turned, ("--layout", "hidden-features"))):
        code, out, err = call(capsys, "classify", path, *options, "--json")
        assert (code, err) == (0, "")
        (model,) = json.loads(out)["models"]
        assert model["summary"] == "1 pentagon"


def test_two_by_five_is_read_as_it_stands_and_says_so(capsys, tmp_path):
    path = save(tmp_path / "W.npy", W=PENTAGON.T)
    code, out, err = call(capsys, "classify", path, "--json")
    assert code == 0
    assert json.loads(out)["models"][0]["n_features"] == 2
    (line,) = err.splitlines()
    assert "2 features in 5 hidden dimensions" in line
    assert "--layout" in line


def test_batch_of_instances_gets_one_verdict_each(capsys, tmp_path):
    path = save(tmp_path / "W.npy", W=np.stack([PENTAGON, 0 * PENTAGON]))
    code, out, _ = call(capsys, "classify", path, "--json")
    assert code == 0
    summaries = [model["summary"] for model in json.loads(out)["models"]]
    assert summaries == ["1 pentagon", "5 not represented"]
    code, out, _ = call(capsys, "classify", path)
    assert "1 pentagon" in out
    assert "5 not represented" in out


def test_train_writes_a_run_that_classify_and_compare_read(capsys, tmp_path):
    out = tmp_path / "run"
    options = ("--features", 5, "--hidden", 2, "--density", 1, 0.1, "--importance-decay", 0.9)
    code, printed, _ = call(capsys, "train", *options, "--out", out, "--json")
    assert code == 0
    verdicts = [model["verdict"] for model in json.loads(printed)["models"]]
    assert verdicts == ["2 dedicated, 3 not represented", "1 pentagon"]
    assert Run.load(out).W.shape == (2, 5, 2)
    code, printed, _ = call(capsys, "classify", out, "--csv")
    rows = list(csv.DictReader(io.StringIO(printed)))
    assert [row["name"] for row in rows] == [
        "dedicated",
        "dedicated",
        "not represented",
        "pentagon",
    ]
    code, printed, _ = call(capsys, "compare", out, "--json")
    totals = [r for r in json.loads(printed)["records"] if r["part"] == "total"]
    assert [t["ratio"] for t in totals] == pytest.approx([1.0, 0.9935], abs=1e-3)


def test_train_passes_on_the_options_of_the_sampled_method(capsys, tmp_path):
    out = tmp_path / "run"
    options = ("--features", 4, "--hidden", 2, "--method", "sampled", "--steps", 20)
    chosen = ("--restarts", 1, "--l1", 0.01, "--rao-blackwell", "--record", 3)
    code, _, _ = call(capsys, "train", *options, *chosen, "--out", out, "--json")
    assert code == 0
    run = Run.load(out)
    assert (run.settings.l1, run.settings.rao_blackwell, run.settings.record) == (0.01, True, 3)
    assert run.trajectory is not None
    assert run.trajectory.steps.tolist() == [1, 4, 20]
    other = ("--features", 4, "--hidden", 2, "--exact-strata", "--out", tmp_path / "other")
    assert "method 'sampled' only" in refused(capsys, "train", *other)


def test_train_takes_exponential_amplitudes_for_which_nothing_is_predicted(capsys, tmp_path):
    out = tmp_path / "run"
    options = ("--features", 5, "--hidden", 2, "--density", 0.3, "--amplitude", "exponential")
    code, printed, _ = call(capsys, "train", *options, "--out", out, "--json")
    assert code == 0
    assert [model["verdict"] for model in json.loads(printed)["models"]] == ["1 pentagon"]
    assert Run.load(out).features.amplitude == "exponential"
    assert "expected uniform amplitudes" in refused(capsys, "compare", out)


def test_run_is_trained_again_from_its_own_config(capsys, tmp_path, run):
    code, _, _ = call(capsys, "train", "--config", run / "config.json", "--out", tmp_path / "again")
    assert code == 0
    first, again = Run.load(run), Run.load(tmp_path / "again")
    assert (first.W == again.W).all()
    assert (first.loss == again.loss).all()


def test_tables_are_printed_for_people(capsys, run):
    for command in ("classify", "compare"):
        code, out, _ = call(capsys, command, run)
        assert code == 0
        assert "1 pentagon" in out


def test_compare_asks_for_what_bare_weights_do_not_say(capsys, tmp_path):
    path = save(tmp_path / "W.npy", W=PENTAGON)
    assert "--density" in refused(capsys, "compare", path)
    assert "--bias" in refused(capsys, "compare", path, "--density", 0.1)
    code, out, _ = call(capsys, "compare", path, "--density", 0.1, "--bias", -0.2, "--json")
    assert code == 0
    assert json.loads(out)["records"][0]["ratio"] == pytest.approx(1, abs=0.01)
    bias = tmp_path / "b.npy"
    np.save(bias, np.full(5, -0.2))
    from_file = call(capsys, "compare", path, "--density", 0.1, "--bias", bias, "--json")
    assert from_file[1] == out
    both = save(tmp_path / "both.npz", W=PENTAGON, b=np.full(5, -0.2))
    inside = call(capsys, "compare", both, "--density", 0.1, "--json")
    assert json.loads(inside[1])["records"] == json.loads(out)["records"]


def test_linear_run_is_not_compared_with_shapes_it_cannot_have(capsys, tmp_path):
    options = ("--features", 6, "--hidden", 2, "--model", "linear")
    assert call(capsys, "train", *options, "--out", tmp_path / "run")[0] == 0
    assert "linear" in refused(capsys, "compare", tmp_path / "run")


def test_short_floats_are_read_from_both_of_their_formats(capsys, tmp_path):
    from safetensors.torch import save_file as save_tensors

    W = torch.tensor(PENTAGON).to(torch.bfloat16)
    save_tensors({"W": W}, tmp_path / "W.safetensors")
    torch.save(W, tmp_path / "W.pt")
    for name in ("W.safetensors", "W.pt"):
        out = call(capsys, "classify", tmp_path / name, "--json")[1]
        assert json.loads(out)["models"][0]["summary"] == "1 pentagon"


def test_features_that_are_not_represented_are_in_the_csv(capsys, tmp_path):
    path = save(tmp_path / "W.npy", W=0 * PENTAGON)
    (row,) = csv.DictReader(io.StringIO(call(capsys, "classify", path, "--csv")[1]))
    assert (row["name"], row["features"]) == ("not represented", "0 1 2 3 4")


def test_one_row_is_printed_per_kind_of_component(capsys, tmp_path):
    path = save(tmp_path / "W.npy", W=np.vstack([np.eye(16), -np.eye(16)]))
    code, out, err = call(capsys, "classify", path)
    assert (code, err) == (0, "")
    assert "16 digons, jointly a 16-orthoplex" in out
    (row,) = [line for line in out.splitlines() if line.startswith("│")]
    assert "16" in row and "digon" in row and "0.500" in row


def test_many_unknown_features_do_not_fill_a_cell(capsys, tmp_path):
    path = save(tmp_path / "W.npy", W=np.ones((500, 3)))
    assert len(call(capsys, "classify", path)[1].splitlines()) < 15
    (row,) = csv.DictReader(io.StringIO(call(capsys, "classify", path, "--csv")[1]))
    assert row["n_features"] == "500" and len(row["features"]) < 50
    (model,) = json.loads(call(capsys, "classify", path, "--json")[1])["models"]
    assert model["components"][0]["features"] == list(range(500))


def test_pictures_are_drawn_into_a_folder_per_instance(capsys, tmp_path):
    one = save(tmp_path / "one.npy", W=PENTAGON)
    code, _, err = call(capsys, "classify", one, "--draw", tmp_path / "one", "--json")
    assert code == 0 and "pictures" in err
    names = {path.name for path in (tmp_path / "one").iterdir()}
    assert {"components.png", "graph.png", "gram.png"} <= names
    two = save(tmp_path / "two.npy", W=np.stack([PENTAGON, 0 * PENTAGON]))
    assert call(capsys, "classify", two, "--draw", tmp_path / "two")[0] == 0
    assert {path.name for path in (tmp_path / "two").iterdir()} == {"0", "1"}
    assert "--draw" in refused(capsys, "classify", one, "--draw", one)


def test_many_rotations_are_left_out_of_json_and_said(capsys, tmp_path, monkeypatch):
    path = save(tmp_path / "W.npy", W=PENTAGON)
    monkeypatch.setattr("tegum.classify.ROTATIONS", 3)
    code, out, err = call(capsys, "classify", path, "--json")
    (part,) = json.loads(out)["models"][0]["components"]
    assert code == 0 and part["placement"]["rotation"] is None
    assert part["placement"]["correspondence"] == part["matching"]
    assert "left out the rotations of placements, 4 numbers" in err


def test_pictures_of_many_features_say_what_is_missing(capsys, tmp_path):
    path = save(tmp_path / "W.npy", W=9 * np.random.default_rng(0).normal(size=(1100, 3)))
    code, _, err = call(capsys, "classify", path, "--draw", tmp_path / "pictures")
    assert code == 0
    assert [file.name for file in (tmp_path / "pictures").iterdir()] == ["dimensionalities.png"]
    assert "no pictures of the interference of 1100 features" in err


def test_huge_weights_are_named_but_have_no_finite_loss(capsys, tmp_path):
    path = save(tmp_path / "W.npy", W=1e200 * PENTAGON)
    code, out, err = call(capsys, "classify", path, "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["models"][0]["summary"] == "1 pentagon"
    refused(capsys, "compare", path, "--density", 0.1, "--bias", 0)


def test_wrong_usage_exits_with_two(capsys):
    assert call(capsys, "classify")[0] == 2
    assert call(capsys, "classify", "W.npy", "--layout", "sideways")[0] == 2
    assert call(capsys, "fly")[0] == 2


@pytest.mark.parametrize("command", ["demo", "train", "classify", "compare", "bounds"])
def test_every_command_has_help_with_an_example(capsys, command):
    code, out, _ = call(capsys, command, "--help")
    assert code == 0
    assert f"tegum {command}" in out.split("Try:")[1]


def test_compare_draws_the_gap_and_says_what_each_prediction_is_worth(capsys, tmp_path):
    np.savez(tmp_path / "W.npz", W=PENTAGON, b=np.full(5, -0.25))
    given = ("compare", tmp_path / "W.npz", "--density", 0.05)
    code, out, _ = call(capsys, *given, "--json", "--draw", tmp_path / "pictures")
    assert code == 0
    document = json.loads(out)
    (model,) = document["models"]
    assert model["packing"] == "1 pentagon"
    said = {row["prediction"]: row for row in document["predictions"]}
    assert set(said) == {"ideal shapes", "dedicated + digons", "best packing"}
    assert 0 < said["best packing"]["percent"] < 10 and said["dedicated + digons"]["percent"] < 0
    assert sum(model["gap"].values()) == pytest.approx(said["best packing"]["difference"])
    assert [path.name for path in (tmp_path / "pictures").iterdir()] == ["gap-0.png"]
    _, out, _ = call(capsys, *given, "--no-packing")
    assert "1 pentagon, " not in out and "not ideal" not in out and "compressed sensing" in out


def test_bounds_of_a_run_are_those_of_its_sizes(capsys, run):
    _, out, _ = call(capsys, "bounds", run, "--json")
    tables = json.loads(out)
    model = Run.load(run)
    n, m = model.model.n_features, model.model.n_hidden
    assert [one["density"] for one in tables] == np.ravel(model.features.density[..., 0]).tolist()
    for one in tables:
        p = one["density"]
        sizes = ("--features", n, "--hidden", m, "--density", p)
        assert json.loads(call(capsys, "bounds", *sizes, "--json")[1]) == [one]
        least = {row["limit"]: row["rate"] for row in one["limits"]}
        assert least["information limit"] == p
        assert p <= least["nonnegative weak threshold"] <= least["signed weak threshold"]
        assert one["features_per_dimension"] == n / m


def test_bounds_are_printed_for_people_and_as_csv(capsys):
    sizes = ("--features", 100, "--hidden", 20, "--density", 0.1, 0.01)
    _, out, _ = call(capsys, "bounds", *sizes)
    assert "beyond the nonnegative weak threshold" in out and "26.53" in out
    _, rows, _ = call(capsys, "bounds", *sizes, "--csv")
    assert rows.startswith("density,limit,kind,") and len(set(rows.splitlines())) == 23


def test_version(capsys):
    assert call(capsys, "--version") == (0, f"tegum {__version__}\n", "")


# The command itself, which says on stdout how far the fit is: a signal that falls into an import
# could be lost or end in a traceback. Where tests run in the background SIGINT may be ignored.
ANNOUNCED = """
import signal
import sys
import training
from tegum.__main__ import main

signal.signal(signal.SIGINT, signal.default_int_handler)
fit_config = training.fit_config

def announced(job, *, progress, **settings):
    def counted(done, total):
        print(done, flush=True)
        progress(done, total)
    return fit_config(job, progress=counted, **settings)

training.fit_config = announced
main(sys.argv[1:])
"""


def test_interrupt_leaves_no_run_and_exits_with_130(tmp_path):
    command = [sys.executable, "-c", ANNOUNCED, "train", "--features", "60", "--hidden", "8"]
    command += ["--density", "0.05", "--restarts", "4000", "--out", "run"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=tmp_path, **pipes) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "1\n"
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=100)
        finally:
            process.kill()
    assert said.splitlines() == [
        "tegum: interrupted; what is written is whole, the rest is as it was"
    ]
    assert process.returncode == 130
    assert list(tmp_path.iterdir()) == []
