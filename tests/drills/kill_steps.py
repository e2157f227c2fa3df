"""Commands that are killed, interrupted or out of room at each of their file operations in turn.

    python -m tests.drills.kill_steps [--write]

Every command is run again and again. Its first run is ended at the first operation on a file in
its folder (opening one to write, renaming, making, removing), the next at the second, and so on:
by SIGKILL, by Ctrl-C, or by the operation failing as on a full disk. Afterwards all that was there
must be as it was or as it shall be, and the command must succeed when it is run again.
"""

from __future__ import annotations

import argparse
import errno
import json
import os
import signal
import sys
import tempfile
from pathlib import Path

from tests.drills.faults import (
    JOBS,
    Job,
    check,
    child,
    completed,
    ended,
    prepared,
    scratch,
    state,
    warm_up,
)
from tests.drills.promises import write_rows

OPERATIONS = {"open", "os.rename", "os.mkdir", "os.rmdir", "os.remove"}
QUICK = ("save", "train --overwrite", "sweep of two", "report again", "classify --draw")
ENDS = ("killed", "interrupted", "full")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", nargs="*", choices=JOBS, default=QUICK)
    parser.add_argument("--write", action="store_true", help="into docs/data/trust-steps.json")
    options = parser.parse_args(arguments)
    warm_up()
    with tempfile.TemporaryDirectory() as name:
        figures = {job: each_step(JOBS[job], Path(name) / "place") for job in options.jobs}
    print(json.dumps(figures, indent=2))
    if options.write:
        steps = {how: sum(counts[how] for counts in figures.values()) for how in ENDS}
        promise = (
            "A command ended at any of its file operations leaves the older files or the newer"
        )
        told = ", ".join(f"{number} {how}" for how, number in steps.items())
        measured = f"{told}, in {', '.join(figures)}: 0 losses"
        test = "tests/drills/kill_steps.py"
        write_rows("steps", [{"promise": promise, "test": test, "measured": measured}])


def each_step(job: Job, folder: Path) -> dict[str, int]:
    """How many operations a job was ended at, by the way in which it was."""
    before = prepared(job, folder)
    after = completed(job, folder)
    counts = {}
    for how in ENDS:
        step = 1
        while ended_at(job, folder, before, after, step, how):
            step += 1
        counts[how] = step - 1
    return counts


def ended_at(job: Job, folder: Path, before: dict, after: dict, step: int, how: str) -> bool:
    """End the job at an operation, check what is there, and run it again; whether it got there."""
    prepared(job, folder)

    def run() -> None:
        _end_at(folder, step, how)
        job.run()

    process, said = child(run, folder)
    code, text = ended(process), said.read_text()
    reached = "step reached" in text
    if reached:
        place = f"{job.name}, {how} at operation {step}"
        try:
            check(before, state(folder), after, text)
            if how == "killed":
                assert code == -signal.SIGKILL, code
            else:  # an operation that only clears away may fail without harm
                assert code in (0, 130 if how == "interrupted" else 1), code
                told = [line for line in text.splitlines() if "wrote" not in line]
                assert code == 0 or len(told) <= 2, text
        except AssertionError as error:
            raise AssertionError(f"{place}: {error}") from None
        left = scratch(folder)
        for path in left:
            os.utime(path, (0, 0))
        assert completed(job, folder) == after, place
        assert job.name == "save" or not scratch(folder), place  # commands and sweeps clear up
    return reached


def _end_at(folder: Path, step: int, how: str) -> None:
    """From now on, count the operations of this process in the folder, and end at one of them."""
    count = 0

    def watch(event: str, arguments: tuple) -> None:
        nonlocal count
        if event not in OPERATIONS or not _writes(event, arguments, folder):
            return
        count += 1
        if count != step:
            return
        os.write(2, b"step reached\n")
        if how == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if how == "interrupted":
            raise KeyboardInterrupt
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    sys.addaudithook(watch)


def _writes(event: str, arguments: tuple, folder: Path) -> bool:
    path = arguments[0]
    if not isinstance(path, (str, os.PathLike)):
        return False
    if event == "open" and not (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR):
        return False
    return Path(os.path.abspath(path)).is_relative_to(folder)


if __name__ == "__main__":
    main()
