import numpy as np
import pytest

from geometry import catalogue, template
from geometry.matching import fit
from geometry.shortlist import least_rmsd, members

SIZES = {}
for shape in catalogue():
    if len(shape.vertices) <= 24:
        SIZES.setdefault(len(shape.vertices), []).append(shape)


@pytest.mark.parametrize("noise", [0.0, 0.1, 0.5])
def test_no_template_is_nearer_than_its_bound(noise, rng, laid_out, drawn):
    for shapes in SIZES.values():
        true = shapes[rng.integers(len(shapes))]
        m = max(shape.dimension for shape in shapes) + 1
        X = laid_out(drawn(true, rng), m, noise, rng)
        bounds = least_rmsd(X, shapes)
        found = [fit(X, shape, reach=0.0).rmsd for shape in shapes]
        # of a family to the curvature of its grid
        assert (bounds <= np.array(found) + 1e-3).all()


def test_bound_by_singular_values_worked_out_by_hand():
    # a pentagon stretches 5/2 along each of two axes, a 5-cell 5/4 along each of four
    pentagon, cell = template("pentagon").vertices, template("5-cell")
    by_hand = np.sqrt((2 * (np.sqrt(5 / 2) - np.sqrt(5 / 4)) ** 2 + 2 * 5 / 4) / 5)
    bound = least_rmsd(np.pad(pentagon, ((0, 0), (0, 2))), [cell])[0]
    assert bound == pytest.approx(by_hand)


def test_bound_rules_out_most_other_templates(rng, laid_out):
    out = total = 0
    for shapes in SIZES.values():
        for shape in shapes:
            X = laid_out(shape.vertices, shape.dimension + 1, 0.02, rng)
            rivals = [t for t in shapes if t is not shape and t.dimension <= X.shape[1]]
            if rivals:
                out += (least_rmsd(X, rivals) > 0.15).sum()
                total += len(rivals)
    assert out > total / 2


def test_nearest_member_of_a_family_comes_first(rng, laid_out):
    antiprism = template("square antiprism")
    p = antiprism.parameters[0]
    grid = sorted(values["height"] for values, _ in members(antiprism.vertices, antiprism))
    assert grid[0] == p.low and grid[-1] == pytest.approx(p.high)
    for height in grid:
        X = laid_out(antiprism.at(height=height), 3, 0.01, rng)
        assert members(X, antiprism)[0][0]["height"] == height
