import numpy as np
import pytest

from geometry import catalogue
from geometry.matching import fit
from geometry.naming import Standard, name_part

CONNECTED = [t for t in catalogue() if not t.factors and 3 <= len(t.vertices) <= 24]
USUAL = Standard(max_rmsd=0.12, min_confidence=0.5, clearance=1.25)
ANY = Standard(max_rmsd=np.inf, min_confidence=0.0, clearance=1.0)


def noisy(shape, noise, rng, laid_out, drawn):
    U = laid_out(drawn(shape, rng), shape.dimension + 2, noise, rng)
    U /= np.linalg.norm(U, axis=1, keepdims=True)
    same = [t for t in CONNECTED if len(t.vertices) == len(U) and t.dimension <= U.shape[1]]
    return U, same


@pytest.mark.parametrize("noise", [0.05, 0.2])
def test_true_template_or_one_as_near_has_the_largest_evidence(noise, rng, laid_out, drawn):
    for shape in CONNECTED[:: max(1, len(CONNECTED) // 40)]:
        vertices = drawn(shape, rng)
        U, same = noisy(shape, noise, rng, laid_out, lambda *_, V=vertices: V)
        best = max(name_part(U, same, ANY, full=True).candidates, key=lambda c: c.evidence)
        if best.template is not shape:
            assert fit(np.pad(vertices, ((0, 0), (0, 2))), best.template).rmsd <= 2 * noise


def test_three_nearest_are_those_of_all(rng, laid_out, drawn):
    for shape in CONNECTED[:: max(1, len(CONNECTED) // 25)]:
        U, same = noisy(shape, 0.05, rng, laid_out, drawn)
        found = [c.match.rmsd for c in name_part(U, same, USUAL, full=True).candidates]
        every = sorted(fit(U, t, reach=0.0).rmsd for t in same)
        assert len(found) >= min(3, len(same))
        np.testing.assert_array_less(found[:3], np.array(every[:3]) + 1e-3)


def test_what_is_far_from_everything_has_no_candidate(rng):
    U = rng.normal(size=(12, 9))
    same = [t for t in CONNECTED if len(t.vertices) == 12 and t.dimension <= 9]
    naming = name_part(U / np.linalg.norm(U, axis=1, keepdims=True), same, USUAL)
    assert naming.chosen is None and naming.candidates == () and naming.confidence == 0
