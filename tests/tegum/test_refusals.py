"""What the command line refuses: one line, and nothing is written."""

import json
import os
import tempfile
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from tests.tegum.command_line import PENTAGON, call, refused
from training import Run


def not_numpy(path):
    path.write_text("these are not weights\n")


def truncated(path):
    save_file({"W": PENTAGON}, path)
    path.write_bytes(path.read_bytes()[:-8])


class Dangerous:
    def __reduce__(self):
        return (os.mkdir, ("pickle-was-executed",))


BAD_FILES = {
    "missing file": ("gone.npy", lambda path: None),
    "text named .npy": ("text.npy", not_numpy),
    "NaN": ("nan.npy", lambda path: np.save(path, PENTAGON * np.nan)),
    "infinite": ("inf.npy", lambda path: np.save(path, PENTAGON + np.inf)),
    "one axis": ("line.npy", lambda path: np.save(path, np.ones(5))),
    "four axes": ("four.npy", lambda path: np.save(path, np.ones((2, 2, 5, 2)))),
    "no features": ("none.npy", lambda path: np.save(path, np.ones((0, 2)))),
    "truncated safetensors": ("cut.safetensors", truncated),
    "pickled .pt": ("evil.pt", lambda path: torch.save({"W": Dangerous()}, path)),
    "unknown ending": ("weights.txt", not_numpy),
}


@pytest.mark.parametrize("case", BAD_FILES)
@pytest.mark.parametrize("command", ["classify", "compare"])
def test_bad_weights_get_one_line_and_nothing_is_written(
    capsys, tmp_path, monkeypatch, command, case
):
    monkeypatch.chdir(tmp_path)
    name, write = BAD_FILES[case]
    write(tmp_path / name)
    before = sorted(tmp_path.iterdir())
    line = refused(capsys, command, name)
    assert name in line
    assert sorted(tmp_path.iterdir()) == before


BAD_TRAINING = {
    "density of zero": ("--features", 5, "--hidden", 2, "--density", 0),
    "density above one": ("--features", 5, "--hidden", 2, "--density", 1.5),
    "no features": ("--features", 0, "--hidden", 2),
    "only one size": ("--features", 5),
    "neither config nor sizes": (),
    "more memory than there is": ("--features", 5, "--hidden", 2_000_000_000_000),
    "no threads": ("--features", 5, "--hidden", 2, "--threads", 0),
    "two formats": ("--features", 5, "--hidden", 2, "--json", "--csv"),
    "importance of another length": ("--features", 5, "--hidden", 2, "--importance", 1, 2),
    "no restarts": ("--features", 5, "--hidden", 2, "--restarts", 0),
    "exact on an unknown device": ("--features", 5, "--hidden", 2, "--device", "abacus"),
    "unknown device": (
        *("--features", 5, "--hidden", 2, "--method", "sampled", "--device", "abacus"),
    ),
    "missing config": ("--config", "gone.json"),
    "config and sizes": ("--config", "gone.json", "--features", 5, "--hidden", 2),
}


@pytest.mark.parametrize("case", BAD_TRAINING)
def test_bad_settings_get_one_line_and_nothing_is_written(capsys, tmp_path, monkeypatch, case):
    monkeypatch.chdir(tmp_path)
    refused(capsys, "train", *BAD_TRAINING[case])
    assert list(tmp_path.iterdir()) == []


def test_unknown_config_key_is_named(capsys, tmp_path, run):
    document = json.loads((run / "config.json").read_text())
    document["fit"]["restart"] = 3
    path = tmp_path / "config.json"
    path.write_text(json.dumps(document))
    assert "'restart'" in refused(capsys, "train", "--config", path, "--out", tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_existing_folder_is_kept_unless_it_is_a_run_to_overwrite(capsys, tmp_path, run):
    sizes = ("--features", 2, "--hidden", 1, "--restarts", 2)
    before = Run.load(run)
    assert "--overwrite" in refused(capsys, "train", *sizes, "--out", run)
    assert (Run.load(run).W == before.W).all()
    assert call(capsys, "train", *sizes, "--out", run, "--overwrite")[0] == 0
    assert Run.load(run).W.shape == (2, 1)
    stranger = tmp_path / "notes"
    stranger.mkdir()
    (stranger / "a.txt").write_text("mine")
    refused(capsys, "train", *sizes, "--out", stranger, "--overwrite")
    assert (stranger / "a.txt").read_text() == "mine"


@pytest.mark.parametrize(
    "arguments", [("train", "--features", 2, "--hidden", 1), ("demo",)], ids=["train", "demo"]
)
def test_folder_that_cannot_be_written_is_refused_before_the_work(capsys, tmp_path, arguments):
    (tmp_path / "file").write_text("a file is no folder")
    line = refused(capsys, *arguments, "--out", tmp_path / "file" / "run")
    assert "--out" in line


@pytest.fixture
def read_only():
    """A folder that this process may not write to, whoever runs it."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o555)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield folder
    finally:
        if root:
            os.seteuid(0)
        folder.rmdir()


@pytest.mark.parametrize(
    "arguments", [("train", "--features", 2, "--hidden", 1), ("demo",)], ids=["train", "demo"]
)
def test_read_only_folder_is_refused_before_the_work(capsys, read_only, arguments):
    line = refused(capsys, *arguments, "--out", read_only / "run")
    assert "permission denied" in line
    assert list(read_only.iterdir()) == []


def test_bounds_ask_for_one_source_of_sizes(capsys, tmp_path):
    sizes = ("--features", 9, "--hidden", 3, "--density", 0.1)
    assert "--features, --hidden and --density" in refused(capsys, "bounds", *sizes[:4])
    assert "beside" in refused(capsys, "bounds", tmp_path, *sizes)
    np.save(tmp_path / "W.npy", PENTAGON)
    assert "of bare weights give the sizes" in refused(capsys, "bounds", tmp_path / "W.npy")
    assert "1 ≤ n_hidden ≤ n_features" in refused(
        capsys, "bounds", "--features", 3, "--hidden", 9, "--density", 0.1
    )
    assert "density" in refused(capsys, "bounds", *sizes[:4], "--density", 0)
