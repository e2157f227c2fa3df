"""The way from the paper to its figures: the table and the first page of the gallery are whole."""

import re
from pathlib import Path

import gallery_order
import pytest
from claims.claim import FIGURES

DOCS = Path(__file__).parents[2] / "docs"
SCRIPTS = sorted(path.stem for path in (DOCS / "figures").glob("plot_*.py"))
TABLE = (DOCS / "paper.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| ([\d., ]+) \| .* \| \[.*\]\(_gallery/(plot_\w+)\.rst\) \| (.*) \|$", re.M)
ROWS = ROW.findall(TABLE)


def test_every_figure_is_in_the_table_and_in_the_gallery_in_one_order():
    linked = re.findall(r"\(_gallery/(plot_\w+)\.rst\)", TABLE)
    assert sorted(linked) == sorted(gallery_order.named()) == SCRIPTS
    assert linked == gallery_order.named()


def test_sections_ascend_and_are_those_of_the_claims():
    sections = [one for where, _, _ in ROWS for one in where.split(", ")]
    assert sections == sorted(sections, key=lambda one: [int(part) for part in one.split(".")])
    pages = {one: name for where, name, _ in ROWS for one in where.split(", ")}
    assert {where: f"plot_{name}" for where, name in FIGURES.items()} == pages


@pytest.mark.parametrize(("where", "name", "verdict"), ROWS)
def test_numbers_of_a_verdict_are_on_its_page(where, name, verdict):
    source = (DOCS / "figures" / f"{name}.py").read_text(encoding="utf-8")
    for number in re.findall(r"(?<![\w.])(?:\d+/\d+|\d*\.\d+|\d+)(?!\w)", verdict):
        assert re.search(rf"(?<![\w.]){re.escape(number)}(?!\w)", source), (where, number)


def test_links_of_the_table_lead_somewhere():
    for target in re.findall(r"\]\((?!_gallery/plot_)([^)]+)\)", TABLE):
        path = target.replace("_gallery/index", "figures/README")
        assert (DOCS / path).exists(), target


def test_a_figure_that_the_gallery_does_not_name_is_refused():
    assert gallery_order.place("docs/figures/plot_introduction.py") == 0
    with pytest.raises(ValueError, match=r"docs/figures/README\.rst"):
        gallery_order.place("plot_unheard_of.py")
