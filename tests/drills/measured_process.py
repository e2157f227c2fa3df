"""A command as its user runs it, with what it took."""

from __future__ import annotations

import os
import pty
import re
import resource
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path


@dataclass(frozen=True)
class Ran:
    """What a finished command took.

    `silence` is the longest time, in seconds of the clock, through which the progress that it shows
    on a terminal did not move.
    """

    code: int
    cpu_seconds: float
    wall_seconds: float
    peak_gigabytes: float
    silence: float
    shown: tuple[str, ...]
    said: str


def ran(command: Sequence[str], stdout: Path) -> Ran:
    """Run a command with stderr on a terminal and stdout in a file."""
    ours, theirs = pty.openpty()
    began = time.monotonic()
    with stdout.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=theirs, stdin=subprocess.DEVNULL)
    os.close(theirs)
    text, moments, shown = [], [began], []

    def listen() -> None:
        last = ""
        while chunk := _read(ours):
            text.append(chunk)
            for found in re.findall(r"([a-z][a-z ]+[a-z])[^\n]*?(\d+/[\d?]+)", _plain(chunk)):
                if (now := " ".join(found)) != last:
                    last = now
                    moments.append(time.monotonic())
                    if found[0] not in shown:
                        shown.append(found[0])

    listener = threading.Thread(target=listen)
    listener.start()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    moments.append(time.monotonic())
    listener.join()
    os.close(ours)
    return Ran(
        code=process.returncode,
        cpu_seconds=round(used.ru_utime + used.ru_stime, 1),
        wall_seconds=round(moments[-1] - began, 1),
        peak_gigabytes=round(used.ru_maxrss * 1024 / 1e9, 2),
        silence=round(max(b - a for a, b in pairwise(moments)), 1),
        shown=tuple(shown),
        said=_plain("".join(text)).strip().splitlines()[-1] if text else "",
    )


def peak_megabytes() -> int:
    """The most that this process has held."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6)


def _read(terminal: int) -> str:
    try:
        return os.read(terminal, 65536).decode(errors="replace")
    except OSError:  # Linux says so when the other end is closed
        return ""


def _plain(text: str) -> str:
    """Without the codes that move the cursor and colour."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text).replace("\r", "\n")
