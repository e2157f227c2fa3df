"""The pages of the site: what they show runs, and prints what they say."""

import json
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("../README", "index", "tutorial", "how-to/classify", "how-to/verdict", "how-to/compare",
         "how-to/gpu", "how-to/real-matrices", "explanation/phases")  # fmt: skip
NAMED = re.compile(r"`((?:docs|geometry|tegum|tests|theory|training)/[\w./-]*\w)")
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


def test_tables_of_real_matrices_are_what_was_measured():
    page = (DOCS / "how-to" / "real-matrices.md").read_text(encoding="utf-8")
    measured = json.loads((DOCS / "data" / "real-matrices.json").read_text(encoding="utf-8"))
    for name, found in measured.items():
        n, m = found["shape"]
        verdict = found["centred"]
        cosines = [found["centred"][key] for key in ("rms cosine", "rms cosine of a tight frame")]
        row = [f"{n} × {m}", verdict["summary"], f"{verdict['sum of D']:.1f}",
               short(verdict["D"][2], 2), *(short(cosine, 3) for cosine in cosines)]  # fmt: skip
        assert f"| {name} | {' | '.join(row)} |" in page
        planted = [sum(one.values()) - one["others"] for one in found["planted"].values()]
        if planted:
            row = [f"{count} of 3" for count in planted]
            assert f"| {name} | {' | '.join(row)} |" in page
        assert not any(one["others"] for one in found["planted"].values())


def short(value, digits):
    text = f"{value:.{digits}f}"
    return text.removeprefix("0") if value < 1 else text


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda path: path.stem)
def test_files_that_a_page_names_are_there(page):
    root = DOCS.parent
    for name in NAMED.findall(page.read_text(encoding="utf-8")):
        assert (root / name).exists() or (root / f"{name}.py").exists(), f"{page.name}: {name}"
