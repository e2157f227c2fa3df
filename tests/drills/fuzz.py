"""Malformed input by the thousand: each is answered or refused in one clear line.

    python -m tests.drills.fuzz [--inputs 12000] [--seed 0] [--write]

Every input has ten seconds and memory for twice its size and 200 MB more than the process had
before: what asks for more gets none and fails. What is measured is the resident memory (Linux).
Figures are printed as JSON; a law that is broken ends it with an error, and the seeds of the
inputs that broke it.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from geometry import load_weights
from geometry.load import LAYOUTS
from tests.hostile import weight_files
from tests.hostile.law import check_untouched, outcome

ROOM = 200 * 2**20  # bytes an input may take besides twice its own size
PATIENCE = 10.0  # seconds
TABLE = Path(__file__).parents[2] / "docs/data/trust-fuzz.json"


class Input(NamedTuple):
    kind: str
    size: int
    read: Callable[[], Any]


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


def weight_file(rng: Random, folder: Path) -> Input:
    kind = rng.choice(list(weight_files.MAKERS))
    ending, content = weight_files.make(kind, rng)
    path = folder / f"weights{ending}"
    path.write_bytes(content)
    layout = rng.choice(list(LAYOUTS)) if rng.random() < 0.2 else "features-hidden"
    return Input(f"{kind}", len(content), lambda: load_weights(path, layout))


STAGES: dict[str, Stage] = {"files of weights": weight_file}


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=12_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", action="store_true", help=f"write {TABLE.name}")
    options = parser.parse_args(arguments)
    counts = {}
    with tempfile.TemporaryDirectory() as name:
        os.chdir(name)
        for stage, make in STAGES.items():
            counts[stage] = drilled(make, options.inputs // len(STAGES), options.seed, Path(name))
    figures = {stage: count.figures() for stage, count in counts.items()}
    print(json.dumps(figures, indent=2))
    broken = [line for count in counts.values() for line in count.broken]
    if broken:
        sys.exit("\n".join([f"{len(broken)} inputs broke the law:", *broken[:20]]))


def drilled(make: Stage, inputs: int, seed: int, folder: Path) -> Count:
    count = Count()
    signal.signal(signal.SIGALRM, _hang)
    for k in range(-20, inputs):  # the first ones load what is loaded where it is used
        inside = folder / "inside"
        inside.mkdir()
        try:
            one = make(Random(f"{seed} {k}"), inside)
            watched(count if k >= 0 else Count(), one, inside, f"seed {seed} {k}, {one.kind}")
        finally:
            _remove(inside)
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
        found = outcome(one.read)
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


def _remove(folder: Path) -> None:
    for path in folder.iterdir():
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    folder.rmdir()


if __name__ == "__main__":
    main()
