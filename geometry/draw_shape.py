"""Pictures of single shapes: flat, solid, in a Coxeter plane, or from a pole of the 3-sphere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geometry.catalogue import template
from geometry.correspondence import rotation
from geometry.layout import MOST
from geometry.measures import directions
from geometry.projection import (
    coxeter_plane,
    faces,
    nearest_pairs,
    pole,
    stereographic,
    viewpoint,
)
from geometry.styles import new_axes
from geometry.symmetry import symmetry
from geometry.verdict import Component
from geometry.weights import checked_weights

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]
Projection = Literal["coxeter", "stereographic"]
BLUE = "#0072B2"
_NUMBERED = 20  # features of a component that still have room for their numbers
_COUNTED = 6  # places whose vertices are counted
_SLACK = 0.1  # scalar products of unknown directions that count as one level
_JOINED = 400  # vertices among which edges are looked for
_SYMMETRIC = 64  # directions whose symmetry is worth looking for
_ARC = 24  # points on a stereographic edge


def draw_shape(
    vertices: ArrayLike,
    *,
    projection: Projection = "coxeter",
    color: str = BLUE,
    ax: Axes | None = None,
) -> Axes:
    """A shape with exact vertices: as it is up to three dimensions, projected beyond.

    Parameters
    ----------
    vertices : (k, d), unit norm, spanning all dimensions, as templates have them
    projection : of four dimensions and more. "coxeter" is the plane of most symmetry;
        "stereographic", of four dimensions, shows all edges as arcs, seen from the largest hole
    color : of vertices and edges
    ax : drawn into, by default a new one

    In three dimensions edges are those of the convex hull, the hidden ones thin; beyond, vertices
    are joined with their nearest. Where few places hold several vertices, numbers say how many.
    """
    array = checked_weights(vertices, ndim=(2,))
    return _drawn(new_axes(ax), array, array, projection, color)


def draw_component(
    W: ArrayLike,
    component: Component,
    *,
    projection: Projection = "coxeter",
    color: str = BLUE,
    ax: Axes | None = None,
) -> Axes:
    """The features of one component in its own space, over the ideal shape that it was named.

    Parameters
    ----------
    W : (n_features, n_hidden), the whole matrix
    component : of the identification of W, with at most 1000 features
    projection, color, ax : as in `draw_shape`

    The skeleton is the template's, turned and scaled onto the features; dots are the features
    themselves, with their numbers while there is room. An unknown is shown by its own directions.
    """
    if len(component.features) > MOST:
        raise ValueError(
            f"expected a component of at most {MOST} features to draw, got one of "
            f"{len(component.features)}; draw some of them"
        )
    rows = checked_weights(W, ndim=(2,), copy=False)[list(component.features)]
    ax = new_axes(ax)
    if component.matching:
        ideal = template(component.name).at(**dict(component.parameters))
        order = list(component.matching)
        frame = rotation(directions(rows), ideal[order])
        ideal, points = ideal[order], rows @ frame.T
        scale = float((points * ideal).sum() / (ideal**2).sum())
        return _drawn(ax, ideal, points / scale, projection, color, labels=component.features)
    U, s, _ = np.linalg.svd(rows, full_matrices=False)
    points = (U * s)[:, : max(component.dimension, 1)]
    return _drawn(
        ax, directions(points), points, projection, color, labels=component.features, exact=False
    )


def _drawn(
    ax: Axes,
    ideal: Array,
    points: Array,
    projection: Projection,
    color: str,
    *,
    labels: Sequence[int] = (),
    exact: bool = True,
) -> Axes:
    """The skeleton of ideal vertices and the points near them, in the same view."""
    k, d = ideal.shape
    reach = 0.0
    if projection == "stereographic" and d != 4:
        raise ValueError(
            f"expected a shape in 4 dimensions for the stereographic projection, got {d}; "
            "use projection='coxeter'"
        )
    if d == 1:
        image, shown = (np.pad(x, ((0, 0), (1, 0))) for x in (points, ideal))
        _draw_lines(ax, [shown] if k > 1 else [], np.ones(1), color)
        depth = np.ones(k)
    elif d == 2:
        # the first vertex upwards
        (x, y), *_ = ideal
        upright = np.array([[y, x], [-x, y]])
        ideal, image, depth = ideal @ upright, points @ upright, np.ones(k)
        turn = np.argsort(np.arctan2(ideal[:, 1], ideal[:, 0]))
        _draw_faces(ax, [ideal[turn]], np.ones(1), color)
        _draw_lines(ax, [ideal[[i, j]] for i, j in zip(turn, np.roll(turn, -1), strict=True)],
                    np.ones(k), color)  # fmt: skip
    elif d == 3:
        view = viewpoint(ideal)
        image, depth = points @ view[:2].T, (ideal @ view[2] + 1) / 2
        _draw_solid(ax, ideal @ view.T, color)
    elif projection == "stereographic":
        image, depth, reach = _draw_arcs(ax, ideal, points, color)
    else:
        plane = _plane(ideal, exact)
        image = points @ plane.T
        depth = np.linalg.norm(ideal @ plane.T, axis=1)
        depth = 0.25 + 0.75 * depth / depth.max()
        if k <= _JOINED:
            pairs = nearest_pairs(ideal, slack=1e-6 if exact else _SLACK)
            _draw_lines(ax, (ideal @ plane.T)[pairs], depth[pairs].mean(axis=1), color)
    if len(labels) and d <= 2:
        _draw_arms(ax, image, color)
    _draw_points(ax, image, depth, color, k)
    if 0 < len(labels) <= _NUMBERED:
        _draw_numbers(ax, image, [str(i) for i in labels])
    elif not len(labels):
        _draw_counts(ax, image)
    reach = 1.12 * max(reach, float(np.abs(image).max()))
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    ax.set_axis_off()
    return ax


def _plane(ideal: Array, exact: bool) -> Array:
    """The plane of most symmetry; of too many inexact directions that of their largest extent."""
    if exact:
        return coxeter_plane(ideal)
    if len(ideal) <= _SYMMETRIC:
        return coxeter_plane(ideal, [np.array(g) for g in symmetry(ideal).generators])
    return np.linalg.svd(ideal, full_matrices=False)[2][:2]


def _draw_solid(ax: Axes, seen: Array, color: str) -> None:
    """Edges and translucent faces of a convex hull, seen along the third coordinate."""
    hull = faces(seen)
    normals = [np.cross(seen[f[1]] - seen[f[0]], seen[f[2]] - seen[f[1]]) for f in hull]
    towards = np.array([n[2] / np.linalg.norm(n) for n in normals])
    visible = towards > 1e-9
    sides: dict[tuple[int, int], bool] = {}
    for face, front in zip(hull, visible, strict=True):
        for i, j in zip(face, np.roll(face, -1), strict=True):
            edge = (int(min(i, j)), int(max(i, j)))
            sides[edge] = bool(sides.get(edge, False) or front)
    hidden = [seen[list(edge), :2] for edge, front in sides.items() if not front]
    _draw_lines(ax, hidden, np.full(len(hidden), 0.2), color, behind=True)
    _draw_faces(ax, [seen[f, :2] for f, v in zip(hull, visible, strict=True) if v],
                towards[visible], color)  # fmt: skip
    edges = [list(edge) for edge, front in sides.items() if front]
    near = np.array([seen[edge, 2].mean() for edge in edges])
    _draw_lines(ax, [seen[edge, :2] for edge in edges], 0.75 + 0.25 * near, color)


def _draw_arcs(ax: Axes, ideal: Array, points: Array, color: str) -> tuple[Array, Array, float]:
    """Edges as arcs of the 3-sphere seen from its largest hole; image, depth, reach."""
    eye = pole(ideal)
    corners = stereographic(ideal, eye)
    view = viewpoint(corners / np.linalg.norm(corners, axis=1).max())
    pairs = nearest_pairs(ideal)
    t = np.linspace(0, 1, _ARC)[:, None, None]
    arcs = ideal[pairs[:, 0]] * (1 - t) + ideal[pairs[:, 1]] * t
    arcs /= np.linalg.norm(arcs, axis=-1, keepdims=True)
    seen = stereographic(arcs, eye).swapaxes(0, 1) @ view.T
    reach = np.abs(seen).max()
    depth = (seen[..., 2].mean(axis=1) / reach + 1) / 2
    order = np.argsort(depth)
    _draw_lines(ax, list(seen[order][..., :2]), depth[order], color)
    image = stereographic(directions(points), eye) @ view.T
    return image[:, :2], (image[:, 2] / reach + 1) / 2, float(np.abs(seen[..., :2]).max())


def _draw_lines(
    ax: Axes, lines: Sequence[Array] | Array, depth: Array, color: str, *, behind: bool = False
) -> None:
    from matplotlib.collections import LineCollection

    if not len(lines):
        return
    # thousands of edges stay legible when each is faint
    ink = float(np.clip(np.sqrt(90 / len(lines)), 0.1, 1))
    shades = np.array([(*_shade(color, value), ink) for value in depth])
    order = np.argsort(depth, kind="stable")
    ax.add_collection(
        LineCollection(
            [lines[i] for i in order],
            colors=shades[order],
            linewidths=_width(ax) * (0.35 + 0.85 * depth[order]) * max(ink, 0.35),
            linestyles=(0, (2, 2)) if behind else "solid",
            capstyle="butt" if behind else "round",
            zorder=1 if behind else 3,
        )
    )


def _draw_faces(ax: Axes, polygons: list[Array], towards: Array, color: str) -> None:
    from matplotlib.collections import PolyCollection

    # lit from the viewer's side
    shades = [(*_shade(color, 0.25 + 0.45 * light), 0.30) for light in towards]
    ax.add_collection(PolyCollection(polygons, facecolors=shades, edgecolors="none", zorder=2))


def _draw_arms(ax: Axes, image: Array, color: str) -> None:
    for x, y in image:
        ax.plot([0, x], [0, y], color=color, linewidth=0.8 * _width(ax), zorder=3)


def _draw_points(ax: Axes, image: Array, depth: Array, color: str, k: int) -> None:
    order = np.argsort(depth, kind="stable")
    size = _width(ax) ** 2 * float(np.clip(100 / np.sqrt(k), 5, 26))
    ax.scatter(
        *image[order].T,
        s=size * (0.45 + 0.55 * depth[order]),
        c=[_shade(color, value) for value in depth[order]],
        edgecolors="white",
        linewidths=0.3 * _width(ax),
        zorder=4,
    )


def _draw_numbers(ax: Axes, image: Array, numbers: Sequence[str]) -> None:
    """Texts outwards of their points."""
    for point, number in zip(image, numbers, strict=True):
        length = np.linalg.norm(point)
        x, y = point / length if length > 0.05 else (0.0, 1.0)
        ax.annotate(
            number,
            point,
            xytext=(10 * x, 10 * y),
            textcoords="offset points",
            ha="center",
            va="center",
            fontsize="x-small",
            color="0.3",
            zorder=5,
        )


def _draw_counts(ax: Axes, image: Array) -> None:
    """How many points lie at a place where there are several."""
    places, counts = np.unique(image.round(5) + 0.0, axis=0, return_counts=True)
    several = counts > 1
    if several.sum() <= _COUNTED:
        _draw_numbers(ax, places[several], [f"{count}" for count in counts[several]])


def _shade(color: str, depth: float) -> tuple[float, float, float]:
    """A colour that fades to white with distance: depth 1 is in front, 0 behind."""
    from matplotlib.colors import to_rgb

    strength = 0.35 + 0.65 * float(np.clip(depth, 0, 1))
    red, green, blue = (1 - strength * (1 - value) for value in to_rgb(color))
    return red, green, blue


def _width(ax: Axes) -> float:
    """The width in points of a bold line in axes of this size."""
    box = ax.get_window_extent()
    points = 72 * min(box.width, box.height) / ax.figure.dpi
    return float(np.clip(points / 110, 0.5, 2.2))
