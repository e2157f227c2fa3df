"""The data of other pages, for the claims that they measured."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parents[1]


@cache
def table(page: str, title: str) -> list[dict[str, Any]]:
    """The rows of a table of docs/data/<page>.json."""
    return data(page)["tables"][title]


@cache
def data(page: str) -> Any:
    """docs/data/<page>.json, or the one file of that name and a hash."""
    exact = DOCS / "data" / f"{page}.json"
    path = exact if exact.exists() else next((DOCS / "data").glob(f"{page}-*.json"))
    return json.loads(path.read_text(encoding="utf-8"))


@cache
def figures_of_the_paper() -> dict[str, Any]:
    """What was read off the paper's own figures, with its source."""
    path = DOCS.parent / "tests" / "validation" / "paper.json"
    return json.loads(path.read_text(encoding="utf-8"))
