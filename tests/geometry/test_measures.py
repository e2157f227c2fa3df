import subprocess
import sys

import numpy as np
import pytest

from geometry import dimensionality, interference, interference_graph, leverage, template
from geometry.shapes import antiprism


@pytest.mark.parametrize("name", ["triangle", "pentagon", "hexagon", "octagon", "dodecagon"])
def test_polygon_of_k_features_gives_each_two_kths_of_a_dimension(name):
    vertices = template(name).vertices
    np.testing.assert_allclose(dimensionality(vertices), 2 / len(vertices), rtol=1e-12)


@pytest.mark.parametrize("d", range(1, 9))
def test_simplex_gives_each_feature_all_but_one_kth(d):
    vertices = template(f"{d}-simplex").vertices
    np.testing.assert_allclose(dimensionality(vertices), d / (d + 1), rtol=1e-12)


@pytest.mark.parametrize("name", ["cube", "icosahedron", "dodecahedron", "rectified 5-cell"])
def test_tight_frame_of_k_vectors_in_d_dimensions_gives_d_kths(name):
    k, d = template(name).vertices.shape
    np.testing.assert_allclose(dimensionality(template(name).vertices), d / k, rtol=1e-12)


@pytest.mark.parametrize(
    ("name", "shares"),
    [
        ("triangular bipyramid", [2 / 3] * 3 + [1 / 2] * 2),
        ("pentagonal bipyramid", [2 / 5] * 5 + [1 / 2] * 2),
        ("octahedron", [1 / 2] * 6),
    ],
)
def test_factor_of_a_tegum_product_keeps_its_own_dimensionality(name, shares):
    np.testing.assert_allclose(dimensionality(template(name).vertices), shares, rtol=1e-12)


@pytest.mark.parametrize("height", [np.sqrt(1 / 3), 0.5604, 0.5553])
def test_square_antiprism_has_three_eighths_within_two_thousandths(height):
    # sqrt(1/3): tight frame. 0.5604: Thomson's problem. 0.5553: lowest squared interference.
    np.testing.assert_allclose(dimensionality(antiprism(4, height)), 0.375, atol=0.002)


def test_simplex_is_the_identity_projected_off_the_ones():
    n = 5
    W = np.eye(n) - 1 / n
    np.testing.assert_allclose(dimensionality(W), (n - 1) / n, rtol=1e-12)
    cosines = interference(W) / np.linalg.norm(W, axis=1)
    np.testing.assert_allclose(cosines[~np.eye(n, dtype=bool)], -1 / (n - 1), rtol=1e-12)


def test_zero_feature_has_no_dimensionality_leverage_or_interference():
    W = [[0.0, 0.0], [1.0, 0.0]]
    assert dimensionality(W).tolist() == [0, 1]
    assert leverage(W).tolist() == [0, 1]
    assert interference(W).tolist() == [[0, 0], [0, 1]]
    assert dimensionality(np.zeros((3, 2))).tolist() == [0, 0, 0]
    assert leverage(np.zeros((3, 2))).tolist() == [0, 0, 0]


def test_leverage_agrees_with_the_pseudoinverse_of_the_frame_operator(rng):
    W = rng.normal(size=(9, 4)) @ np.diag([1, 2, 3, 0.0])
    expected = np.einsum("im,mk,ik->i", W, np.linalg.pinv(W.T @ W), W)
    np.testing.assert_allclose(leverage(W), expected, rtol=1e-9)


@pytest.mark.parametrize("measure", [dimensionality, leverage, interference])
def test_leading_axes_are_instances(measure, rng):
    W = rng.normal(size=(2, 3, 6, 4))
    together = measure(W)
    for index in np.ndindex(2, 3):
        np.testing.assert_allclose(together[index], measure(W[index]), rtol=1e-12)


def test_graph_components_are_the_factors_and_carry_norm_dimensionality_and_weight():
    import networkx as nx

    W = 1.5 * template("triangular bipyramid").vertices
    graph = interference_graph(W)
    assert sorted(map(sorted, nx.connected_components(graph))) == [[0, 1, 2], [3, 4]]
    assert graph.nodes[0]["norm"] == pytest.approx(1.5)
    assert graph.nodes[0]["dimensionality"] == pytest.approx(2 / 3)
    assert graph.edges[0, 1]["weight"] == pytest.approx(1.5**2 / 2)
    assert not any(i == j for i, j in graph.edges)


@pytest.mark.parametrize(
    "bad", [[1.0, 2.0], [[np.nan]], [[1j]], [["a"]], np.empty((0, 2)), [[1.0], [1.0, 2.0]]]
)
@pytest.mark.parametrize("measure", [dimensionality, leverage, interference, interference_graph])
def test_what_is_no_weight_matrix_is_refused_in_one_line(measure, bad):
    with pytest.raises(ValueError, match="expected") as caught:
        measure(bad)
    assert "\n" not in str(caught.value)


def test_importing_geometry_imports_no_heavy_library():
    code = (
        "import sys, geometry; heavy = {'torch', 'sympy', 'matplotlib', 'theory', 'training'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
