"""The table of promises."""

import importlib.util
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def program():
    spec = importlib.util.spec_from_file_location("make_trust", DOCS / "make_trust.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_what_the_program_writes(program):
    page = (DOCS / "trust.md").read_text(encoding="utf-8")
    assert page == program.page(), "run python docs/make_trust.py"


def test_every_drill_that_was_measured_is_on_the_page(program):
    kept = {path.stem.removeprefix("trust-") for path in (DOCS / "data").glob("trust-*.json")}
    assert kept == {drill for drills in program.SECTIONS.values() for drill in drills}
