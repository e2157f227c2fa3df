"""Where the drills leave what they measured: docs/make_trust.py makes docs/trust.md out of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

DATA = Path(__file__).parents[2] / "docs" / "data"


def write_rows(drill: str, rows: Iterable[Mapping[str, str]]) -> Path:
    """Keep the promises of one drill, each with how it is tested and what was measured."""
    kept = list(rows)
    for row in kept:
        assert set(row) == {"promise", "test", "measured"}, row
    path = DATA / f"trust-{drill}.json"
    text = json.dumps(kept, indent=2, ensure_ascii=False)
    path.write_text(f"{text}\n", encoding="utf-8")
    return path
