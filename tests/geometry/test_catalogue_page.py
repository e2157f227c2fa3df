"""The page of the catalogue, which a program writes."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

import geometry
from geometry import catalogue

DOCS = Path(geometry.__file__).parent.parent / "docs"


@pytest.fixture(scope="module")
def program():
    spec = spec_from_file_location("make_catalogue", DOCS / "make_catalogue.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_page_is_what_the_program_writes_for_the_catalogue(program):
    page = (DOCS / "catalogue.md").read_text(encoding="utf-8")
    assert page == program.page(), "run python docs/make_catalogue.py"
    assert all(f"\n| {shape.name} | " in page for shape in catalogue())


def test_sheets_are_there_and_small(program):
    sheets = [DOCS / "catalogue" / program._file(title) for title in program.sections()]
    assert sorted(sheets) == sorted((DOCS / "catalogue").glob("*.png"))
    assert sum(sheet.stat().st_size for sheet in sheets) <= 2_000_000


def test_a_sheet_is_a_png(program):
    shapes = program.sections()["2 dimensions"][:3]
    assert program.sheet(shapes)[:8] == b"\x89PNG\r\n\x1a\n"
