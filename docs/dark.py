"""Every figure in light and in dark: what is grey is turned over, what has a colour keeps it."""

from __future__ import annotations

import colorsys
from pathlib import Path
from typing import Any

from matplotlib.artist import Artist
from matplotlib.collections import Collection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text

PAPER, INK = 0.08, 0.92  # what white and black become
GREY = 0.12  # saturation below which a colour counts as a grey
FIGURE = """
.. image:: {light}
   :class: only-light sphx-glr-single-img
   :alt: {title}

.. image:: {dark}
   :class: only-dark sphx-glr-single-img
   :alt: {title}
"""


def darken(figure: Figure) -> None:
    """Turn greys over in place: paper, ink, ticks, black markers."""
    figure.canvas.draw()  # ticks and legends take their colours only now
    for artist in {id(artist): artist for artist in figure.findobj()}.values():
        _darken(artist)


def save_both(figure: Figure, stem: Path, endings: tuple[str, ...]) -> None:
    """stem-light.png, stem-dark.png and so on; the figure stays dark."""
    for shade in ("light", "dark"):
        if shade == "dark":
            darken(figure)
        for ending in endings:
            figure.savefig(f"{stem}-{shade}.{ending}", dpi=110)


def scraper(block: Any, variables: dict[str, Any], settings: dict[str, Any]) -> str:
    """What sphinx-gallery shows of a block's figures: the one that suits the page."""
    import matplotlib.pyplot as plt

    text = ""
    for number in plt.get_fignums():
        figure = plt.figure(number)
        first = Path(next(variables["image_path_iterator"]))
        stem = first.with_name(first.stem)
        figure.savefig(first, dpi=110)  # of which sphinx-gallery makes the thumbnail
        save_both(figure, stem, ("png",))
        source = Path(settings["src_dir"])
        light, dark = (
            f"/{stem.relative_to(source).as_posix()}-{shade}.png" for shade in ("light", "dark")
        )
        title = figure.get_suptitle() or next((ax.get_title() for ax in figure.axes), "")
        text += FIGURE.format(light=light, dark=dark, title=" ".join(title.split()) or stem.name)
        plt.close(figure)
    return text


def _darken(artist: Artist) -> None:
    """The colours of one artist; those that a map gives to data stay."""
    if isinstance(artist, Collection):
        if artist.get_array() is None:
            artist.set_edgecolor([_turned(one) for one in artist.get_edgecolor()])
            artist.set_facecolor([_turned(one) for one in artist.get_facecolor()])
    elif isinstance(artist, Patch):
        face, edge = artist.get_facecolor(), artist.get_edgecolor()
        artist.set_facecolor(_turned(face))
        artist.set_edgecolor(_turned(edge))
    elif isinstance(artist, Line2D):
        face, edge = artist.get_markerfacecolor(), artist.get_markeredgecolor()
        artist.set_color(_turned(artist.get_color()))
        if not isinstance(face, str) or face != "none":
            artist.set_markerfacecolor(_turned(face))
        artist.set_markeredgecolor(_turned(edge))
    elif isinstance(artist, Text):
        artist.set_color(_turned(artist.get_color()))


def _turned(colour: Any) -> tuple[float, float, float, float]:
    red, green, blue, alpha = to_rgba(colour)
    if colorsys.rgb_to_hsv(red, green, blue)[1] > GREY:
        return red, green, blue, alpha
    grey = INK + (PAPER - INK) * (red + green + blue) / 3
    return grey, grey, grey, alpha
