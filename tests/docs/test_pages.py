"""The pages of the site: what they show runs, and prints what they say."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("../README", "index", "tutorial", "how-to/classify", "how-to/verdict", "how-to/compare",
         "how-to/gpu", "explanation/phases")  # fmt: skip
SAID = re.compile(r"print\(.*\)  # (.*)$|^# (.*)$", re.MULTILINE)


@pytest.mark.parametrize("page", PAGES)
def test_examples_print_what_their_comments_say(page, capsys):
    text = (DOCS / f"{page}.md").read_text(encoding="utf-8")
    names: dict = {}
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert blocks
    for block in blocks:
        exec(compile(block, f"docs/{page}.md", "exec"), names)
        printed = iter(capsys.readouterr().out.splitlines())
        if (page, block) == ("../README", blocks[0]):
            continue  # whose comments explain; tests/test_layout.py reads it
        for said in SAID.finditer(block):
            line = said[1] or said[2]
            found = any(line == one or line.startswith(f"{one}: ") for one in printed)
            assert found, f"{page}: {line!r} is not printed"
