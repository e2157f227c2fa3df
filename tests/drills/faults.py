"""Commands as children to be killed, and what a folder must hold afterwards."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NoReturn, cast

from tegum.__main__ import main as tegum
from theory import FeatureDistribution
from training import FitConfig, FitSettings, ReluOutputModel, Run, chunk_name, fit, sweep

State = dict[str, tuple[tuple[str, bytes], ...]]  # of every run and every other file its content
DENSITIES = (0.5, 0.2, 0.1, 0.05)
SMALL = ("--features", "5", "--hidden", "2", "--restarts", "2", "--threads", "1")


@dataclass(frozen=True)
class Job:
    """A command, or a function, that writes into the folder it is run in.

    `before` makes what it starts from; `again` is what a second run may say when the first has done
    all.
    """

    name: str
    work: tuple[str, ...] | Callable[[], None]
    before: Callable[[], object] = lambda: None
    again: str | None = None

    @property
    def is_command(self) -> bool:
        return isinstance(self.work, tuple)

    def run(self) -> None:
        if isinstance(self.work, tuple):
            sys.argv = ["tegum", *self.work]
            tegum()
        else:
            try:
                self.work()
            except OSError as error:  # a full disk
                sys.stderr.write(f"{error}\n")
                sys.exit(1)


@cache
def small_fit(seed: int = 0) -> Run:
    features = FeatureDistribution(5, [[0.5], [0.1]])
    return fit(ReluOutputModel(5, 2), features, restarts=2, seed=seed)


def small_run(seed: int = 0) -> None:
    small_fit(seed).save("run", overwrite=True)


def small_sweep(chunks: int = 8) -> None:
    """Says on stderr what progress reports."""
    grid = [
        FitConfig(
            ReluOutputModel(5, 2), FeatureDistribution(5, p), FitSettings(restarts=2, seed=seed)
        )
        for p in DENSITIES
        for seed in (0, 1)
    ][:chunks]

    def told(done: int, total: int) -> None:
        there = [name for name in map(chunk_name, grid) if Path("out", name).exists()]
        sys.stderr.write("".join(f"wrote out/{name}\n" for name in there[:done]))
        sys.stderr.flush()

    sweep(grid, out="out", progress=told)


TRAIN = ("train", *SMALL, "--density", "0.5", "0.1", "--out", "run")
REPORT = ("report", "run", "-o", "page.html", "--no-packing")
JOBS = {
    job.name: job
    for job in (
        Job("train", TRAIN, again="run exists"),
        Job("train --overwrite", (*TRAIN, "--overwrite"), lambda: small_run(seed=1)),
        Job("sweep", small_sweep),
        Job("sweep of two", lambda: small_sweep(2)),
        Job("save", small_run, lambda: small_run(seed=1)),
        Job("report", REPORT, small_run),
        Job("report again", REPORT, lambda: (small_run(), Path("page.html").write_text("older"))),
        Job("classify --draw", ("classify", "run", "--draw", "drawn"), small_run),
        Job("compare --draw", ("compare", "run", "--draw", "drawn"), small_run),
        Job("demo", ("demo", "--points", "2", "--threads", "1")),
    )
}


def warm_up() -> None:
    """Load in this process what children would load again, and be left with one thread."""
    import matplotlib.figure
    import plotly.offline

    import tegum.draw  # noqa: F401
    import theory.draw_comparison
    from geometry import catalogue

    del matplotlib, plotly, theory
    catalogue()
    for seed in (0, 1):
        small_fit(seed)
    while threading.active_count() > 1:
        time.sleep(0.01)


def child(work: Callable[[], None], folder: Path) -> tuple[int, Path]:
    """Run `work` in a forked process in the folder: (its id, the file with all that it prints)."""
    said = folder.with_suffix(".said")
    sys.stdout.flush()
    sys.stderr.flush()
    process = os.fork()
    if process:
        return process, said
    _become(work, folder, said)


def _become(work: Callable[[], None], folder: Path, said: Path) -> NoReturn:
    code = 70
    try:
        output = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.chdir(folder)
        try:
            work()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        except KeyboardInterrupt:
            code = 130
        except BaseException:
            import traceback

            traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def started(job: Job, folder: Path) -> tuple[int, Path]:
    """As `child`, in a new interpreter."""
    said = folder.with_suffix(".said")
    with said.open("w") as output:
        command = [sys.executable, "-m", "tegum", *cast(tuple, job.work)]
        process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=output)
    return process.pid, said


def ended(process: int) -> int:
    """The exit code of a child, minus its signal where it was killed."""
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def prepared(job: Job, folder: Path) -> State:
    """Make the folder as the job finds it; its state."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)  # of a small disk only the content goes
    process, said = child(job.before, folder)
    assert ended(process) == 0, said.read_text()
    return state(folder)


def completed(job: Job, folder: Path) -> State:
    """Run the job to its end; the state of the folder."""
    process, said = child(job.run, folder)
    code = ended(process)
    text = said.read_text()
    assert code == 0 or (job.again and job.again in text), f"{job.name} ended with {code}: {text}"
    return state(folder)


def state(folder: Path) -> State:
    """The content of every run and of every other file that is not hidden."""
    found: State = {}
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder)
        if any(part.startswith(".") for part in place.parts) or path.is_dir():
            continue
        run = path.parent != folder and (path.parent / "config.json").exists()
        unit = str(place.parent if run else place)
        found[unit] = (*found.get(unit, ()), (path.name, _content(path)))
    return found


def _content(path: Path) -> bytes:
    """What does not differ between two runs of a command."""
    content = path.read_bytes()
    if path.suffix == ".svg":  # dated
        return content[-7:]
    if path.name == "summary.json":
        return json.dumps(json.loads(content) | {"seconds": 0}).encode()
    return content


def check(before: State, there: State, after: State, said: str) -> None:
    """Every unit is whole: as it was or as it shall be, and the latter where that was reported."""
    for unit in before.keys() | there.keys():
        whole = [state[unit] for state in (before, after) if unit in state]
        assert unit in there, f"{unit} was there and is lost"
        assert there[unit] in whole, f"{unit} is neither as it was nor as it shall be"
    for unit in re.findall(r"^(?:tegum: )?wrote ([\w./-]+)", said, re.MULTILINE):
        inside = [name for name in after if Path(name).is_relative_to(unit.rstrip(","))]
        assert inside and all(there.get(name) == after[name] for name in inside), f"{unit} is lost"
    assert "Traceback" not in said and "Exception ignored" not in said, said


def scratch(folder: Path) -> list[Path]:
    return [path for path in folder.rglob(".*") if path.name.endswith(".partial")]
