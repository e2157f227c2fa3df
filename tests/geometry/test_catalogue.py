import io
import json
from itertools import combinations

import coxeter
import networkx as nx
import numpy as np
import pytest
from scipy.sparse.csgraph import connected_components

from geometry import build_catalogue, catalogue, template
from geometry.catalogue import FILE, product_name
from geometry.isometries import isometry
from geometry.matching import rotation

SHAPES = [shape.name for shape in catalogue()]
FAMILIES = [shape.name for shape in catalogue() if shape.parameters]


def automorphisms(vertices):
    """Permutations that preserve every scalar product, counted one by one."""
    gram = np.round(vertices @ vertices.T, 6) + 0.0
    graph = nx.complete_graph(len(gram))
    for i, j in graph.edges:
        graph.edges[i, j]["cosine"] = gram[i, j]
    same = nx.algorithms.isomorphism.categorical_edge_match("cosine", None)
    matcher = nx.algorithms.isomorphism.GraphMatcher(graph, graph, edge_match=same)
    return sum(1 for _ in matcher.isomorphisms_iter())


def generic(shape):
    """Vertices of a family away from its special members, of anything else its own."""
    return shape.at(**{p.name: p.low + 0.631 * (p.high - p.low) for p in shape.parameters})


def test_catalogue_has_at_least_300_connected_templates():
    assert sum(not t.factors for t in catalogue()) >= 300


@pytest.mark.parametrize(
    "name", [s.name for s in catalogue() if s.group_order <= 120 and len(s.vertices) <= 10]
)
def test_group_order_is_the_number_of_automorphisms_of_the_gram_matrix(name):
    assert template(name).group_order == automorphisms(generic(template(name)))


def test_vertices_are_distinct_unit_vectors_that_span_their_space():
    for shape in catalogue():
        gram = shape.vertices @ shape.vertices.T
        np.testing.assert_allclose(np.diag(gram), 1, rtol=1e-12, err_msg=shape.name)
        assert (gram - 2 * np.eye(len(gram))).max() < 1 - 1e-3, shape.name
        assert np.linalg.matrix_rank(shape.vertices) == shape.dimension, shape.name
        with pytest.raises(ValueError, match="read-only"):
            shape.vertices[0, 0] = 2


def test_interference_graph_is_connected_exactly_when_the_shape_is_no_product():
    for shape in catalogue():
        vertices = generic(shape)
        parts, _ = connected_components(np.abs(vertices @ vertices.T) > 1e-9, directed=False)
        assert parts == max(1, len(shape.factors)), shape.name


def test_dimensionality_of_every_orbit_sums_to_at_most_the_dimension():
    for shape in catalogue():
        sizes = np.bincount(shape.orbits)
        D = shape.dimensionality
        assert len(D) == len(sizes)
        total = float(sizes @ D)
        assert total <= shape.dimension * (1 + 1e-12), shape.name
        if len(sizes) == 1:
            tight = np.ptp(np.linalg.svd(shape.vertices)[1]) < 1e-9
            assert (abs(total - shape.dimension) < 1e-9) == tight, shape.name


def test_no_two_shapes_without_free_parameters_are_isometric():
    cosines = {}
    for t in catalogue():
        if not t.parameters:
            row = np.sort((t.vertices @ t.vertices.T).ravel())
            cosines.setdefault(t.vertices.shape, []).append((t.name, row))
    same = {
        frozenset((a, b))
        for rows in cosines.values()
        for (a, first), (b, second) in combinations(rows, 2)
        if np.abs(first - second).max() < 1e-6
    }
    # one set of cosines and two graphs: the rook's and Shrikhande's
    assert same == {frozenset((f"rook 4x4 code in {d}", f"Shrikhande code in {d}")) for d in (6, 9)}


def normalised(vertices):
    return vertices / np.linalg.norm(vertices, axis=1, keepdims=True)


def solids():
    """Arrangements of the coxeter package (Glotzer group), by the name of our template."""
    families = coxeter.families
    for family in (families.PlatonicFamily, families.ArchimedeanFamily):
        for name in family.names:
            yield name.lower(), family, (name,)
    adjectives = {3: "triangular", 4: "square", 5: "pentagonal", 8: "octagonal", 12: "dodecagonal"}
    for k, adjective in adjectives.items():
        yield f"{adjective} prism", families.UniformPrismFamily, (k,)
        yield f"{adjective} antiprism", families.UniformAntiprismFamily, (k,)


@pytest.mark.parametrize(("name", "family", "key"), list(solids()), ids=lambda x: str(x)[:24])
def test_uniform_solids_agree_with_coxeter(name, family, key):
    other = normalised(family.get_shape(*key).vertices)
    shape = template(name)
    if shape.parameters:
        level = next(c[0] for c in np.abs(other).T if np.ptp(c) < 1e-9)
        (height,) = shape.parameters
        assert height.low < level < height.high
        ours = shape.at(height=level)
    else:
        ours = shape.vertices
    images = isometry(ours, other, tolerance=1e-7)
    assert images is not None
    np.testing.assert_allclose(ours @ rotation(other[images], ours), other[images], atol=1e-9)


@pytest.mark.parametrize("d", range(1, 9))
def test_simplex_has_equal_negative_cosines(d):
    gram = template(f"{d}-simplex").vertices @ template(f"{d}-simplex").vertices.T
    np.testing.assert_allclose(gram[~np.eye(d + 1, dtype=bool)], -1 / d, rtol=1e-12)


@pytest.mark.parametrize(
    ("name", "cosines"),
    [
        # Cohn & Kumar 2007, table 1; Ballinger et al. 2009; Bachoc & Vallentin 2009
        ("rectified 5-cell", {-2 / 3: 3, 1 / 6: 6}),
        ("5-demicube", {-3 / 5: 5, 1 / 5: 10}),
        ("2_21", {-1 / 2: 10, 1 / 4: 16}),
        ("3_21", {-1: 1, -1 / 3: 27, 1 / 3: 27}),
        ("4_21", {-1: 1, -1 / 2: 56, 0: 126, 1 / 2: 56}),
        ("40-point code", {-1 / 2: 8, -1 / 3: 3, 0: 4, 1 / 6: 24}),
        ("64-point code", {-3 / 7: 14, -1 / 7: 7, 1 / 7: 42}),
        ("Higman-Sims code", {-4 / 11: 22, 1 / 11: 77}),
        ("McLaughlin code", {-1 / 4: 112, 1 / 6: 162}),
        ("162 in 21", {-2 / 7: 56, 1 / 7: 105}),
        ("112 in 21", {-1 / 3: 30, 1 / 9: 81}),
    ],
)
def test_code_has_its_published_cosines(name, cosines):
    row = np.delete(template(name).vertices @ template(name).vertices[0], 0)
    values, counts = np.unique(np.round(row, 9), return_counts=True)
    np.testing.assert_allclose(values, sorted(cosines), atol=1e-9)
    assert counts.tolist() == [cosines[c] for c in sorted(cosines)]


@pytest.mark.parametrize(
    ("name", "order"),
    [
        # Coxeter 1973, table IV; Conway & Guy 1965; Conway et al., ATLAS of Finite Groups
        ("icosahedron", 120),
        ("24-cell", 1152),
        ("600-cell", 14400),
        ("snub 24-cell", 576),
        ("grand antiprism", 400),
        ("2_21", 51840),
        ("1_22", 2 * 51840),
        ("3_21", 2903040),
        ("4_21", 696729600),
        ("8-cube", 10321920),
        ("40-point code", 1920),
        ("Hoffman-Singleton code in 21", 252000),
        ("Higman-Sims code", 2 * 44352000),
        ("McLaughlin code", 2 * 898128000),
        ("Gewirtz code in 20", 80640),
        ("M22 code in 21", 2 * 443520),
        ("snub cube", 24),
        ("snub dodecahedron", 60),
    ],
)
def test_group_order_is_the_known_one(name, order):
    assert template(name).group_order == order


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
    assert template("16-cell").factors == ("digon",) * 4
    assert product_name(("digon", "pentagon")) == "pentagonal bipyramid"
    assert product_name(("digon",) * 2) == "square"
    assert product_name(("digon",) * 16) == "16-orthoplex"
    assert product_name(("digon",)) is None
    assert product_name(("cube", "unknown")) is None


@pytest.mark.parametrize("name", FAMILIES)
def test_family_has_unit_distinct_vertices_over_its_range_and_refuses_what_lies_outside(name):
    family = template(name)
    (height,) = family.parameters
    for value in np.linspace(height.low, height.high, 7):
        vertices = family.at(height=float(value))
        np.testing.assert_allclose(np.linalg.norm(vertices, axis=1), 1, rtol=1e-12)
        assert (vertices @ vertices.T - 2 * np.eye(len(vertices))).max() < 0.999
    np.testing.assert_array_equal(family.at(), family.vertices)
    with pytest.raises(ValueError, match="between"):
        family.at(height=0.99)
    with pytest.raises(ValueError, match="width"):
        family.at(width=1.0)


def test_members_of_families_are_known():
    assert template("cube").families == ("square prism",)
    assert template("icosahedron").families == ("gyroelongated pentagonal bipyramid",)
    assert set(template("tesseract").families) == {"4-4 duoprism", "cubic prism"}
    assert template("Thomson 10") is template("gyroelongated square bipyramid")


def test_data_file_is_what_the_program_makes():
    with np.load(build_catalogue.MINIMA, allow_pickle=False) as archive:
        minima = {name: archive[name] for name in archive}
    made = np.load(io.BytesIO(build_catalogue.contents(build_catalogue.build(minima))))
    with np.load(FILE, allow_pickle=False) as kept:
        assert json.loads(str(made["table"])) == json.loads(str(kept["table"]))
        np.testing.assert_allclose(made["vertices"], kept["vertices"], atol=1e-9)
        np.testing.assert_array_equal(made["orbits"], kept["orbits"])
    assert FILE.stat().st_size < 2_000_000
