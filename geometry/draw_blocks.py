"""Pictures with the features side by side, component by component."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geometry.catalogue import template
from geometry.layout import around, by_size, of_one_model
from geometry.measures import dimensionality
from geometry.styles import new_axes, styles
from geometry.verdict import Identification

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LEAST = 0.022  # the share of the axis that a name needs beside it


def draw_gram(W: ArrayLike, identification: Identification, ax: Axes | None = None) -> Axes:
    """The interference W Wᵀ, its rows in blocks of one component each.

    Parameters
    ----------
    W : (n_features, n_hidden)
    identification : of W
    ax : drawn into, by default a new one

    Components stand in order of falling size, their features in the order of their angle in the two
    main directions, what is not represented last; the names of kinds stand beside their blocks.
    """
    array, order, sizes = _ordered(W, identification)
    gram = (array @ array.T)[np.ix_(order, order)]
    ax = new_axes(ax)
    reach = max(1.0, float(np.abs(gram).max(initial=0)))
    image = ax.imshow(gram, cmap="RdBu_r", vmin=-reach, vmax=reach, interpolation="none")
    kinds = styles(identification.names)
    ends = np.cumsum([0, *(size for _, size in sizes)]) - 0.5
    width = float(np.clip(40 / max(len(order), 1), 0.15, 0.9))
    for start, end in pairwise(ends):
        if len(sizes) <= 120 and end - start > 1:
            ax.plot(
                [start, end, end, start, start], [start, start, end, end, start],
                color="0.25", linewidth=width,
            )  # fmt: skip
    _name_kinds(ax, sizes, kinds)
    ax.set(xlim=(-0.5, len(order) - 0.5), ylim=(len(order) - 0.5, -0.5), xticks=[])
    ax.set_xlabel("features, in the order of the names beside")
    bar = ax.figure.colorbar(image, ax=ax, shrink=0.75, pad=0.02)
    bar.set_label("$W_i \\cdot W_j$")
    bar.outline.set_visible(False)
    for side in ax.spines.values():
        side.set_visible(False)
    return ax


def draw_feature_dimensionalities(
    W: ArrayLike, identification: Identification, ax: Axes | None = None
) -> Axes:
    """The dimensionality D_i of every feature, coloured by its component's name.

    Parameters
    ----------
    W : (n_features, n_hidden)
    identification : of W
    ax : drawn into, by default a new one

    Features stand in the order of `draw_gram`. The line through a kind of component is the D of its
    ideal shape, several where its vertices are not all alike.
    """
    array, order, sizes = _ordered(W, identification)
    D = dimensionality(array)[order]
    ax = new_axes(ax)
    kinds = styles(identification.names)
    start = 0
    for name, group in groupby(sizes, key=lambda entry: entry[0]):
        end = start + sum(size for _, size in group)
        shade, marker = kinds[name]
        ideal = () if name in ("unknown", "not represented") else set(template(name).dimensionality)
        ax.hlines(sorted(ideal), start - 0.5, end - 0.5, color=shade, alpha=0.55, linewidth=1.4)
        ax.scatter(
            np.arange(start, end), D[start:end],
            s=float(np.clip(6000 / max(len(D), 1), 4, 46)), c=shade, marker=marker,
            edgecolors="white", linewidths=0.4 if len(D) < 400 else 0, zorder=3,
        )  # fmt: skip
        if start:
            ax.axvline(start - 0.5, color="0.9", linewidth=0.8, zorder=0)
        start = end
    _name_kinds(ax, sizes, kinds, above=True)
    ax.set(xlim=(-0.5, max(len(D), 1) - 0.5), ylim=(-0.03, 1.06), xticks=[])
    ax.set(xlabel="features, component by component", ylabel="feature dimensionality $D_i$")
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    return ax


def _ordered(
    W: ArrayLike, verdict: Identification
) -> tuple[NDArray[np.float64], NDArray[np.intp], list[tuple[str, int]]]:
    """W, the features in blocks, and the name and size of every block."""
    array = of_one_model(W, verdict)
    parts = by_size(verdict)
    blocks = [np.array(part.features)[around(array, part)] for part in parts]
    sizes = [(part.name, len(part.features)) for part in parts]
    if verdict.not_represented:
        blocks.append(np.array(verdict.not_represented))
        sizes.append(("not represented", len(verdict.not_represented)))
    return array, np.concatenate([*blocks, np.empty(0, np.intp)]).astype(np.intp), sizes


def _name_kinds(
    ax: Axes,
    sizes: Sequence[tuple[str, int]],
    kinds: Mapping[str, tuple[str, str]],
    *,
    above: bool = False,
) -> None:
    """The name of each run of blocks of one kind, beside its middle, where there is room."""
    from matplotlib.transforms import blended_transform_factory

    total, start, free = sum(size for _, size in sizes), 0, -np.inf
    for name, group in groupby(sizes, key=lambda entry: entry[0]):
        members = [size for _, size in group]
        middle, start = start + sum(members) / 2 - 0.5, start + sum(members)
        many = sum(members) if name == "not represented" else len(members)
        label = f"{name} × {many}" if many > 1 else name
        place = max(middle, free)
        if place > total - 0.5:
            continue
        shade = "0.45" if name == "not represented" else kinds[name][0]
        if above:
            ax.text(
                place, 1.01, label, color=shade, rotation=38, ha="left", va="bottom",
                rotation_mode="anchor", fontsize="small",
                transform=blended_transform_factory(ax.transData, ax.transAxes),
            )  # fmt: skip
        else:
            ax.text(
                -0.012, place, label, color=shade, ha="right", va="center", fontsize="small",
                transform=blended_transform_factory(ax.transAxes, ax.transData),
            )  # fmt: skip
        free = place + (1.6 if not above else 1.3) * _LEAST * total
    if not above:
        ax.set_yticks([])
