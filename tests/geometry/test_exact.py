import numpy as np
import pytest
import sympy

from geometry import template
from geometry.exact import exact_vertices
from geometry.isometries import isometry


@pytest.mark.parametrize(
    "name",
    [
        "pentagon",
        "heptagon",
        "rectified 5-cell",
        "truncated cube",
        "24-cell",
        "truncated 5-orthoplex",
        "5-demicube",
        "truncated icosahedron",
        "2_21",
        "3_21",
        "4_21",
        "600-cell",
    ],
)
def test_exact_vertices_are_those_of_the_template(name):
    exact = exact_vertices(name)
    ours = np.array(exact.evalf(25).tolist(), dtype=np.float64)
    assert isometry(ours, template(name).vertices, tolerance=1e-9) is not None
    norm = sum(x**2 for x in exact[0, :])
    assert sympy.simplify(norm - 1) == 0


def test_exact_cosines_of_the_gosset_polytope_are_rational():
    vertices = exact_vertices("3_21")
    gram = vertices[:3, :] * vertices.T
    assert set(gram) <= {sympy.Rational(c, 3) for c in (-3, -1, 1, 3)}


def test_shapes_that_are_found_numerically_have_no_exact_vertices():
    with pytest.raises(ValueError, match="Wythoffian") as caught:
        exact_vertices("Thomson 11")
    assert "\n" not in str(caught.value)
