"""The command line: `tegum demo`, `train`, `classify`, `compare`, `bounds`, `report`."""

from __future__ import annotations

import sys

import tyro

from tegum import __version__
from tegum.bounds import bounds
from tegum.classify import classify
from tegum.compare import compare
from tegum.demo import demo
from tegum.report import report
from tegum.train import train

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

Exit codes: 0 done, 1 bad input, 2 wrong usage, 130 interrupted."""

COMMANDS = {
    "demo": demo,
    "train": train,
    "classify": classify,
    "compare": compare,
    "bounds": bounds,
    "report": report,
}


def main(argv: list[str] | None = None) -> None:
    """Run one command; bad input ends it with one line on stderr and exit code 1."""
    arguments = sys.argv[1:] if argv is None else argv
    if sys.stdout is None:
        sys.exit("tegum: error: expected an open standard output, it is closed")
    if arguments == ["--version"]:
        print(f"tegum {__version__}")
        return
    try:
        tyro.extras.subcommand_cli_from_dict(
            COMMANDS,
            prog="tegum",
            description=DESCRIPTION,
            args=arguments,
            config=(tyro.conf.FlagCreatePairsOff,),
        )
    except KeyboardInterrupt:
        print("tegum: interrupted", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has left; nothing is wrong
        sys.exit(0)
    except MemoryError:
        print("tegum: error: out of memory; take a smaller model", file=sys.stderr)
        sys.exit(1)
    except (ValueError, OSError) as error:
        print(f"tegum: error: {_one_line(error)}", file=sys.stderr)
        sys.exit(1)


def _one_line(error: ValueError | OSError) -> str:
    if isinstance(error, OSError) and error.strerror:
        where = f": {error.filename}" if error.filename else ""
        return error.strerror.lower() + where
    return " ".join(str(error).split())


if __name__ == "__main__":
    main()
