"""The site: MyST pages, the API from docstrings, the gallery of figures."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from tegum import __version__

sys.path.insert(0, str(Path(__file__).parent))  # the scripts of the gallery use kept and dark

project = "Tegum"
author = "The Tegum authors"
copyright = "The Tegum authors"
release = version = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
    "sphinx-mathjax-offline",
]
exclude_patterns = ["_build", "figures"]

myst_enable_extensions = ["amsmath", "dollarmath", "colon_fence"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_type_aliases = {"ArrayLike": "array_like", "Array": "array", "Path": "Path"}
default_role = "py:obj"
# `W` and `loss` are fields of many results: such a name stays a word
suppress_warnings = ["ref.python"]

sphinx_gallery_conf = {
    "examples_dirs": "figures",
    "gallery_dirs": "_gallery",
    "image_scrapers": ("dark.scraper",),
    "within_subsection_order": "gallery_order.place",
    "minigallery_sort_order": "gallery_order.place",
    "backreferences_dir": "_gallery/uses",
    "remove_config_comments": True,
    "capture_repr": (),
    "show_signature": False,
    "show_memory": False,
    "write_computation_times": False,
    "download_all_examples": False,
    "min_reported_time": 60,
}

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = ["gallery.js"]
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


def _write_explorer(app) -> None:
    import explorer

    explorer.write_data(Path(app.srcdir) / "_static" / "explore-data.js")


def setup(app) -> None:
    app.connect("builder-inited", _write_explorer)
    app.connect("autodoc-process-docstring", _readable)
