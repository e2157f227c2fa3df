"""Every law of tests/laws on a thousand new examples, and how many it really saw.

    python -m tests.drills.laws [--write] [tests/laws/test_losses.py …]

An example that a law assumes away is none: what is counted is what was tested to its end. Figures
are printed as JSON; a law that is broken, or that saw fewer than a thousand, ends it with an error.
With `--write` one row for each file that was taken goes into docs/data/trust-laws.json.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import functools
import json
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.drills.promises import write_rows

ROOT = Path(__file__).parents[2]
ENOUGH = 1000


class Tally:
    """A plugin of pytest that counts the examples of every law."""

    def __init__(self) -> None:
        self.tested: Counter[str] = Counter()
        self.assumed_away: Counter[str] = Counter()
        self.failed: set[str] = set()

    def pytest_collection_modifyitems(self, items: list[pytest.Function]) -> None:
        for item in items:
            self.tested[item.nodeid] = 0
            handle = item.obj.hypothesis  # type: ignore[attr-defined]
            handle.inner_test = self._counted(handle.inner_test, item.nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.add(report.nodeid)

    def _counted(self, law, name: str):
        from hypothesis.errors import UnsatisfiedAssumption  # pytest wants to import it first

        @functools.wraps(law)
        def counted(*args, **kwargs):
            try:
                law(*args, **kwargs)
            except UnsatisfiedAssumption:
                self.assumed_away[name] += 1
                raise
            self.tested[name] += 1

        return counted


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="*", default=["tests/laws"])
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args(arguments)
    if options.write and any("::" in path for path in options.paths):
        parser.error("expected whole files of laws with --write")
    tally = Tally()
    with contextlib.redirect_stdout(sys.stderr):
        pytest.main(
            ["--hypothesis-profile=extensive", f"--rootdir={ROOT}", *options.paths], plugins=[tally]
        )
    figures = {
        name.removeprefix("tests/laws/"): {
            "examples": examples,
            "assumed away": tally.assumed_away[name],
            "failures": int(name in tally.failed),
        }
        for name, examples in tally.tested.items()
    }
    print(json.dumps(figures, indent=2))
    wanting = [law for law, row in figures.items() if row["failures"] or row["examples"] < ENOUGH]
    if wanting or not figures:
        sys.exit(f"expected {ENOUGH} examples and no failure of every law, not of {wanting}")
    if options.write:
        write_rows("laws", rows(figures), by="test")


def rows(figures: dict[str, dict[str, int]]) -> list[dict[str, str]]:
    """What every file of laws promises, and what was measured of it."""
    table = []
    for file in dict.fromkeys(law.split("::")[0] for law in figures):
        laws = [row for law, row in figures.items() if law.startswith(f"{file}::")]
        path = ROOT / "tests" / "laws" / file
        told = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        total, least = sum(row["examples"] for row in laws), min(row["examples"] for row in laws)
        table.append(
            {
                "promise": told.split("\n\n")[0].replace("\n", " "),
                "test": f"tests/laws/{file}, tests/drills/laws.py",
                "measured": f"{len(laws)} laws, {least} examples or more of each, "
                f"{total} in all, no failure",
            }
        )
    return table


if __name__ == "__main__":
    main()
