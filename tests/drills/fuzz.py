"""Malformed input by the thousand: each is answered or refused in one clear line.

    python -m tests.drills.fuzz [--inputs 12000] [--seed 0] [--write]

Files of weights, configs, folders of runs, arguments of every public function and command lines.

Every input has ten seconds and memory for twice its size and 200 MB more than the process had
before: what asks for more gets none and fails. What is measured is the resident memory (Linux).
Figures are printed as JSON; a law that is broken ends it with an error, and the seeds of the
inputs that broke it.
"""

from __future__ import annotations

import argparse
import faulthandler
import io
import json
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from geometry import load_weights
from geometry.load import LAYOUTS
from tegum import __main__ as tegum
from tests.drills.promises import write_rows
from tests.hostile import documents, functions, weight_files
from tests.hostile.law import check_untouched, outcome
from theory import (
    AnticorrelatedSet,
    CorrelatedSet,
    FeatureDistribution,
    best_packing,
    expected_loss,
)
from training import Run, load_config

ROOM = 200 * 2**20  # bytes an input may take besides twice its own size
PATIENCE = 10.0  # seconds


class Input(NamedTuple):
    kind: str
    size: int
    read: Callable[[], Any]
    undefined: tuple[str, ...] = ()  # numbers of the answer that need not be finite


Stage = Callable[[Random, Path], Input]


class Hang(BaseException):
    """Raised by the alarm; no handler of exceptions takes it for a damaged file."""


@dataclass
class Count:
    refused: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    hangs: int = 0
    largest: float = 0.0  # bytes
    slowest: float = 0.0  # seconds

    def add(self, other: Count) -> None:
        self.refused += other.refused
        self.answered += other.answered
        self.broken += other.broken
        self.hangs += other.hangs
        self.largest = max(self.largest, other.largest)
        self.slowest = max(self.slowest, other.slowest)

    def figures(self) -> dict[str, Any]:
        kinds = sorted({*self.refused, *self.answered})
        refused, answered = sum(self.refused.values()), sum(self.answered.values())
        return {
            "inputs": refused + answered + len(self.broken),
            "refused": refused,
            "answered": answered,
            "tracebacks": len(self.broken) - self.hangs,
            "hangs": self.hangs,
            "largest allocation, MB": round(self.largest / 1e6, 1),
            "slowest, s": round(self.slowest, 2),
            "refused and answered": {k: [self.refused[k], self.answered[k]] for k in kinds},
        }


def config_file(rng: Random, folder: Path) -> Input:
    path = folder / "config.json"
    content = documents.config(rng)
    path.write_bytes(content)
    return Input("config", len(content), lambda: load_config(path).to_dict())


def run_folder(rng: Random, folder: Path) -> Input:
    documents.run(rng, folder / "run")
    size = sum(p.stat().st_size for p in (folder / "run").iterdir() if p.is_file())
    return Input("run", size, lambda: Run.load(folder / "run"))


def function(rng: Random, folder: Path) -> Input:
    name = rng.choice(list(functions.CALLS))
    given = functions.made_wrong(name, rng)
    call = functions.CALLS[name].function
    return Input(name, 0, lambda: call(**given), functions.UNDEFINED.get(name, ()))


def command(rng: Random, folder: Path) -> Input:
    """A command on a malformed file; what it prints is its answer, one line on stderr its no."""
    name = rng.choice(("classify", "compare", "report", "train", "bounds"))
    if name == "train":
        path, content = folder / "config.json", documents.config(rng)
        path.write_bytes(content)
        if outcome(lambda: load_config(path)).answered:  # it is trained, for however long
            return Input("config", len(content), lambda: load_config(path).to_dict())
        size, arguments = len(content), ["--config", str(path), "--out", str(folder / "out")]
    elif rng.random() < 0.3:
        path = folder / "run"
        documents.run(rng, path)
        size, arguments = 0, [str(path)]
    else:
        ending, content = weight_files.make(rng.choice(list(weight_files.MAKERS)), rng)
        path = folder / f"weights{ending}"
        path.write_bytes(content)
        size, arguments = len(content), [str(path)]
    if name == "compare":
        arguments += ["--no-packing", *rng.choice(([], ["--density", "0.1", "--bias", "0"]))]
    elif name == "report":
        arguments += ["--no-packing", "--out", str(folder.parent / "report.html")]
    return Input(f"tegum {name}", size, lambda: run_command([name, *arguments]))


def run_command(arguments: list[str]) -> None:
    """Run a command in this process; its one line of refusal is raised."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    try:
        with redirect_stdout(out), redirect_stderr(err):
            tegum.main(arguments)
    except SystemExit as end:
        code = end.code
    if code:
        said = err.getvalue()
        *notes, last = said.splitlines()
        assert code == 1 and not out.getvalue(), f"exit code {code}: {said[:300]}"
        assert last.startswith("tegum: error: "), said[:300]
        assert all(line.startswith("tegum: ") for line in notes), said[:300]
        raise ValueError(last)


def weight_file(rng: Random, folder: Path) -> Input:
    kind = rng.choice(list(weight_files.MAKERS))
    ending, content = weight_files.make(kind, rng)
    path = folder / f"weights{ending}"
    path.write_bytes(content)
    layout = rng.choice(list(LAYOUTS)) if rng.random() < 0.2 else "features-hidden"
    return Input(f"{kind}", len(content), lambda: load_weights(path, layout))


# and what share of the inputs each has
STAGES: dict[str, tuple[Stage, float]] = {
    "files of weights": (weight_file, 0.6),
    "configs": (config_file, 0.14),
    "runs": (run_folder, 0.12),
    "arguments": (function, 0.08),
    "commands": (command, 0.06),
}


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=12_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", action="store_true", help="into docs/data/trust-fuzz.json")
    options = parser.parse_args(arguments)
    home, whole, figures = Path.cwd(), Count(), {}
    load_what_is_loaded_late()
    with tempfile.TemporaryDirectory() as name:
        for stage, (make, share) in STAGES.items():
            count = drilled(make, round(options.inputs * share), options.seed, Path(name))
            figures[stage] = count.figures()
            whole.add(count)
        os.chdir(home)
    total = whole.figures()
    by_kind = total.pop("refused and answered")
    print(json.dumps({"all": total, **figures}, indent=2))
    if whole.broken:
        sys.exit("\n".join([f"{len(whole.broken)} inputs broke the law:", *whole.broken[:40]]))
    if options.write:
        write(total, figures, by_kind)


def drilled(make: Stage, inputs: int, seed: int, folder: Path) -> Count:
    count = Count()
    signal.signal(signal.SIGALRM, _hang)
    for k in range(-20, inputs):  # the first ones load what is loaded where it is used
        inside = folder / "inside"
        inside.mkdir()
        os.chdir(inside)  # where a pickle that is executed makes its mark
        try:
            one = make(Random(f"{seed} {k}"), inside)
            watched(count if k >= 0 else Count(), one, inside, f"seed {seed} {k}, {one.kind}")
        finally:
            os.chdir(folder)
            shutil.rmtree(inside)
    return count


def watched(count: Count, one: Input, folder: Path, name: str) -> None:
    """Read one input under limits of time and memory, and count what came of it."""
    before = set(folder.iterdir())
    faulthandler.dump_traceback_later(6 * PATIENCE, exit=True)  # of code that no alarm interrupts
    resident = _resident()
    began = time.perf_counter()
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    _limit(2 * one.size + ROOM)
    try:
        found = outcome(one.read, one.undefined)
        check_untouched(folder, before)
        (count.answered if found.answered else count.refused)[one.kind] += 1
    except Hang:
        count.hangs += 1
        count.broken.append(f"{name}: more than {PATIENCE} s")
    except BaseException as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        said = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        count.broken.append(f"{name}: {said} ({Path(where.filename).name}:{where.lineno})")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        _limit(None)
        faulthandler.cancel_dump_traceback_later()
        count.slowest = max(count.slowest, time.perf_counter() - began)
        count.largest = max(count.largest, _peak() - resident)


def _hang(*_: object) -> None:
    raise Hang


def _limit(more: int | None) -> None:
    """No more address space than there is now and so much more; None takes the limit away."""
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    soft = hard if more is None else pages * resource.getpagesize() + more
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _resident() -> int:
    """Bytes in memory, from where the peak is measured afresh."""
    Path("/proc/self/clear_refs").write_text("5")
    return _peak()


def _peak() -> int:
    status = Path("/proc/self/status").read_text()
    return 1024 * int(status.split("VmHWM:")[1].split()[0])


def load_what_is_loaded_late() -> None:
    """Compiled kernels and libraries that a right call loads: no input is to pay for them."""
    for one in functions.CALLS.values():
        one.function(**one.right)
    for amplitude in ("uniform", "exponential"):
        features = FeatureDistribution(5, 0.1, amplitude=amplitude)
        expected_loss(functions.W, functions.B, features)
    grouped = FeatureDistribution(5, 0.1, groups=(CorrelatedSet((0, 1)), AnticorrelatedSet((2, 3))))
    expected_loss(functions.W, functions.B, grouped)
    best_packing(functions.FEATURES, 2)


def write(total: dict[str, Any], stages: dict[str, Any], kinds: dict[str, list[int]]) -> None:
    """The table of what is promised and what was measured."""
    inputs = ", ".join(f"{stage['inputs']} {name}" for name, stage in stages.items())
    pickles = sum(map(sum, (kinds["pickles"], kinds["nested pickles"])))
    bombs = sum(kinds["zip tricks"])
    rows = [
        (
            "Malformed input is answered or refused in one clear line, never with a traceback.",
            f"{total['inputs']} inputs ({inputs}): {total['refused']} refused, "
            f"{total['answered']} answered, {total['tracebacks']} tracebacks",
        ),
        (
            "No malformed input takes more than 10 s.",
            f"{total['hangs']} hangs; the slowest took {total['slowest, s']} s",
        ),
        (
            "No malformed input takes more memory than twice its size and 200 MB.",
            f"at most {total['largest allocation, MB']} MB above what the process had, under a "
            f"limit of address space; {bombs} archives with bombs and lies among them",
        ),
        (
            "No code in a file is executed.",
            f"{pickles} pickles, malicious, nested or damaged: none left its mark",
        ),
    ]
    where = "tests/drills/fuzz.py"
    table = [{"promise": said, "test": where, "measured": found} for said, found in rows]
    write_rows("fuzz", table)


if __name__ == "__main__":
    main()
