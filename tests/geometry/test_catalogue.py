import coxeter
import networkx as nx
import numpy as np
import pytest

from geometry import catalogue, template
from geometry.catalogue import product_name

SHAPES = [shape.name for shape in catalogue()]


def automorphisms(vertices):
    """Permutations that preserve every scalar product, counted one by one."""
    gram = np.round(vertices @ vertices.T, 6) + 0.0
    graph = nx.complete_graph(len(gram))
    for i, j in graph.edges:
        graph.edges[i, j]["cosine"] = gram[i, j]
    same = nx.algorithms.isomorphism.categorical_edge_match("cosine", None)
    matcher = nx.algorithms.isomorphism.GraphMatcher(graph, graph, edge_match=same)
    return sum(1 for _ in matcher.isomorphisms_iter())


@pytest.mark.parametrize("name", [s.name for s in catalogue() if s.group_order <= 800])
def test_group_order_is_the_number_of_automorphisms_of_the_gram_matrix(name):
    assert template(name).group_order == automorphisms(template(name).vertices)


@pytest.mark.parametrize("name", SHAPES)
def test_vertices_are_distinct_unit_vectors_that_span_their_space(name):
    vertices = template(name).vertices
    gram = vertices @ vertices.T
    np.testing.assert_allclose(np.diag(gram), 1, rtol=1e-12)
    assert (gram - 2 * np.eye(len(gram))).max() < 1 - 1e-3
    assert np.linalg.matrix_rank(vertices) == template(name).dimension
    with pytest.raises(ValueError, match="read-only"):
        vertices[0, 0] = 2


@pytest.mark.parametrize("name", SHAPES)
def test_interference_graph_is_connected_exactly_when_the_shape_is_no_product(name):
    vertices = template(name).vertices
    graph = nx.from_numpy_array(np.abs(vertices @ vertices.T) > 1e-9)
    parts = nx.number_connected_components(graph)
    assert parts == max(1, len(template(name).factors))


@pytest.mark.parametrize(
    ("name", "theirs"),
    [
        ("tetrahedron", "Tetrahedron"),
        ("cube", "Cube"),
        ("octahedron", "Octahedron"),
        ("icosahedron", "Icosahedron"),
        ("dodecahedron", "Dodecahedron"),
    ],
)
def test_platonic_solids_agree_with_coxeter(name, theirs):
    # Oracle: the coxeter package (Glotzer group), coxeter.families.PlatonicFamily.
    other = coxeter.families.PlatonicFamily.get_shape(theirs).vertices
    other = other / np.linalg.norm(other, axis=1, keepdims=True)
    ours = template(name).vertices
    rows = [np.sort(np.sort(v @ v.T, axis=1), axis=0) for v in (ours, other)]
    np.testing.assert_allclose(rows[0], rows[1], atol=1e-9)


@pytest.mark.parametrize("d", range(1, 9))
def test_simplex_has_equal_negative_cosines(d):
    gram = template(f"{d}-simplex").vertices @ template(f"{d}-simplex").vertices.T
    np.testing.assert_allclose(gram[~np.eye(d + 1, dtype=bool)], -1 / d, rtol=1e-12)


def test_rectified_5_cell_has_the_two_cosines_of_the_petersen_code():
    gram = template("rectified 5-cell").vertices @ template("rectified 5-cell").vertices.T
    values, counts = np.unique(np.round(gram[np.triu_indices(10, 1)], 9), return_counts=True)
    np.testing.assert_allclose(values, [-2 / 3, 1 / 6], atol=1e-9)
    assert counts.tolist() == [15, 30]


def test_every_name_and_alias_leads_to_one_template():
    names = [name for shape in catalogue() for name in (shape.name, *shape.aliases)]
    assert len(names) == len(set(names))
    assert all(template(name).name in SHAPES for name in names)
    assert template("nonagon") is template("enneagon")
    assert catalogue() is catalogue()


def test_unknown_name_is_refused_with_those_spelt_nearly_so():
    with pytest.raises(ValueError, match="pentagon") as caught:
        template("pentagram")
    assert "\n" not in str(caught.value)


def test_product_has_the_factors_order_and_name_of_its_parts():
    assert template("octahedron").factors == ("digon",) * 3
    assert template("triangular bipyramid").group_order == 12
    assert product_name(("digon", "pentagon")) == "pentagonal bipyramid"
    assert product_name(("digon",) * 2) == "square"
    assert product_name(("digon",) * 16) == "16-orthoplex"
    assert product_name(("digon",)) is None
    assert product_name(("cube", "unknown")) is None


def test_family_has_unit_vertices_over_its_range_and_refuses_what_lies_outside():
    antiprism = template("square antiprism")
    (height,) = antiprism.parameters
    for value in np.linspace(height.low, height.high, 7):
        vertices = antiprism.at(height=value)
        np.testing.assert_allclose(np.linalg.norm(vertices, axis=1), 1, rtol=1e-12)
        assert set(np.round(np.abs(vertices[:, 2]), 9)) == {round(float(value), 9)}
    np.testing.assert_array_equal(antiprism.at(), antiprism.vertices)
    with pytest.raises(ValueError, match="between"):
        antiprism.at(height=0.99)
    with pytest.raises(ValueError, match="width"):
        antiprism.at(width=1.0)
