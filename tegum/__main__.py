"""The command line: `tegum demo`, `train`, `classify`, `compare`, `bounds`, `report`."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

DESCRIPTION = """\
Train toy models of superposition exactly, name the polytopes they learn, check them against theory.

Try:
  tegum demo                                   the main job, into ./demo
  tegum train --features 5 --hidden 2 --density 0.1 --out run
  tegum classify run
  tegum classify weights.npy --layout hidden-features --json
  tegum compare run
  tegum bounds --features 100 --hidden 20 --density 0.1
  tegum report run -o report.html
  tegum --version

Exit codes: 0 done, 1 bad input or no room, 2 wrong usage, 130 interrupted, 143 terminated."""

SMALLER = {  # what needs less memory
    "demo": "fewer --points or --threads",
    "train": "fewer --restarts, --threads or --features",
    "classify": "fewer features: some rows of W at a time, or a larger --represented",
    "compare": "fewer features, or --no-packing",
    "bounds": "fewer --features or --hidden",
    "report": "fewer features, or --no-packing",
}
OUT_OF_MEMORY = (
    "t allocate memory",
    "annot allocate memory",
    "failed to map segment",
    "load shared object file",
    "returned NULL without setting",
    "t start new thread",
)


class Terminated(KeyboardInterrupt):
    """SIGTERM: it ends a command as Ctrl-C does, with everything cleared away."""


def main(argv: list[str] | None = None) -> None:
    """Run one command; bad input ends it with one line on stderr and exit code 1.

    Without `argv` it is the whole program: interrupted, it ends at once.
    """
    if sys.stderr is None:  # closed: otherwise what is said there would be printed among results
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    if sys.stdout is None:
        sys.exit("tegum: error: expected an open standard output, it is closed")
    arguments = sys.argv[1:] if argv is None else argv
    try:
        with _terminable():
            _run(arguments)
    except KeyboardInterrupt as end:
        how, code = ("terminated", 143) if isinstance(end, Terminated) else ("interrupted", 130)
        print(f"tegum: {how}; what is written is whole, the rest is as it was", file=sys.stderr)
        if argv is None:
            os._exit(code)  # leaving in order would wait for fits that run in other threads
        sys.exit(code)
    except BrokenPipeError:
        _drop_output()  # its reader has left; nothing is wrong
        sys.exit(0)
    except Exception as error:
        if not (isinstance(error, (ValueError, OSError)) or _is_out_of_memory(error)):
            raise
        print(f"tegum: error: {_one_line(error, arguments)}", file=sys.stderr)
        _drop_output()
        sys.exit(1)


def _run(arguments: Sequence[str]) -> None:
    """Everything from the first import on, so that an interrupt at any moment ends well."""
    import tyro

    from tegum import __version__
    from tegum.bounds import bounds
    from tegum.classify import classify
    from tegum.compare import compare
    from tegum.demo import demo
    from tegum.report import report
    from tegum.train import train

    commands = {
        "demo": demo,
        "train": train,
        "classify": classify,
        "compare": compare,
        "bounds": bounds,
        "report": report,
    }
    try:
        if list(arguments) == ["--version"]:
            print(f"tegum {__version__}")
        else:
            tyro.extras.subcommand_cli_from_dict(
                commands,
                prog="tegum",
                description=DESCRIPTION,
                args=arguments,
                config=(tyro.conf.FlagCreatePairsOff,),
            )
    except SystemExit:  # help was asked for, or the usage was wrong
        sys.stdout.flush()
        raise
    sys.stdout.flush()


@contextmanager
def _terminable() -> Iterator[None]:
    """Have SIGTERM raise Terminated, where signals are ours to handle."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def terminate(number: int, frame: FrameType | None) -> None:
        raise Terminated

    before = signal.signal(signal.SIGTERM, terminate)
    try:
        yield
    finally:
        if before is not None:  # None is a handler that was not made in Python
            signal.signal(signal.SIGTERM, before)


def _drop_output() -> None:
    """Give up what stdout does not take: the interpreter would try again, and fail again, at exit.

    See https://docs.python.org/3/library/signal.html#note-on-sigpipe
    """
    try:
        sys.stdout.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _is_out_of_memory(error: Exception) -> bool:
    """Also where it is torch, the loader of a library or a new thread that found none."""
    return isinstance(error, MemoryError) or any(sign in str(error) for sign in OUT_OF_MEMORY)


def _one_line(error: Exception, arguments: Sequence[str]) -> str:
    if _is_out_of_memory(error):
        smaller = SMALLER.get(arguments[0] if arguments else "", "a smaller model")
        return f"expected enough memory, there is none left; take {smaller}"
    if isinstance(error, OSError) and error.errno:
        told = str(error.strerror)
        if told != os.strerror(error.errno):
            return told
        # whatever is read or written by name has a name
        return f"{told.lower()}: {error.filename or 'standard output'}"
    return " ".join(str(error).split())


if __name__ == "__main__":
    main()
