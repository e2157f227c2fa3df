from itertools import permutations, product
from math import factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy.combinatorics import Permutation, PermutationGroup

from geometry import catalogue, shapes, symmetry, template
from geometry.automorphisms import automorphisms, orbitals, orbits
from geometry.symmetry import Symmetry

CUBE = np.array(list(product((1.0, -1.0), repeat=3))) / 3**0.5


def twenty_four_cell():
    halves = np.array(list(product((0.5, -0.5), repeat=4)))
    return np.vstack([np.eye(4), -np.eye(4), halves])


def six_hundred_cell():
    golden = (1 + 5**0.5) / 2
    even = [p for p in permutations(range(4)) if np.linalg.det(np.eye(4)[list(p)]) > 0]
    corners = [
        np.array([a * golden, b, c / golden, 0])[list(p)] / 2
        for a, b, c in product((1, -1), repeat=3)
        for p in even
    ]
    return np.vstack([twenty_four_cell(), corners])


# Coxeter, Regular Polytopes, tables I and II; of the semiregular ones the Weyl groups of D5 and E.
ORDERS = {
    "digon": (shapes.simplex(1), 2),
    **{f"{k}-gon": (shapes.polygon(k), 2 * k) for k in (3, 4, 5, 6, 7, 12, 60)},
    **{f"{d}-simplex": (shapes.simplex(d), factorial(d + 1)) for d in (2, 3, 4, 7, 20)},
    "cube": (CUBE, 48),
    "icosahedron": (template("icosahedron").vertices, 120),
    "dodecahedron": (template("dodecahedron").vertices, 120),
    "square antiprism": (shapes.antiprism(4, 0.55), 16),
    "flat square antiprism": (shapes.antiprism(4, 0.1), 16),
    "triangular bipyramid": (shapes.tegum(shapes.polygon(3), shapes.simplex(1)), 12),
    "16-orthoplex": (shapes.tegum(*[shapes.simplex(1)] * 16), 2**16 * factorial(16)),
    "rectified 5-cell": (template("rectified 5-cell").vertices, 120),
    "5-demicube": (template("5-demicube").vertices, 1920),
    "24-cell": (twenty_four_cell(), 1152),
    "600-cell": (six_hundred_cell(), 14400),
    "2_21": (template("2_21").vertices, 51840),
    "3_21": (template("3_21").vertices, 2903040),
    "4_21": (template("4_21").vertices, 696729600),
}


@pytest.mark.parametrize("name", ORDERS)
def test_exact_shape_has_the_known_order_in_any_orientation_and_order(name, rng, laid_out):
    vertices, order = ORDERS[name]
    found = symmetry(7.5 * laid_out(vertices, vertices.shape[1] + 2, 0.0, rng))
    assert found.order == order and found.complete
    assert found.residual < 1e-9


def test_templates_have_the_group_order_that_is_found():
    for shape in catalogue():
        # a family may have more symmetry where it meets a regular shape: not at these parameters
        inside = {p.name: p.low + 0.37 * (p.high - p.low) for p in shape.parameters}
        if len(shape.vertices) <= 30:
            assert symmetry(shape.at(**inside)).order == shape.group_order, shape.name


@pytest.mark.parametrize("name", ["cube", "600-cell", "2_21", "3_21", "4_21"])
def test_generators_preserve_the_inner_products_and_generate_that_many(name):
    vertices, order = ORDERS[name]
    found = symmetry(vertices)
    gram = vertices @ vertices.T
    for g in found.generators:
        np.testing.assert_allclose(gram[np.ix_(g, g)], gram, atol=1e-12)
    assert PermutationGroup([Permutation(list(g)) for g in found.generators]).order() == order
    values = np.unique(gram[np.triu_indices(len(gram), 1)].round(9))
    np.testing.assert_allclose(found.levels, values, atol=1e-8)


def test_orbits_are_the_kinds_of_vertices():
    found = symmetry(shapes.tegum(shapes.polygon(5), shapes.simplex(1)))
    assert found.orbits == ((0, 1, 2, 3, 4), (5, 6))
    cube_and_octahedron = np.vstack([CUBE, np.eye(3), -np.eye(3)])
    found = symmetry(cube_and_octahedron)
    assert found.order == 48 and found.orbits == (tuple(range(8)), tuple(range(8, 14)))


@pytest.mark.parametrize(
    ("noise", "right"), [(0.02, 1.0), (0.05, 0.95), (0.1, 0.9)], ids=lambda value: str(value)
)
def test_noisy_small_shapes_keep_their_group(noise, right, rng, laid_out):
    names = ["5-gon", "6-gon", "3-simplex", "4-simplex", "cube", "icosahedron", "dodecahedron"]
    names += ["square antiprism", "rectified 5-cell", "5-demicube", "24-cell", "2_21"]
    hits = []
    for name in names * 2:
        vertices, order = ORDERS[name]
        found = symmetry(laid_out(vertices, vertices.shape[1], noise, rng))
        hits.append(found.order == order)
        assert found.residual < 1.5 * noise
    assert np.mean(hits) >= right


def test_root_system_is_found_under_noise(rng, laid_out):
    vertices, order = ORDERS["4_21"]
    found = symmetry(laid_out(vertices, 8, 0.1, rng))
    assert found.order == order and 0.05 < found.residual < 0.1


def test_random_directions_rarely_look_symmetric(rng):
    found = [symmetry(rng.normal(size=(n, m))).order for n, m in [(5, 2), (6, 3), (8, 3)] * 30]
    assert np.mean(np.array(found) > 1) < 0.05


@pytest.mark.parametrize(("n", "m"), [(8, 3), (12, 4), (40, 6), (150, 12)])
def test_generic_directions_have_no_symmetry(n, m, rng):
    found = symmetry(rng.normal(size=(n, m)))
    assert found.order == 1 and found.generators == () and found.residual == 0
    assert found.orbits == tuple((i,) for i in range(n))


def test_relaxed_points_with_a_known_group_have_it(rng, relaxed):
    # 9: the triaugmented triangular prism, D3h; 8: the square antiprism, D4d
    assert symmetry(relaxed(9, 3, rng)).order == 12
    assert symmetry(relaxed(8, 3, rng)).order == 16


def test_norms_break_the_symmetry_only_when_asked():
    W = shapes.polygon(6) * np.where(np.arange(6) % 2, 1.0, 1.3)[:, None]
    assert symmetry(W).order == 12
    found = symmetry(W, norms=True)
    assert found.order == 6 and found.residual < 1e-9
    assert found.orbits == ((0, 2, 4), (1, 3, 5))


def test_chiral_configuration_has_rotations_only():
    # three pentagons: the steps between them are .2, .5 and .56, in no order their own reflection
    angle = np.add.outer([0, 0.2, 0.7], 2 * np.pi * np.arange(5) / 5).ravel()
    W = np.column_stack([np.cos(angle), np.sin(angle)])
    assert symmetry(W).order == 5


@given(st.integers(1, 6), st.integers(1, 3), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_automorphisms_agree_with_trying_every_permutation(n, n_colours, seed):
    colours = np.triu(np.random.default_rng(seed).integers(n_colours, size=(n, n)))
    colours = colours + np.triu(colours, 1).T
    every = [g for g in permutations(range(n)) if np.array_equal(colours[np.ix_(g, g)], colours)]
    found = automorphisms(colours)
    assert found.order == len(every) and found.complete
    label, pairs = orbits(found.generators, n), orbitals(found.generators, n)
    for i, j in product(range(n), repeat=2):
        assert (label[i] == label[j]) == any(g[i] == j for g in every)
        images = {(g[i], g[j]) for g in every}
        assert {tuple(map(int, p)) for p in np.argwhere(pairs == pairs[i, j])} == images


def test_search_that_is_cut_off_says_so():
    vertices = template("2_21").vertices
    found = automorphisms(np.round(4 * vertices @ vertices.T).astype(int), limit=3)
    assert not found.complete and 1 <= found.order < 51840


def test_regular_graphs_that_refinement_cannot_tell_are_told_by_the_search():
    # Shrikhande's graph and the 4 x 4 rook's graph: strongly regular with the same parameters
    cells = np.array(list(product(range(4), repeat=2)))
    step = (cells[:, None] - cells[None]) % 4
    steps = [(1, 0), (3, 0), (0, 1), (0, 3), (1, 1), (3, 3)]
    shrikhande = sum((step == s).all(axis=2) for s in steps).astype(int)
    rook = (step == 0).any(axis=2).astype(int)
    assert automorphisms(shrikhande).order == 192
    assert automorphisms(rook).order == 1152
    both = np.kron(np.eye(2, dtype=int), np.ones((16, 16), dtype=int))
    both[:16, :16] += shrikhande
    both[16:, 16:] += rook
    assert automorphisms(both).order == 192 * 1152


def test_degenerate_matrices_have_a_verdict():
    assert symmetry([[2.0]]) == Symmetry(1, (), ((0,),), 0.0, ())
    assert symmetry(np.ones((4, 3))).order == 24
    assert symmetry([[1.0], [1.0], [-1.0]]).order == 2
    assert symmetry(1e-200 * CUBE).order == 48
    assert symmetry(1e200 * CUBE.astype(np.longdouble), norms=True).order == 48
    assert symmetry(CUBE.astype(np.float16)).order == 48


@pytest.mark.parametrize("bad", [[[1.0, 0.0], [0.0, 0.0]], np.ones((2, 2, 2)), [[np.nan]]])
def test_what_has_no_directions_is_refused_in_one_line(bad):
    with pytest.raises(ValueError, match="expected") as caught:
        symmetry(bad)
    assert "\n" not in str(caught.value)


def test_verdict_as_json():
    fields = symmetry(shapes.polygon(5)).to_dict()
    assert fields["order"] == 10 and fields["orbits"] == [[0, 1, 2, 3, 4]]
    assert len(fields["generators"][0]) == 5 and len(fields["levels"]) == 2
