"""The order of the gallery: that in which its first page, figures/README.rst, names the figures."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_NAMED = re.compile(r"^ {3}figures/(plot_\w+)\.py$", re.MULTILINE)


@cache
def named() -> list[str]:
    """The scripts on the first page, by section of the paper."""
    first_page = Path(__file__).parent / "figures" / "README.rst"
    return _NAMED.findall(first_page.read_text(encoding="utf-8"))


def place(script: str) -> int:
    """Where a script stands on the first page; ValueError if it does not."""
    name = Path(script).stem
    if name not in named():
        raise ValueError(f"expected {name}.py in docs/figures/README.rst; name it in a section")
    return named().index(name)
