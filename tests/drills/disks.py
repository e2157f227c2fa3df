"""Commands on a disk that fills up, and with little memory.

    python -m tests.drills.disks [--write]

Every command writes into a small disk of its own (a tmpfs, for those who may mount one) on which
there is less and less room: it must end well or in one line, with everything whole, and go well
once there is room. Then some that need more memory than they may have must end in one line that
says what needs less.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
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

DISK = 16_000_000  # bytes
ROOMS = (0, 1, 4, 8, 12, 16, 24, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192)  # KiB
WRITERS = ("train", "train --overwrite", "sweep", "report", "report again", "classify --draw")
HUNGRY = (  # MB of address space, what a larger one would fit
    (1000, ("train", "--features", "1000", "--hidden", "400", "--method", "sampled"), "--restarts"),
    (1000, ("train", "--features", "3000", "--hidden", "2000", "--restarts", "4"), "--restarts"),
    (1000, ("classify", "large.npy"), "rows of W"),
    (1000, ("report", "large.npy", "--no-packing"), "fewer features"),
)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", nargs="*", choices=JOBS, default=WRITERS)
    parser.add_argument("--write", action="store_true", help="into docs/data/trust-disks.json")
    options = parser.parse_args(arguments)
    warm_up()
    with tempfile.TemporaryDirectory() as place, small_disk(Path(place) / "disk") as disk:
        full = {name: with_less_room(JOBS[name], disk) for name in options.jobs}
    with tempfile.TemporaryDirectory() as place:
        hungry = [out_of_memory(Path(place), *case) for case in HUNGRY]
    print(json.dumps({"full disks": full, "out of memory": hungry}, indent=2))
    if options.write:
        tried = sum(counts["out of room"] for counts in full.values())
        rows = {
            "A full disk ends a command in one line; files stay whole or as they were": (
                f"{tried} full disks under {len(full)} commands, 0 losses"
            ),
            "Too little memory ends a command in one line that says what needs less": (
                f"{len(hungry)} commands that had 1 GB and needed more"
            ),
        }
        test = "tests/drills/disks.py"
        write_rows(
            "disks",
            [{"promise": row, "test": test, "measured": told} for row, told in rows.items()],
        )


@contextmanager
def small_disk(place: Path) -> Iterator[Path]:
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True).returncode:
        sys.exit("expected the right to mount a small disk (as root), have none; tests/tegum/"
                 "test_faults.py does the same with a limit on the size of files")  # fmt: skip
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def with_less_room(job: Job, disk: Path) -> Counter[str]:
    """Run a job with so much room left; how often it ended well and how often it did not."""
    before = prepared(job, disk)
    after = completed(job, disk)
    counts: Counter[str] = Counter()
    for room in ROOMS:
        prepared(job, disk)
        _fill(disk / ".filled", room * 1024)
        process, said = child(job.run, disk)
        code, text = ended(process), said.read_text()
        assert code in (0, 1), f"{job.name} with {room} KiB left: {code}, {text}"
        check(before, state(disk), after, text)
        assert not scratch(disk), f"{job.name} with {room} KiB left: scratch is left behind"
        refusals = [line for line in text.splitlines() if "expected " in line]
        assert len(refusals) == code, f"{job.name} with {room} KiB left: {text}"
        (disk / ".filled").unlink()
        assert completed(job, disk) == after
        counts["out of room" if code else "room enough"] += 1
    assert counts["out of room"], f"{job.name} always had room"
    return counts


def _fill(path: Path, room: int) -> None:
    """Leave so much room on the disk of the path."""
    free = os.statvfs(path.parent)
    with path.open("wb") as file:
        file.write(bytes(max(0, free.f_bavail * free.f_frsize - room)))


def out_of_memory(place: Path, limit: int, command: tuple[str, ...], smaller: str) -> str:
    """Run a command that wants more memory than it may have; the line that it ends with."""
    if "large.npy" in command and not (place / "large.npy").exists():
        import numpy as np

        np.save(place / "large.npy", np.random.default_rng(0).standard_normal((200_000, 200)))
    done = subprocess.run(
        [sys.executable, "-m", "tegum", *command],
        cwd=place,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=600,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit * 10**6,) * 2),
    )
    lines = [line for line in done.stderr.splitlines() if line.startswith("tegum: error")]
    assert done.returncode == 1 and len(lines) == 1 and smaller in lines[0], done.stderr
    assert [path.name for path in place.iterdir()] in ([], ["large.npy"])
    return f"{command[0]}: {lines[0]}"


if __name__ == "__main__":
    main()
