"""The notebook of the tutorial: made of the page as it stands, valid, and it runs."""

import json

import make_notebook
import pytest

PAGE = (make_notebook.HERE / "tutorial.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def cells():
    text = (make_notebook.HERE / "tutorial.ipynb").read_text(encoding="utf-8")
    assert text == make_notebook.notebook(PAGE), "run python docs/make_notebook.py"
    notebook = json.loads(text)
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    return notebook["cells"]


def test_cells_are_the_page(cells):
    sources = ["".join(cell["source"]) for cell in cells]
    blocks = [
        f"```python\n{source}\n```" if cell["cell_type"] == "code" else source
        for cell, source in zip(cells, sources, strict=True)
    ]
    link = next(line for line in PAGE.splitlines() if line.startswith("{download}"))
    assert "\n\n".join(blocks) + "\n" == PAGE.replace(f"{link}\n\n", "")
    assert len({cell["id"] for cell in cells}) == len(cells)


def test_cells_run_in_their_order(cells, capsys):
    names = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
    assert "1 pentagon" in capsys.readouterr().out
    assert names["verdict"].components[0].name == "pentagon"
