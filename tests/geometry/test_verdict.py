"""What a verdict says beside the names: groups, placements, couplings, kinds."""

import json
import pickle

import numpy as np
import pytest

from geometry import identify, template
from geometry.verdict import listed


def ring(angles, radius=1.0):
    return radius * np.column_stack([np.cos(angles), np.sin(angles)])


def leaning(cosine):
    """A digon and a pentagon, the axis of the one at that cosine to the plane of the other."""
    pentagon = np.pad(ring(2 * np.pi * np.arange(5) / 5), ((0, 0), (0, 1)))
    axis = np.array([cosine, 0.0, np.sqrt(1 - cosine**2)])
    return np.vstack([pentagon, axis, -axis])


def test_unknown_has_the_group_of_its_own_symmetry(rng):
    # two squares turned by 20 degrees in one plane are carried into themselves by quarter turns,
    # and by the four reflections about the bisector
    angles = np.radians(np.append(90 * np.arange(4), 20 + 90 * np.arange(4)))
    W = 0.9 * ring(angles)[rng.permutation(8)] @ np.linalg.qr(rng.normal(size=(2, 2)))[0]
    (part,) = identify(W).components
    assert (part.name, part.group_order) == ("unknown", 8)
    found = part.description
    assert found
    assert [len(orbit) for orbit in found.symmetry.orbits] == [8]
    assert found.symmetry.residual < 1e-9
    levels = np.cos(np.radians([180, 160, 110, 90, 70, 20]))
    assert found.symmetry.levels == pytest.approx(levels, abs=1e-8)
    assert found.tightness == pytest.approx(1)
    assert found.coherence == pytest.approx(1)


def test_unknown_without_symmetry_has_the_trivial_group(rng):
    (part,) = identify(9 * rng.normal(size=(9, 3))).components
    assert (part.name, part.group_order) == ("unknown", 1)
    assert part.description and len(part.description.symmetry.orbits) == 9


def test_three_nearest_are_told_of_named_and_unknown_alike(rng, laid_out):
    for name in ("icosahedron", "cube", "5-demicube"):
        shape = template(name)
        (part,) = identify(laid_out(shape.vertices, shape.dimension, 0.03, rng)).components
        assert part.name == name
        assert len(part.nearest) == 3
        assert dict(part.nearest)[name] == pytest.approx(part.rmsd)
        assert [rmsd for _, rmsd in part.nearest] == sorted(rmsd for _, rmsd in part.nearest)
    (digon,) = identify([[1.0], [-1.0]]).components
    assert digon.nearest == (("digon", 0.0),)  # the only shape of two features in a line


def test_named_component_carries_its_placement(rng, laid_out):
    W = 1.3 * laid_out(template("pentagon").vertices, 4, 0.0, rng)
    W[2] *= 1.1
    (part,) = identify(W).components
    placed = part.placement
    assert placed
    T = template("pentagon").vertices[list(part.matching)]
    left = W - placed.scale * T @ placed.rotation
    assert placed.shape_measure == pytest.approx(100 * (left**2).sum() / (W**2).sum())
    assert placed.norm_spread == pytest.approx(np.std([1.3] * 4 + [1.43]) / 1.326)
    huge = identify(1e200 * W).components[0].placement
    assert huge and huge.scale == pytest.approx(1e200 * placed.scale)
    assert huge.shape_measure == pytest.approx(placed.shape_measure)


@pytest.mark.parametrize("cosine", [0.2, 0.4])
def test_coupling_is_the_principal_angle_between_two_factors(cosine):
    verdict = identify(leaning(cosine))
    assert [part.name for part in verdict.components] == ["pentagon", "digon"]
    (pair,) = verdict.couplings
    assert (pair.first, pair.second) == (0, 1)
    assert pair.cosines == pytest.approx([cosine])
    assert pair.angles == pytest.approx([np.degrees(np.arccos(cosine))])
    assert verdict.product is None


def test_orthogonal_factors_are_not_coupled():
    verdict = identify(leaning(0.0))
    assert verdict.couplings == () and verdict.product == "pentagonal bipyramid"


def test_kinds_count_every_component_once(rng, tegum_product):
    parts = [template(n).vertices for n in ("digon", "digon", "digon", "pentagon", "pentagon")]
    W, _ = tegum_product(parts, 0.03, rng)
    verdict = identify(W)
    pentagons, digons = verdict.kinds()
    assert [(k["count"], k["name"]) for k in (pentagons, digons)] == [(2, "pentagon"), (3, "digon")]
    rmsds = sorted(part.rmsd for part in verdict.components if part.name == "digon")
    assert (digons["rmsd_median"], digons["rmsd_worst"]) == (rmsds[1], rmsds[2])
    assert digons["dimensionality_min"] < digons["dimensionality"] < digons["dimensionality_max"]


def test_json_says_everything(rng):
    W = np.vstack([leaning(0.2) @ np.eye(3, 6), 3 * rng.normal(size=(9, 3)) @ np.eye(3, 6, 3)])
    told = json.loads(json.dumps(identify(W).to_dict(), allow_nan=False))
    pentagon, digon, unknown = told["components"]
    assert pentagon["group_order"] == 10 and pentagon["description"] is None
    assert np.shape(pentagon["placement"]["rotation"]) == (2, 6)
    assert digon["placement"]["scale"] == pytest.approx(1)
    assert unknown["placement"] is None
    assert unknown["description"]["symmetry"]["order"] == unknown["group_order"] == 1
    assert [sorted(n) for n in unknown["nearest"]] == [["name", "rmsd"]] * 3
    assert told["couplings"][0]["cosines"] == pytest.approx([0.2])


def test_verdict_survives_pickling(rng):
    verdict = identify(rng.normal(size=(12, 3)) * 2)
    copy = pickle.loads(pickle.dumps(verdict))
    assert copy.to_dict() == verdict.to_dict()


def test_large_unknown_does_not_fill_a_cell(rng):
    features = tuple(range(3, 2003))
    assert listed(features) == "3 4 5 6 7 8 9 10 11 12 … 2002"
    (part,) = identify(rng.normal(size=(450, 5))).components
    assert part.description is None and part.group_order == 1
    assert identify(rng.normal(size=(450, 5))).kinds()[0]["group_order"] is None
