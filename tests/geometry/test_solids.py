"""Every solid that coxeter knows, named by its vertex directions from the centroid."""

import coxeter
import numpy as np
import pytest

from geometry import identify

pytestmark = pytest.mark.filterwarnings("ignore:PrismAntiprismFamily:DeprecationWarning")

# Johnson solids that are shapes of the catalogue themselves
OWN_NAMES = {
    "Elongated Triangular Dipyramid": "elongated triangular bipyramid",
    "Elongated Square Dipyramid": "elongated square bipyramid",
    "Elongated Pentagonal Dipyramid": "elongated pentagonal bipyramid",
    "Gyroelongated Square Dipyramid": "gyroelongated square bipyramid",
    "Triaugmented Triangular Prism": "triaugmented triangular prism",
    "Triangular Dipyramid": "triangular bipyramid",
    "Pentagonal Dipyramid": "pentagonal bipyramid",
}
# coxeter's name where it is not ours in lower case
OURS = {
    "snub cuboctahedron": "snub cube",
    "snub icosidodecahedron": "snub dodecahedron",
    "triangular antiprism": "octahedron",
    "square prism": "cube",
    "nonagonal prism": "enneagonal prism",
    "nonagonal antiprism": "enneagonal antiprism",
}


def solids(*families):
    """The vertices of every solid of some of coxeter's families, seen from its centroid."""
    for name in families:
        family = getattr(coxeter.families, name)
        for solid in family.names:
            shape = family.get_shape(solid)
            yield solid, np.asarray(shape.vertices) - shape.centroid


def verdict(vertices):
    return identify(vertices / np.sqrt((vertices**2).sum(axis=1).mean()), represented=0)


def whole(found):
    """The name of a solid: of its only component, or of the product of them."""
    return found.product or (found.names[0] if len(found.components) == 1 else None)


@pytest.fixture(scope="module")
def uniform():
    families = ("PlatonicFamily", "ArchimedeanFamily", "PrismAntiprismFamily")
    return {solid: verdict(vertices) for solid, vertices in solids(*families)}


def test_every_uniform_solid_is_named_exactly(uniform):
    assert len(uniform) == 5 + 13 + 16
    for solid, found in uniform.items():
        assert whole(found) == OURS.get(solid.lower(), solid.lower())
        assert max(part.rmsd for part in found.components) < 1e-9


def test_no_johnson_or_catalan_solid_is_taken_for_a_uniform_one(uniform):
    taken = {whole(found) for found in uniform.values()}
    others = {s: verdict(vertices) for s, vertices in solids("JohnsonFamily", "CatalanFamily")}
    assert len(others) == 92 + 13
    names = {solid: whole(found) for solid, found in others.items()}
    wrong = {solid: name for solid, name in names.items() if name in taken}
    assert not wrong
    assert all(names[solid] == name for solid, name in OWN_NAMES.items())
