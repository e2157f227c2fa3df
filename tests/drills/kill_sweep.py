"""A sweep that is killed again and again ends as one that was left alone.

    python -m tests.drills.kill_sweep [--chunks 200] [--kills 20] [--seed 0]

Small fits, n = 5, m = 2. First the sweep runs undisturbed. Then every one of its processes but the
last is killed with SIGKILL at a random moment: after a random number of chunks and a random part
of the next one, so that fits and writing are both hit. Then two processes sweep into one folder at
once, three times. At last it runs on two Dask workers, one of which is killed half-way. Figures are
printed as JSON; a law that is broken ends it with an error.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from theory import FeatureDistribution
from training import FitConfig, FitSettings, ReluOutputModel, Run, chunk_name, fit_config, sweep

DENSITIES = (0.5, 0.2, 0.1, 0.05)
TRIALS = 3  # of two sweeps into one folder
PATIENCE = 120.0  # seconds until something that does not happen is an error


def grid(chunks: int) -> list[FitConfig]:
    return [
        FitConfig(
            ReluOutputModel(5, 2),
            FeatureDistribution(5, DENSITIES[k % len(DENSITIES)]),
            FitSettings(restarts=4, seed=k),
        )
        for k in range(chunks)
    ]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--chunks", type=int, default=200)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--go-on", type=Path, help="sweep into this folder: what is killed")
    parser.add_argument("--fits", type=int, default=0, help="with --go-on: die in this one")
    parser.add_argument("--delay", type=float, default=0.0, help="or so many seconds later")
    options = parser.parse_args(arguments)
    if options.go_on:
        go_on(options.go_on, options.chunks, options.fits, options.delay)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        began = time.perf_counter()
        sweep(grid(options.chunks), out=folder / "undisturbed")
        seconds = time.perf_counter() - began
        truth = chunks_on_disk(folder / "undisturbed")
        figures = {
            "chunks": options.chunks,
            "seconds undisturbed": round(seconds, 2),
            "killed": kill_again_and_again(
                folder / "killed", truth, options.kills, options.seed, seconds / options.chunks
            ),
            "two at once": [
                two_at_once(folder / f"shared {trial}", truth) for trial in range(TRIALS)
            ],
            "dask": kill_a_worker(folder / "dask", truth, options.chunks),
        }
    print(json.dumps(figures, indent=2))


def go_on(folder: Path, chunks: int, fits: int, delay: float) -> None:
    """Sweep, log when a fit begins and ends, and be killed `delay` after the given one begins."""
    folder.mkdir(exist_ok=True)
    begun = 0

    def fit_and_die(config: FitConfig, **options: Any) -> Run:
        nonlocal begun
        begun += 1
        if begun == fits:
            threading.Timer(delay, os.kill, (os.getpid(), signal.SIGKILL)).start()
        return logged(str(folder / "log"), chunk_name(config), fit_config, config, **options)

    module = importlib.import_module("training.sweep")
    module.fit_config = fit_and_die  # type: ignore[attr-defined]
    sweep(grid(chunks), out=folder / "out")


def logged(log: str, name: str, work: Callable[..., Any], *args: Any, **options: Any) -> Any:
    _append(log, f"began {name}\n")
    result = work(*args, **options)
    _append(log, f"ended {name}\n")
    return result


def _append(log: str, line: str) -> None:
    file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, line.encode())  # one call: a line is there or not
    os.close(file)


def events(log: Path, kind: str) -> list[str]:
    lines = log.read_text().splitlines() if log.exists() else []
    return [line.split()[1] for line in lines if line.startswith(kind)]


def chunks_on_disk(out: Path) -> dict[str, tuple[bytes, ...]]:
    """Every byte of every chunk that a sweep would find; each must be a whole run."""
    found = {}
    for path in sorted(out.iterdir()) if out.exists() else ():
        if not path.name.startswith("."):
            Run.load(path)
            found[path.name] = tuple(file.read_bytes() for file in sorted(path.iterdir()))
    return found


def kill_again_and_again(
    folder: Path, truth: dict[str, tuple[bytes, ...]], kills: int, seed: int, seconds: float
) -> dict[str, int]:
    """Kill the sweep's process at random moments; after each, all that is there must be true.

    A moment is a number of chunks and a part of the `seconds` that a chunk takes.
    """
    rng = random.Random(seed)
    command = [sys.executable, "-m", "tests.drills.kill_sweep", "--go-on", str(folder)]
    command += ["--chunks", str(len(truth))]
    log = folder / "log"
    moments = sorted(rng.sample(range(len(truth) * 9 // 10), kills))  # it must not end before
    computing = writing = 0
    there: dict[str, tuple[bytes, ...]] = {}
    for moment in moments:
        before, done = len(events(log, "began")), len(events(log, "ended"))
        fits, delay = max(1, moment - len(there)), rng.uniform(0.0, seconds)
        process = subprocess.run([*command, "--fits", str(fits), "--delay", str(delay)])
        assert process.returncode == -signal.SIGKILL, "the sweep ended before it was killed"
        there = chunks_on_disk(folder / "out")
        assert all(truth[name] == content for name, content in there.items())
        in_flight = [name for name in events(log, "began")[before:] if name not in there]
        assert len(in_flight) <= 1, f"expected one chunk in flight, got {in_flight}"
        fitted = any(name in events(log, "ended")[done:] for name in in_flight)
        writing += fitted
        computing += bool(in_flight) and not fitted
    subprocess.run(command, check=True)
    assert chunks_on_disk(folder / "out") == truth
    began = events(log, "began")
    assert len(began) == len(truth) + computing + writing
    return {
        "kills": len(moments),
        "kills while a fit ran": computing,
        "kills while a run was written": writing,
        "fits begun": len(began),
        "chunks computed twice": sum(count > 1 for count in Counter(began).values()),
        "scratch directories left": sum(p.name.startswith(".") for p in folder.glob("out/*")),
    }


def two_at_once(folder: Path, truth: dict[str, tuple[bytes, ...]]) -> dict[str, int]:
    """Two processes sweep into one folder; every byte is as if one had been alone."""
    command = [sys.executable, "-m", "tests.drills.kill_sweep", "--go-on", str(folder)]
    command += ["--chunks", str(len(truth))]
    twins = [subprocess.Popen(command) for _ in range(2)]
    assert [twin.wait() for twin in twins] == [0, 0]
    assert chunks_on_disk(folder / "out") == truth
    began = events(folder / "log", "began")
    twice = sum(count > 1 for count in Counter(began).values())
    return {"fits begun": len(began), "chunks computed twice": twice}


class Logging(Executor):
    """An executor whose work is logged where it is done."""

    def __init__(self, inner: Executor, log: Path) -> None:
        self.inner, self.log = inner, str(log)

    def submit(self, fn, /, *args, **options) -> Future:
        return self.inner.submit(logged, self.log, args[0], fn, *args, **options)


def kill_a_worker(folder: Path, truth: dict[str, tuple[bytes, ...]], chunks: int) -> dict[str, int]:
    """Kill one of two Dask workers half-way; the sweep must not notice.

    Dask computes again what that worker had begun, or had done and not yet sent back.
    """
    from distributed import Client

    folder.mkdir()
    log = folder / "log"
    with cluster(folder) as (address, workers), Client(address, set_as_default=False) as client:
        client.wait_for_workers(len(workers), timeout=PATIENCE)

        kept: set[str] = set()

        def kill_half_way(done: int, total: int) -> None:
            if done == total // 2:
                kept.update(chunks_on_disk(folder / "out"))
                workers[0].kill()

        sweep(
            grid(chunks),
            executor=Logging(client.get_executor(), log),
            out=folder / "out",
            progress=kill_half_way,
        )
        assert workers[0].wait() == -9 and workers[1].poll() is None
    assert chunks_on_disk(folder / "out") == truth
    began = events(log, "began")
    twice = {name for name, count in Counter(began).items() if count > 1}
    assert not twice & kept, "a chunk was computed again that the sweep had"
    return {"fits begun": len(began), "chunks computed twice": len(twice)}


@contextmanager
def cluster(folder: Path, count: int = 2) -> Iterator[tuple[str, list[subprocess.Popen]]]:
    """A scheduler and workers on loopback, as docs/how-to/sweep.md starts them."""
    place = folder / "scheduler.json"
    scheduler = ["scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    with (folder / "dask.log").open("w") as output:
        started = []

        def start(*arguments: str) -> subprocess.Popen:
            command = [sys.executable, "-m", "dask", *arguments]
            started.append(subprocess.Popen(command, stdout=output, stderr=output))
            return started[-1]

        try:
            start(*scheduler, "--scheduler-file", str(place))
            _until(lambda: place.exists() and place.read_text().endswith("}"))
            address = json.loads(place.read_text())["address"]
            worker = ["worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
            worker += ["--local-directory", str(folder)]
            yield address, [start(*worker) for _ in range(count)]
        finally:
            for process in reversed(started):  # workers first: they would look for the scheduler
                process.terminate()
                process.wait()


def _until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline, f"waited {PATIENCE:.0f} s in vain"
        time.sleep(0.001)


if __name__ == "__main__":
    main()
