"""Where the drills leave what they measured: docs/make_trust.py makes docs/trust.md out of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

DATA = Path(__file__).parents[2] / "docs" / "data"
Row = Mapping[str, str]  # promise, test, measured


def write_rows(drill: str, rows: Iterable[Row], *, by: str | None = None) -> None:
    """Keep the promises of one drill, each with how it is tested and what was measured.

    `by` names the column that tells rows apart: those that were not measured again stay.
    """
    path = DATA / f"trust-{drill}.json"
    kept = list(rows)
    for row in kept:
        assert set(row) == {"promise", "test", "measured"}, row
    if by and path.exists():
        earlier = json.loads(path.read_text(encoding="utf-8"))
        again = {row[by] for row in kept}
        kept = sorted([row for row in earlier if row[by] not in again] + kept, key=lambda r: r[by])
    text = json.dumps(kept, indent=1, ensure_ascii=False)
    path.write_text(f"{text}\n", encoding="utf-8")
