import numpy as np
import pytest
from sympy.combinatorics import Permutation, PermutationGroup

from geometry import catalogue, template
from geometry.isometries import isometry, symmetry_group
from geometry.wythoff import DIAGRAMS, orbit

SMALL = [t.name for t in catalogue() if len(t.vertices) <= 16 and not t.parameters]


@pytest.mark.parametrize(
    "name",
    ["cube", "snub cube", "rectified 5-cell", "24-cell", "2_21", "40-point code", "Thomson 27"],
)
def test_order_is_that_of_the_group_that_the_generators_generate(name):
    # Oracle: Schreier-Sims in sympy.
    vertices = template(name).vertices
    group = symmetry_group(vertices)
    gram = vertices @ vertices.T
    for g in group.generators:
        np.testing.assert_allclose(gram[np.ix_(g, g)], gram, atol=1e-9)
    theirs = PermutationGroup([Permutation(g.tolist()) for g in group.generators])
    assert theirs.order() == group.order == template(name).group_order
    assert len(theirs.orbits()) == group.orbits.max() + 1


def test_points_in_general_position_have_no_symmetry(rng):
    group = symmetry_group(rng.normal(size=(12, 4)))
    assert group.order == 1 and group.generators == ()
    assert group.orbits.tolist() == list(range(12))


def test_orthogonal_digons_may_be_exchanged_and_turned_over():
    axes = np.vstack([np.eye(5), -np.eye(5)])
    assert symmetry_group(axes).order == 2**5 * 120


@pytest.mark.parametrize("name", SMALL)
def test_isometry_undoes_a_rotation_and_a_permutation(name, rng):
    vertices = template(name).vertices
    k, d = vertices.shape
    order = rng.permutation(k)
    turned = (vertices @ np.linalg.qr(rng.normal(size=(d, d)))[0])[order]
    images = isometry(vertices, turned)
    assert images is not None
    np.testing.assert_allclose(turned[images] @ turned[images].T, vertices @ vertices.T, atol=1e-12)


def test_shapes_with_equal_cosines_and_different_graphs_are_told_apart():
    # the rook's graph and Shrikhande's: one spectrum, one set of cosines at every vertex
    first, second = (
        template(f"{graph} code in 6").vertices for graph in ("rook 4x4", "Shrikhande")
    )
    assert isometry(first, second) is None
    assert isometry(np.eye(3), np.eye(4)) is None


def test_orbits_under_reflection_groups_have_as_many_vertices_as_the_orders_say():
    # Coxeter 1973, table IV: the order of a group over that of the mirrors through the vertex
    for diagram in DIAGRAMS:
        for rings in diagram.rings():
            if diagram.size(rings) <= 120:
                assert len(orbit(diagram, rings)) == diagram.size(rings)


def test_orbits_have_edges_of_one_length():
    for name in ("truncated icosidodecahedron", "runcicantitruncated 5-cell", "stericated 5-cube"):
        vertices = template(name).vertices
        nearest = np.sort(vertices @ vertices.T, axis=1)[:, -1 - template(name).dimension : -1]
        np.testing.assert_allclose(nearest, nearest[0, 0], rtol=1e-12)
