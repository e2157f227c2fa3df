import errno
import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import (
    BrokenExecutor,
    Executor,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)
from multiprocessing import get_context
from pathlib import Path

import pytest

from theory import FeatureDistribution
from training import FitConfig, FitSettings, ReluOutputModel, Run, chunk_name, fit_config, sweep

sweeping = importlib.import_module("training.sweep")  # the package's `sweep` is the function
ROOT = Path(__file__).parents[2]
FILES = ["config.json", "metrics.jsonl", "model.safetensors"]


def config(density=0.1, seed=0, **settings):
    return FitConfig(
        ReluOutputModel(3, 2),
        FeatureDistribution(3, density),
        FitSettings(restarts=2, seed=seed, **settings),
    )


GRID = [config(density, seed) for density in (0.5, 0.2, 0.05) for seed in (0, 1)]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The sweep of GRID in this process, and the folder that it is in."""
    out = tmp_path_factory.mktemp("whole")
    return sweep(GRID, out=out), out


def contents(out):
    """Every byte of every chunk; whatever is hidden is no chunk."""
    return {
        (chunk.name, name): (chunk / name).read_bytes()
        for chunk in out.iterdir()
        if not chunk.name.startswith(".")
        for name in FILES
    }


def assert_same(runs, others):
    assert len(runs) == len(others)
    for run, other in zip(runs, others, strict=True):
        assert run.config.to_dict() == other.config.to_dict()
        assert run.metrics == other.metrics
        for a, b in ((run.W, other.W), (run.b, other.b), (run.loss, other.loss)):
            assert a.shape == b.shape and a.tobytes() == b.tobytes()


class Watched(Executor):
    """Another executor that notes what it is given; `hook(k)` runs before the kth chunk does."""

    def __init__(self, inner, hook=lambda k: None):
        self.inner, self.hook, self.names, self.futures = inner, hook, [], []

    def submit(self, fn, /, *args, **kwargs):
        self.names.append(args[0])
        k = len(self.names)

        def work():
            self.hook(k)
            return fn(*args, **kwargs)

        self.futures.append(self.inner.submit(work))
        return self.futures[-1]


def test_a_chunk_is_the_fit_of_its_config(whole):
    for one, run in zip(GRID, whole[0], strict=True):
        assert_same([run], [fit_config(one)])


def test_results_are_in_the_order_of_the_grid_and_on_disk_by_the_hash_of_the_config(whole):
    runs, out = whole
    assert [run.config.to_dict() for run in runs] == [one.to_dict() for one in GRID]
    assert sorted(path.name for path in out.iterdir()) == sorted(map(chunk_name, GRID))
    assert_same(runs, [Run.load(out / chunk_name(one)) for one in GRID])


def test_the_hash_is_that_of_the_document_and_differs_for_every_config():
    assert len(set(map(chunk_name, GRID))) == len(GRID)
    for one in GRID:
        document = json.loads(json.dumps(one.to_dict()))
        assert chunk_name(FitConfig.from_dict(document)) == chunk_name(one)


def test_what_is_there_is_loaded_and_what_is_not_is_computed(whole, tmp_path):
    shutil.copytree(whole[1], tmp_path / "out")
    shutil.rmtree(tmp_path / "out" / chunk_name(GRID[2]))
    with ThreadPoolExecutor(1) as pool:
        watched = Watched(pool)
        assert_same(sweep(GRID, executor=watched, out=tmp_path / "out"), whole[0])
    assert watched.names == [chunk_name(GRID[2])]
    assert contents(tmp_path / "out") == contents(whole[1])


def test_equal_configs_are_computed_once(tmp_path):
    with ThreadPoolExecutor(2) as pool:
        watched = Watched(pool)
        runs = sweep([GRID[1], GRID[0], GRID[1]], executor=watched, out=tmp_path)
    assert sorted(watched.names) == sorted(map(chunk_name, GRID[:2]))
    assert_same([runs[0]], [runs[2]])


def test_the_order_of_completion_does_not_matter(whole, tmp_path):
    turns = [threading.Event() for _ in GRID] + [threading.Event()]
    turns[-1].set()

    def in_reverse(k):
        assert turns[k].wait(30)
        turns[k - 1].set()

    with ThreadPoolExecutor(len(GRID)) as pool:
        runs = sweep(GRID, executor=Watched(pool, in_reverse), out=tmp_path)
    assert_same(runs, whole[0])


def test_processes_and_threads_give_the_same_bytes(whole, tmp_path):
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert_same(sweep(GRID, executor=pool, out=tmp_path / "processes"), whole[0])
    with ThreadPoolExecutor(3) as pool:
        assert_same(sweep(GRID, executor=pool, threads=2, out=tmp_path / "threads"), whole[0])
    for name in ("processes", "threads"):
        assert contents(tmp_path / name) == contents(whole[1])


def test_progress_begins_with_what_was_found(whole, tmp_path):
    shutil.copytree(whole[1] / chunk_name(GRID[3]), tmp_path / chunk_name(GRID[3]))
    calls = []
    sweep(GRID, out=tmp_path, progress=lambda *call: calls.append(call))
    assert calls == [(k, len(GRID)) for k in range(1, len(GRID) + 1)]


def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)


class Doomed(Executor):
    """A pool whose worker is killed once it is given chunk `last`."""

    def __init__(self, inner, last):
        self.inner, self.last, self.given = inner, last, 0

    def submit(self, fn, /, *args, **kwargs):
        self.given += 1
        if self.given < self.last:
            return self.inner.submit(fn, *args, **kwargs)
        return self.inner.submit(die)


def test_a_broken_pool_is_one_clear_error_and_what_is_finished_is_kept(whole, tmp_path):
    with (
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool,
        pytest.raises(BrokenExecutor, match=r"lost its workers.*kept in") as caught,
    ):
        sweep(GRID, executor=Doomed(pool, last=4), out=tmp_path)
    assert "\n" not in str(caught.value) and f"3 of {len(GRID)}" in str(caught.value)
    assert len(contents(tmp_path)) == 3 * len(FILES)
    assert_same(sweep(GRID, out=tmp_path), whole[0])


def test_a_chunk_that_fails_is_named_and_the_finished_ones_are_kept(tmp_path):
    wild = config(method="sampled", learning_rate=1e30, steps=30)
    grid = [GRID[0], wild, GRID[1]]
    with pytest.raises(ValueError, match=f"chunk {chunk_name(wild)}.*smaller") as caught:
        sweep(grid, out=tmp_path / "here")
    assert "\n" not in str(caught.value)
    assert [path.name for path in (tmp_path / "here").iterdir()] == [chunk_name(GRID[0])]
    with ThreadPoolExecutor(1) as pool, pytest.raises(ValueError, match=chunk_name(wild)):
        sweep(grid, executor=pool, out=tmp_path / "there")
    assert chunk_name(GRID[0]) in {path.name for path in (tmp_path / "there").iterdir()}


def test_an_interrupt_keeps_what_is_finished_and_cancels_what_has_not_begun(whole, tmp_path):
    def interrupt(done, _):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sweep(GRID, out=tmp_path / "here", progress=interrupt)
    assert len(contents(tmp_path / "here")) == 2 * len(FILES)

    held = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        watched = Watched(pool, lambda k: held.wait(30) if k == 4 else None)

        def later(done, _):
            if done == 2:
                while not watched.futures[2].done():  # finished, and not yet fetched
                    time.sleep(0.001)
                threading.Timer(0.2, held.set).start()
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            sweep(GRID, executor=watched, out=tmp_path / "there", progress=later)
    assert [future.cancelled() for future in watched.futures] == [False] * 4 + [True] * 2
    assert len(contents(tmp_path / "there")) == 3 * len(FILES)
    assert_same(sweep(GRID, out=tmp_path / "there"), whole[0])


def test_leftovers_of_killed_writers_are_never_read_and_removed_when_they_are_old(whole, tmp_path):
    name = chunk_name(GRID[0])
    names = (f".{name}.abcdefgh.partial", f".{name}.abcdefgi.partial", ".settings")
    fresh, old, other = (tmp_path / hidden for hidden in names)
    for path in (fresh, old, other):
        shutil.copytree(whole[1] / name, path)
        (path / "metrics.jsonl").unlink()
    for path in (old, other):
        os.utime(path, (time.time() - 7200,) * 2)
    assert_same(sweep(GRID, out=tmp_path), whole[0])
    assert fresh.is_dir() and other.is_dir() and not old.exists()  # a fresh one may be in use
    assert contents(tmp_path) == contents(whole[1])


def test_two_sweeps_into_one_folder_at_once_agree(whole, tmp_path):
    found = []
    twins = [
        threading.Thread(target=lambda: found.append(sweep(GRID, out=tmp_path))) for _ in range(2)
    ]
    for twin in twins:
        twin.start()
    for twin in twins:
        twin.join()
    assert len(found) == 2
    for runs in found:
        assert_same(runs, whole[0])
    assert contents(tmp_path) == contents(whole[1])


def test_a_sweep_that_meets_another_takes_its_chunks_from_there(whole, tmp_path, monkeypatch):
    fitted, real = [], sweeping._fit_chunk

    def fit_beside_another(name, config, threads):
        """While this sweep computes its first chunk, another one does so and two more."""
        if not fitted:
            for other in GRID[:3]:
                shutil.copytree(whole[1] / chunk_name(other), tmp_path / chunk_name(other))
        fitted.append(name)
        return real(name, config, threads)

    monkeypatch.setattr(sweeping, "_fit_chunk", fit_beside_another)
    assert_same(sweep(GRID, out=tmp_path), whole[0])
    assert sorted(fitted) == sorted(map(chunk_name, [GRID[0], *GRID[3:]]))
    assert contents(tmp_path) == contents(whole[1])


def test_a_full_disk_is_one_error_that_says_what_is_kept(whole, tmp_path, monkeypatch):
    written, real = [], Path.write_bytes

    def full_after_seven_files(path, data):
        written.append(path)
        if len(written) > 7:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(path, data)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full_after_seven_files)
        with pytest.raises(OSError, match="no space left on device") as caught:
            sweep(GRID, out=tmp_path)
    assert f"2 of {len(GRID)} chunks are kept in {tmp_path}" in caught.value.__notes__[0]
    assert sorted(os.listdir(tmp_path)) == sorted(map(chunk_name, GRID[:2]))
    assert_same(sweep(GRID, out=tmp_path), whole[0])


def test_a_chunk_whose_scratch_is_cleared_by_a_clock_ahead_is_written_again(
    whole, tmp_path, monkeypatch
):
    real, cleared = os.replace, []

    def cleared_once(scratch, target):
        if not cleared:
            cleared.append(scratch)
            shutil.rmtree(scratch.parent)
        return real(scratch, target)

    monkeypatch.setattr(os, "replace", cleared_once)
    assert_same(sweep(GRID, out=tmp_path), whole[0])
    assert cleared and contents(tmp_path) == contents(whole[1])


def test_a_chunk_without_memory_is_named_and_says_what_needs_less(tmp_path, monkeypatch):
    def exhausted(config, *, threads):
        raise MemoryError

    monkeypatch.setattr(sweeping, "fit_config", exhausted)
    with pytest.raises(MemoryError, match=rf"chunk {chunk_name(GRID[0])}.*fewer restarts"):
        sweep(GRID, out=tmp_path)


@pytest.mark.parametrize("file", FILES)
def test_a_damaged_chunk_is_refused_in_one_line_and_not_overwritten(whole, file, tmp_path):
    path = tmp_path / chunk_name(GRID[0])
    shutil.copytree(whole[1] / path.name, path)
    (path / file).unlink()
    with pytest.raises(ValueError, match="remove") as caught:
        sweep(GRID, out=tmp_path)
    assert "\n" not in str(caught.value) and str(path) in str(caught.value)
    assert not (path / file).exists()


def test_a_chunk_of_another_config_is_refused_in_one_line(whole, tmp_path):
    shutil.copytree(whole[1] / chunk_name(GRID[1]), tmp_path / chunk_name(GRID[0]))
    with pytest.raises(ValueError, match="another config"):
        sweep(GRID, out=tmp_path)


@pytest.mark.parametrize(("grid", "said"), [(GRID[0], "iterable"), ([GRID[0], 3], "place 1")])
def test_a_grid_of_something_else_is_refused_in_one_line(grid, said, tmp_path):
    with pytest.raises(ValueError, match=said):
        sweep(grid, out=tmp_path)


def test_an_empty_grid_has_no_runs(tmp_path):
    assert sweep([], out=tmp_path) == ()


def test_a_sweep_killed_at_random_moments_and_one_that_loses_a_dask_worker_end_as_if_left_alone():
    # the drill asserts that every byte is the same, and that only what was in flight is done twice
    command = [sys.executable, "-m", "tests.drills.kill_sweep", "--chunks", "24", "--kills", "2"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["killed"]["kills"] == 2
    assert figures["killed"]["fits begun"] <= 24 + 2


def test_the_page_on_sweeps_runs_as_it_stands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = (ROOT / "docs" / "how-to" / "sweep.md").read_text(encoding="utf-8")
    block = page.split("```python\n")[1].split("```")[0]
    names: dict = {}
    exec(compile(block, "docs/how-to/sweep.md", "exec"), names)
    assert len(names["runs"]) == 20 and names["best"].W.shape == (5, 2)
    assert names["best"].loss == min(run.loss for run in names["runs"][:5])
    assert len(list((tmp_path / "my-sweep").iterdir())) == 20
