"""Projections against the rings, radii and counts that Coxeter's figures have."""

import numpy as np
import pytest

from geometry import template
from geometry.projection import coxeter_plane, faces, nearest_pairs, pole, stereographic, viewpoint


def rings(name):
    vertices = template(name).vertices
    image = vertices @ coxeter_plane(vertices).T
    radii, sizes = np.unique(np.linalg.norm(image, axis=1).round(6), return_counts=True)
    return image, radii, sizes.tolist()


@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        ("24-cell", [12, 12]),
        ("600-cell", [30] * 4),
        ("2_21", [3, 12, 12]),
        ("3_21", [2, 18, 18, 18]),
        ("4_21", [30] * 8),
        ("5-demicube", [8, 8]),
        ("6-simplex", [7]),
        ("6-orthoplex", [12]),
        ("icosahedron", [2, 10]),
    ],
)
def test_rings_of_a_coxeter_plane_have_the_coxeter_number_of_vertices(name, sizes):
    image, radii, found = rings(name)
    assert found == sizes
    outer = image[np.linalg.norm(image, axis=1) > radii[-1] - 1e-6]
    turns = np.diff(np.sort(np.arctan2(outer[:, 1], outer[:, 0])))
    if len(outer) == sizes[-1]:
        np.testing.assert_allclose(turns, 2 * np.pi / sizes[-1], atol=1e-6)


def test_radii_of_the_600_cell_are_those_of_its_coxeter_plane():
    # a Coxeter element turns two orthogonal planes, and exchanges what the rings are in them
    _, radii, _ = rings("600-cell")
    np.testing.assert_allclose(radii[0] ** 2 + radii[3] ** 2, 1, atol=1e-6)
    np.testing.assert_allclose(radii[1] ** 2 + radii[2] ** 2, 1, atol=1e-6)
    np.testing.assert_allclose((30 * radii**2).sum(), 120 * 2 / 4, atol=1e-4)


@pytest.mark.parametrize("name", ["5-7 duoprism", "icosahedral prism", "Riesz 11 in 4"])
def test_planes_keep_most_vertices_apart_where_there_is_no_coxeter_plane(name):
    vertices = template(name).vertices
    plane = coxeter_plane(vertices)
    np.testing.assert_allclose(plane @ plane.T, np.eye(2), atol=1e-12)
    assert len(np.unique((vertices @ plane.T).round(6), axis=0)) >= 0.7 * len(vertices)


@pytest.mark.parametrize(
    ("name", "edges"),
    [("24-cell", 96), ("600-cell", 720), ("4_21", 6720), ("2_21", 216), ("tesseract", 32),
     ("snub 24-cell", 432), ("pentagonal duopyramid", 35)],
)  # fmt: skip
def test_nearest_pairs_are_the_edges(name, edges):
    pairs = nearest_pairs(template(name).vertices)
    assert len(pairs) == edges and (pairs[:, 0] < pairs[:, 1]).all()


@pytest.mark.parametrize(
    ("name", "sizes"),
    [("truncated icosahedron", {5: 12, 6: 20}), ("snub cube", {3: 32, 4: 6}),
     ("cuboctahedron", {3: 8, 4: 6})],
)  # fmt: skip
def test_faces_of_archimedean_solids(name, sizes):
    vertices = template(name).vertices
    found = faces(vertices)
    assert {n: sum(len(face) == n for face in found) for n in sizes} == sizes
    assert len(found) == sum(sizes.values())
    length = np.linalg.norm(vertices[:, None] - vertices[None], axis=2)
    edge = length[length > 1e-9].min()
    for face in found:
        np.testing.assert_allclose(length[face, np.roll(face, 1)], edge, atol=1e-9)


@pytest.mark.parametrize("name", ["cube", "icosahedron", "octagonal prism", "Thomson 19"])
def test_no_vertex_of_a_solid_hides_another(name):
    vertices = template(name).vertices
    view = viewpoint(vertices)
    np.testing.assert_allclose(view @ view.T, np.eye(3), atol=1e-12)
    assert len(np.unique((vertices @ view[:2].T).round(3), axis=0)) == len(vertices)


def test_stereographic_images_of_the_tesseract_are_two_cubes():
    vertices = template("tesseract").vertices
    image = stereographic(vertices, pole(vertices))
    radii, sizes = np.unique(np.linalg.norm(image, axis=1).round(9), return_counts=True)
    # from the middle of a cell, x·p = ±1/2: |image|² = (1 + x·p) / (1 - x·p)
    np.testing.assert_allclose(radii, np.sqrt([1 / 3, 3]), atol=1e-9)
    assert sizes.tolist() == [8, 8]


def test_stereographic_projection_keeps_angles(rng):
    x, p, *steps = np.linalg.qr(rng.normal(size=(4, 4)))[0]
    moves = [np.cos(a) * steps[0] + np.sin(a) * steps[1] for a in (0.0, 0.7)]
    here = stereographic(x, p)
    ends = [(stereographic(x + 1e-6 * move, p) - here) * 1e6 for move in moves]
    cosine = ends[0] @ ends[1] / np.linalg.norm(ends[0]) / np.linalg.norm(ends[1])
    assert abs(cosine - np.cos(0.7)) < 1e-4
