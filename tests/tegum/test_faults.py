"""Full disks, closed pipes, signals and too little memory: one line, and nothing half-done."""

import json
import os
import resource
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

import training
from tests.tegum.command_line import PENTAGON, call, refused
from training import Run

ROOT = Path(__file__).parents[2]
SIZES = ("--features", 2, "--hidden", 1, "--restarts", 1)
WRITERS = {
    "train": ("train", *SIZES, "--out", "new"),
    "train --overwrite": ("train", *SIZES, "--out", "run", "--overwrite"),
    "report": ("report", "run", "-o", "page.html", "--no-packing"),
    "classify --draw": ("classify", "run", "--draw", "drawn"),
}


@contextmanager
def no_room():
    """No file may grow beyond 100 bytes: as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("command", WRITERS)
def test_without_room_there_is_one_line_and_all_is_as_it_was(
    capsys, tmp_path, monkeypatch, run, command
):
    monkeypatch.chdir(tmp_path)
    Path("page.html").write_text("older")
    before = Run.load(run)
    with no_room():
        line = refused(capsys, *WRITERS[command])
    assert "expected to write" in line and "file too large" in line
    assert (Run.load(run).W == before.W).all() and Path("page.html").read_text() == "older"
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path.parent != run]
    assert files == [tmp_path / "page.html"] and not list(tmp_path.rglob(".*"))


PRINTERS = {
    "version": ("--version",),
    "help": ("--help",),
    "table": ("classify", "W.npy"),
    "csv": ("classify", "W.npy", "--csv"),
    "json": ("bounds", "--features", 9, "--hidden", 3, "--density", 0.1, "--json"),
}


@pytest.mark.parametrize("command", PRINTERS)
@pytest.mark.parametrize(
    ("kind", "code", "said"),
    [("full", 1, ["tegum: error: no space left on device: standard output"]), ("closed", 0, [])],
)
def test_output_that_is_not_taken_ends_without_a_traceback(
    capsys, tmp_path, monkeypatch, command, kind, code, said
):
    monkeypatch.chdir(tmp_path)
    np.save("W.npy", PENTAGON)
    if kind == "full":
        if not Path("/dev/full").exists():
            pytest.skip("there is no /dev/full here")
        number = os.open("/dev/full", os.O_WRONLY)
    else:
        reading, number = os.pipe()
        os.close(reading)
    with os.fdopen(number, "w") as output:
        monkeypatch.setattr(sys, "stdout", output)
        ended, _, err = call(capsys, *PRINTERS[command])
    assert (ended, err.splitlines()) == (code, said)


@pytest.fixture
def interruptible():
    """Programs that a shell starts in the background ignore Ctrl-C, and so would the tests."""
    inherited = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, inherited)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_command_in_one_line_with_nothing_written(
    capsys, tmp_path, monkeypatch, number, code, interruptible
):
    monkeypatch.chdir(tmp_path)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def signalled(config, *, threads, progress):
        os.kill(os.getpid(), number)
        raise AssertionError("went on after a signal")

    monkeypatch.setattr(training, "fit_config", signalled)
    ended, out, err = call(capsys, "train", *SIZES)
    assert (ended, out) == (code, "") and len(err.splitlines()) == 1 and "whole" in err
    assert list(tmp_path.iterdir()) == []
    assert handlers == {number: signal.getsignal(number) for number in handlers}


TORCH = "[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory: 4096 bytes"


@pytest.mark.parametrize(
    "error",
    [MemoryError(), RuntimeError(TORCH), RuntimeError("can't start new thread")],
    ids=["numpy", "torch", "thread"],
)
def test_too_little_memory_is_one_line_that_names_what_needs_less(
    capsys, tmp_path, monkeypatch, error
):
    def exhausted(config, *, threads, progress):
        raise error

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(training, "fit_config", exhausted)
    assert "--restarts" in refused(capsys, "train", *SIZES)


def test_a_fault_of_the_program_is_not_taken_for_bad_input(tmp_path, monkeypatch):
    def wrong(config, *, threads, progress):
        raise RuntimeError("something else")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(training, "fit_config", wrong)
    with pytest.raises(RuntimeError, match="something else"):
        call(None, "train", *SIZES)


def test_a_report_makes_missing_folders_and_never_replaces_a_device(capsys, tmp_path, run):
    page = tmp_path / "new" / "deep" / "page.html"
    assert call(capsys, "report", run, "-o", page, "--no-packing")[0] == 0
    assert page.read_text().startswith("<!")
    line = refused(capsys, "report", run, "-o", os.devnull, "--no-packing")
    assert "something else" in line and not Path(os.devnull).is_file()


def test_saving_ended_at_every_file_operation_loses_nothing():
    # the drill asserts that the older or the newer run is there, and that saving again goes well
    command = [sys.executable, "-m", "tests.drills.kill_steps", "--jobs", "save"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)["save"]
    assert min(figures.values()) >= 6, figures  # mkdir twice, three files, and clearing away
