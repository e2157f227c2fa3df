"""Every figure in light and in dark: greys are turned over, colours stay unless too dark to see."""

from __future__ import annotations

import colorsys
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.collections import Collection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text
from numpy.typing import NDArray

PAPER, INK = 0.08, 0.92  # what white and black become
GREY = 0.12  # saturation below which a colour counts as a grey
# least contrasts with the paper, of WCAG 2.1 (1.4.3 and 1.4.11)
TEXT, MARK = 4.5, 3.0
DPI = 160  # shown at half as many, sharp on screens of twice the density
FIGURE = """
.. image:: {light}
   :class: only-light sphx-glr-single-img
   :width: {width}px
   :alt: {title}

.. image:: {dark}
   :class: only-dark sphx-glr-single-img
   :width: {width}px
   :alt: {title}
"""


def darken(figure: Figure) -> None:
    """Turn greys over in place (paper, ink, ticks, black markers) and lighten what is too dark."""
    figure.canvas.draw()  # ticks and legends take their colours only now
    for artist in {id(artist): artist for artist in figure.findobj()}.values():
        _darken(artist)


def save_both(figure: Figure, stem: Path, endings: tuple[str, ...]) -> None:
    """stem-light.png, stem-dark.png and so on; the figure stays dark."""
    _settle(figure)
    for shade in ("light", "dark"):
        if shade == "dark":
            darken(figure)
        for ending in endings:
            figure.savefig(f"{stem}-{shade}.{ending}", dpi=DPI, bbox_inches="tight", pad_inches=0.1)


def scraper(block: Any, variables: dict[str, Any], settings: dict[str, Any]) -> str:
    """What sphinx-gallery shows of a block's figures: the one that suits the page."""
    import matplotlib.pyplot as plt

    text = ""
    for number in plt.get_fignums():
        figure = plt.figure(number)
        first = Path(next(variables["image_path_iterator"]))
        stem = first.with_name(first.stem)
        _settle(figure)
        figure.savefig(first)  # of which sphinx-gallery makes the thumbnail
        save_both(figure, stem, ("png",))
        source = Path(settings["src_dir"])
        light, dark = (
            f"/{stem.relative_to(source).as_posix()}-{shade}.png" for shade in ("light", "dark")
        )
        title = figure.get_suptitle() or next((ax.get_title() for ax in figure.axes), "")
        width = plt.imread(f"{stem}-light.png").shape[1] // 2
        title = " ".join(title.split()) or stem.name
        text += FIGURE.format(light=light, dark=dark, width=width, title=title)
        plt.close(figure)
    return text


def _settle(figure: Figure) -> None:
    """Lay out once and for all, so that light and dark have everything in the same place."""
    figure.canvas.draw()  # the first layout does not know yet how large texts are
    figure.canvas.draw()
    figure.set_layout_engine("none")


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
        artist.set_color(_turned(artist.get_color(), TEXT))


def _turned(colour: Any, contrast: float = MARK) -> tuple[float, float, float, float]:
    """A grey turned over; any other colour as bright, and then as pale, as makes it stand out."""
    red, green, blue, alpha = to_rgba(colour)
    if colorsys.rgb_to_hsv(red, green, blue)[1] <= GREY:
        grey = INK + (PAPER - INK) * (red + green + blue) / 3
        return grey, grey, grey, alpha
    light = np.array([_linear(one) for one in (red, green, blue)])
    luminance = float(light @ (0.2126, 0.7152, 0.0722))
    needed = contrast * (_linear(PAPER) + 0.05) - 0.05
    if luminance >= needed:
        return red, green, blue, alpha
    brighter = min(needed / luminance, 1 / light.max())
    light, luminance = light * brighter, luminance * brighter
    red, green, blue = _encoded(light + (1 - light) * (needed - luminance) / (1 - luminance))
    return red, green, blue, alpha


def _linear(value: float) -> float:
    """A channel of sRGB as an intensity of light."""
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _encoded(light: NDArray[np.float64]) -> list[float]:
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055).tolist()
