"""Commands that are killed at random moments lose nothing, and go well when they are run again.

    python -m tests.drills.kill_commands [--kills 120] [--seed 0] [--write]

`tegum train`, `report`, `classify --draw`, `compare --draw`, `demo` and a sweep get SIGKILL,
SIGTERM or SIGINT: half of them after a random part of the time that they take undisturbed, half
just after the first file appears. Afterwards every run and every file must be as it was or as it
shall be, and the latter where it was reported to be written; a command that was told to stop must
have ended with exit code 143 or 130 and no traceback; and it must succeed when it is run again, and
clear up what is left. Most are forked from a process that has loaded all it needs; one in eight is
new, and killed in its start too.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.drills.faults import (
    JOBS,
    Job,
    State,
    check,
    child,
    completed,
    ended,
    prepared,
    scratch,
    started,
    state,
    warm_up,
)
from tests.drills.promises import write_rows

FRESH = 0.125  # of the kills, of a new interpreter
START = 2.0  # seconds that one takes to load everything, about
WRITING = 0.5  # of the others, within 2 ms of the first file that appears
CODES = {signal.SIGKILL: -signal.SIGKILL, signal.SIGTERM: 143, signal.SIGINT: 130}
SHARES = {
    "train": 20,
    "train --overwrite": 30,
    "sweep": 30,
    "report": 10,
    "report again": 15,
    "classify --draw": 10,
    "compare --draw": 10,
    "demo": 5,
}  # per cent, about


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=120)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", nargs="*", choices=SHARES, default=[*SHARES])
    parser.add_argument("--write", action="store_true", help="into docs/data/trust-kills.json")
    options = parser.parse_args(arguments)
    rng = random.Random(options.seed)
    whole = sum(SHARES[name] for name in options.jobs)
    warm_up()
    counts: dict[str, Counter[str]] = {}
    with tempfile.TemporaryDirectory() as place:
        for name in options.jobs:
            kills = max(1, round(options.kills * SHARES[name] / whole))
            counts[name] = again_and_again(JOBS[name], Path(place) / "place", kills, rng)
            print(name, dict(counts[name]), file=sys.stderr)
    total = sum(counts.values(), Counter())
    print(json.dumps({"jobs": counts, "in all": total}, indent=2))
    if options.write:
        promise = "What was reported as written survives a kill, and nothing half-written is read"
        signals = ", ".join(f"{total[number.name]} {number.name}" for number in CODES)
        told = f"{total['kills']} kills ({signals}) of {', '.join(counts)}: 0 losses"
        test = "tests/drills/kill_commands.py"
        write_rows("kills", [{"promise": promise, "test": test, "measured": told}])


def again_and_again(job: Job, folder: Path, kills: int, rng: random.Random) -> Counter[str]:
    """Kill a job so many times, each at a random moment; what happened, counted."""
    before = prepared(job, folder)
    began = time.perf_counter()
    after = completed(job, folder)
    seconds = time.perf_counter() - began
    counts: Counter[str] = Counter()
    while counts["kills"] < kills:
        number = rng.choice([*CODES])
        fresh = job.is_command and rng.random() < FRESH
        moment = rng.uniform(0.0, seconds + (START if fresh else 0.0))
        writing = not fresh and rng.random() < WRITING
        prepared(job, folder)
        process, said = started(job, folder) if fresh else child(job.run, folder)
        if writing:
            moment = rng.uniform(0.0, 0.002)
            _until_written(folder, before, seconds)
        time.sleep(moment)
        os.kill(process, number)
        code, text = ended(process), said.read_text()
        try:
            early = fresh and _before_main(number, code)
            right = CODES[number] if job.is_command or number == signal.SIGINT else -number
            assert early or code in (0, right), f"exit code {code}: {text}"
            check(before, state(folder), after, "" if early else text)
        except AssertionError as error:
            told = f"{job.name}, {number.name} after {moment:.3f} s" + ", writing" * writing
            raise AssertionError(f"{told}: {error}") from None
        counts["ended before"] += not code
        if code:
            counts["kills"] += 1
            counts[number.name] += 1
            counts["of fresh processes"] += fresh
            counts["before main began"] += early
            counts[f"{number.name} leaving a scratch folder"] += bool(scratch(folder))
            counts["with something written"] += state(folder) != before
        for path in scratch(folder):
            os.utime(path, (0, 0))
        assert completed(job, folder) == after, f"{job.name} after {number.name}"
        assert not scratch(folder), "leftovers stay"
    return counts


def _until_written(folder: Path, before: State, patience: float) -> None:
    """Wait until something new is in the folder."""
    there = {Path(name).parts[0] for name in before}
    deadline = time.perf_counter() + 2 * patience
    while {*os.listdir(folder)} <= there and time.perf_counter() < deadline:
        pass


def _before_main(number: signal.Signals, code: int) -> bool:
    """Whether a signal met an interpreter that did not yet run our program."""
    return number != signal.SIGKILL and code == -number


if __name__ == "__main__":
    main()
