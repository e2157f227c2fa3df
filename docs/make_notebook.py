"""Makes docs/tutorial.ipynb of docs/tutorial.md: its blocks of Python are cells, the rest is text.

python docs/make_notebook.py
"""

from __future__ import annotations

import json
import re
from pathlib import Path

HERE = Path(__file__).parent
BLOCK = re.compile(r"^```python\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
DOWNLOAD = re.compile(r"^\{download\}.*\n\n", re.MULTILINE)  # the notebook's link to itself


def notebook(page: str) -> str:
    """A page in Markdown as a notebook (nbformat 4.5), not yet run."""
    text_and_code = BLOCK.split(DOWNLOAD.sub("", page))
    cells = [
        _cell(number, source.strip("\n"), is_code=bool(number % 2))
        for number, source in enumerate(text_and_code)
        if source.strip()
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    document = {
        "cells": cells,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    """Write the notebook, whole or not at all."""
    page = (HERE / "tutorial.md").read_text(encoding="utf-8")
    scratch = HERE / ".tutorial.ipynb"
    scratch.write_text(notebook(page), encoding="utf-8")
    scratch.replace(HERE / "tutorial.ipynb")


def _cell(number: int, source: str, is_code: bool) -> dict:
    cell = {
        "cell_type": "code" if is_code else "markdown",
        "id": f"tutorial-{number}",
        "metadata": {},
        "source": source.splitlines(keepends=True),
    }
    return cell | {"execution_count": None, "outputs": []} if is_code else cell


if __name__ == "__main__":
    main()
