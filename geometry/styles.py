"""How names look in pictures: a colour and a marker for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito 2008: told apart with every kind of colour vision; shapes differ as well.
STYLES = {
    "dedicated": ("#000000", "s"),
    "digon": ("#0072B2", "o"),
    "triangle": ("#E69F00", "^"),
    "tetrahedron": ("#009E73", "D"),
    "pentagon": ("#D55E00", "p"),
    "square antiprism": ("#AA3377", "v"),
    "5-cell": ("#332288", "h"),
    "unknown": ("#767676", "X"),
    "not represented": ("#C4C4C4", "o"),
}
# Tol 2021, "muted", for the names that are met less often, in the order in which they appear.
_MORE = ("#661100", "#88CCEE", "#999933", "#882255", "#44AA99", "#117733", "#DDCC77", "#AA4499")
_MORE_MARKERS = ("h", "8", "P", "<", "*", ">", "d", "H")


def styles(names: Sequence[str]) -> dict[str, tuple[str, str]]:
    """A colour and a marker for every name, the same for the common ones in every picture.

    >>> styles(["digon"])["digon"]
    ('#0072B2', 'o')
    """
    others = [name for name in dict.fromkeys(names) if name not in STYLES]
    more = {
        name: (_MORE[i % len(_MORE)], _MORE_MARKERS[i % len(_MORE_MARKERS)])
        for i, name in enumerate(others)
    }
    return {name: STYLES.get(name) or more[name] for name in dict.fromkeys(names)}


def new_axes(ax: Axes | None) -> Axes:
    """The axes that were given, or those of a new figure."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.figure(layout="constrained").add_subplot()
