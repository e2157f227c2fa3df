"""What the commands print: results on stdout, everything else on stderr."""

from __future__ import annotations

import csv
import json
import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FILE_WIDTH = 120
Record = Mapping[str, Any]
Progress = Callable[[int, int], None]


def one_format(json: bool, csv: bool) -> None:
    """Refuse two formats at once."""
    if json and csv:
        raise ValueError("expected --json or --csv, got both; leave one out")


def note(message: str) -> None:
    """One line for the person at the terminal."""
    print(f"tegum: {message}", file=sys.stderr)


def print_json(document: Any) -> None:
    """One JSON document on stdout, with null for what is not a number."""
    print(dump(document), end="")


def dump(document: Any) -> str:
    return json.dumps(plain(document), indent=2, allow_nan=False) + "\n"


def print_csv(records: Sequence[Record]) -> None:
    """A header and one row per record on stdout."""
    columns = list(dict.fromkeys(key for record in records for key in record))
    writer = csv.DictWriter(sys.stdout, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)


def print_table(title: str, columns: Mapping[str, str], records: Sequence[Record]) -> None:
    """A table on stdout; `columns` maps the keys of the records to headings."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, title_justify="left", title_style="bold")
    for key, heading in columns.items():
        numeric = any(type(record.get(key)) in (int, float) for record in records)
        table.add_column(heading, justify="right" if numeric else "left")
    for record in records:
        table.add_row(*(_cell(record.get(key)) for key in columns))
    # what is piped or kept in a file need not fold at 80 columns
    console = Console(width=None if sys.stdout.isatty() else FILE_WIDTH)
    with console.capture() as captured:  # on a closed pipe it would end the program by itself
        console.print(table)
    print(captured.get(), end="")


@contextmanager
def progress_bar(title: str, afterwards: str = "") -> Iterator[Progress]:
    """A bar with rate and time left on stderr, gone when the work is done; none in a file.

    `afterwards` is what goes on, for a time that is not known, when all is counted.
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bar
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{task.speed:.3g}/s" if task.speed else "")

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(),
        TimeRemainingColumn(compact=True, elapsed_when_finished=True),
    )
    console = Console(stderr=True)
    hidden = not console.is_terminal
    # one step may take minutes: the rate is that of the last hour, not of the last half minute
    with Bar(
        *columns, console=console, transient=True, disable=hidden, speed_estimate_period=3600.0
    ) as bar:
        task = bar.add_task(title, total=None)

        def advance(done: int, total: int) -> None:
            nonlocal task
            if afterwards and done == total:
                bar.remove_task(task)  # one that has a total cannot lose it
                task = bar.add_task(afterwards, total=None)
            else:
                bar.update(task, description=title, completed=done, total=total)

        yield advance


def check_writable(folder: Path, option: str = "--out") -> None:
    """Fail before the work, not after it, where results could not be written."""
    import tempfile

    from geometry.write import END, clear_leftovers

    place = folder
    while not place.exists():
        place = place.parent
    try:
        clear_leftovers(place)
        with tempfile.TemporaryDirectory(dir=place, prefix=".tegum.", suffix=END):
            pass
    except OSError as error:
        raise ValueError(
            f"expected a folder to write to at {folder}, but {place} says "
            f"'{(error.strerror or 'no').lower()}'; name another with {option}"
        ) from None


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return "–" if math.isnan(value) else f"{value:.4g}"
    return str(value)


def plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
