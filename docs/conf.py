"""The site: MyST pages, the API from docstrings, the gallery of figures."""

from __future__ import annotations

import re

from tegum import __version__

project = "Tegum"
author = "The Tegum authors"
copyright = "The Tegum authors"
release = version = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.mathjax",
    "sphinx_copybutton",
]
exclude_patterns = ["_build", "figures/README.md"]

myst_enable_extensions = ["amsmath", "dollarmath", "colon_fence"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_type_aliases = {"ArrayLike": "array_like", "Array": "array", "Path": "Path"}
default_role = "py:obj"
# `W` and `loss` are fields of many results: such a name stays a word
suppress_warnings = ["ref.python"]

html_theme = "furo"
html_title = f"Tegum {version}"
html_logo = None
copybutton_prompt_text = ">>> "


def _readable(app, what, name, obj, options, lines: list[str]) -> None:
    """Sections as lists, displayed equations as they stand, bars of absolute value as bars."""
    head, *sections = _SECTION.split("\n".join(lines))
    text = _escaped(_DISPLAYED.sub(r"\1::\n\n\2", head), _CODE_OR_INDENTED)
    for title, body in zip(sections[::2], sections[1::2], strict=True):
        if title in ("Parameters", "Attributes", "Returns"):
            body = _ENTRY.sub(_item, body)
        text += f"\n\n.. rubric:: {title}\n\n{_escaped(body, _CODE)}"
    lines[:] = text.split("\n")


_SECTION = re.compile(r"(?:\A|\n)(\w+)\n-{3,}\n")
_ENTRY = re.compile(r"^(\S.*(?:\n {4,}\S.*)*)$", re.MULTILINE)
_DISPLAYED = re.compile(r"(\n\n)((?: {4,}\S.*\n?)+)")
_CODE = re.compile(r"(``[^`]*``|`[^`]*`|^ *>>> .*$)", re.MULTILINE)
_CODE_OR_INDENTED = re.compile(rf"{_CODE.pattern[:-1]}|^    .*$)", re.MULTILINE)


def _item(entry: re.Match[str]) -> str:
    """`name : what it is` as an item of a list."""
    if entry[1].startswith((">>>", "..")):
        return entry[1]
    words = " ".join(entry[1].split())
    names, colon, meaning = words.partition(" : ")
    return f"- **{names}**: {meaning}" if colon else f"- {words}"


def _escaped(text: str, literal: re.Pattern[str]) -> str:
    """Bars that would be substitutions, escaped but in what is literal."""
    return "".join(
        part if literal.fullmatch(part) else part.replace("|", r"\|")
        for part in literal.split(text)
    )


def setup(app) -> None:
    app.connect("autodoc-process-docstring", _readable)
