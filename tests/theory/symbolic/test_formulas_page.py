"""The page of the closed forms, which a program writes."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pytest

import theory

DOCS = Path(theory.__file__).parent.parent / "docs"


@pytest.fixture(scope="module")
def program():
    spec = spec_from_file_location("make_formulas", DOCS / "make_formulas.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_page_is_what_the_program_writes(program):
    page = (DOCS / "formulas.md").read_text(encoding="utf-8")
    assert page == program.page(), "run python docs/make_formulas.py"


def test_pictures_are_there_and_small():
    for picture in (DOCS / "formulas.png", DOCS / "formulas-compression.png"):
        content = picture.read_bytes()
        assert content[:8] == b"\x89PNG\r\n\x1a\n" and len(content) <= 100_000


def test_errors_vanish_with_the_density_at_their_order(program):
    first, second = program.errors(np.array([2e-4, 1e-4])).T
    assert first / second == pytest.approx([2, 2, 2, 4], rel=0.02)
