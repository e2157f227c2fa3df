import numpy as np
import pytest

from geometry import identify, template
from geometry.matching import fit
from geometry.noise import Noise, Residual, misfit_p_value, strain_p_values

NAMES = ["digon", "triangle", "tetrahedron", "pentagon", "cube", "5-cell", "hexagon", "icosahedron"]
VERTICES = [template(name).vertices for name in NAMES]


def unit_rows(W):
    return W / np.linalg.norm(W, axis=1, keepdims=True)


def laid_on(U, label):
    """The residuals of the true templates."""
    shapes = [template(name) for name in NAMES]
    return [
        Residual.of(fit(U[label == k], t).squared_error, t, U.shape[1])
        for k, t in enumerate(shapes)
    ]


@pytest.mark.parametrize("noise", [0.02, 0.1, 0.2])
def test_noise_scale_is_the_displacement_that_was_put_in(noise, rng, tegum_product):
    scales = []
    for _ in range(12):
        W, label = tegum_product(VERTICES, noise, rng)
        scales.append(Noise.of(laid_on(unit_rows(W), label)).scale)
    assert np.mean(scales) == pytest.approx(noise, rel=0.04)


def test_misfit_is_as_probable_as_its_p_value_says_once_noise_outweighs_it(rng, tegum_product):
    p = []
    for _ in range(40):
        W, label = tegum_product(VERTICES, 0.2, rng)
        residuals = laid_on(unit_rows(W), label)
        noise = Noise.of(residuals)
        p += [misfit_p_value(r, noise.without(r)) for r in residuals]
    # at most so often, because training is allowed a misfit that these shapes do not have
    for level in (0.1, 0.3):
        assert level / 5 <= np.mean(np.less(p, level)) <= level + 3 * np.sqrt(level / len(p))


@pytest.mark.parametrize(("noise", "tilt"), [(0.05, 0.0), (0.05, 0.5), (0.15, 0.0)])
def test_independent_parts_are_no_more_strained_than_noise_makes_them(
    noise, tilt, rng, tegum_product
):
    p = []
    for _ in range(20):
        W, label = tegum_product(VERTICES, noise, rng, tilt=tilt)
        U = unit_rows(W)
        parts = [tuple(np.flatnonzero(label == k)) for k in range(len(NAMES))]
        told = Noise.of(laid_on(U, label))
        p += strain_p_values(U, parts, told)[np.triu_indices(len(parts), 1)].tolist()
    assert np.mean(np.less(p, 0.01)) <= 0.01 and min(p) > 1e-5


def test_pieces_of_one_shape_are_strained(rng, laid_out):
    for name, cut in [("3-4 duoprism", 3), ("icosahedron", 2), ("cuboctahedron", 2)]:
        vertices = template(name).vertices
        first = np.argsort(-(vertices @ vertices[0]), kind="stable")
        parts = [tuple(first[: len(first) // cut]), tuple(first[len(first) // cut :])]
        U = unit_rows(vertices + 0.03 / np.sqrt(3) * rng.normal(size=vertices.shape))
        assert strain_p_values(U, parts, Noise(0.03**2 * 50, 50))[0, 1] < 1e-6


def test_names_survive_noise_that_all_parts_share(rng, tegum_product):
    names = ["triangle", "pentagon", "tetrahedron", "5-cell", "digon", "digon"]
    right, noises = [], []
    for _ in range(10):
        W, label = tegum_product([template(name).vertices for name in names], 0.2, rng)
        verdict = identify(W)
        found = {part.features: part.name for part in verdict.components}
        right += [
            found.get(tuple(np.flatnonzero(label == k))) == name for k, name in enumerate(names)
        ]
        noises.append(verdict.noise)
    assert np.mean(right) >= 0.8
    assert np.mean(noises) == pytest.approx(0.2, abs=0.03)


def test_one_blurred_part_among_sharp_ones_is_no_noise(rng, tegum_product):
    blurred = template("tetrahedron").vertices * [1, 1, 1.8]
    assert 0.14 < fit(unit_rows(blurred), template("tetrahedron")).rmsd < 0.25
    parts = [template(name).vertices for name in ("pentagon", "cube", "5-cell")]
    verdict = identify(tegum_product([unit_rows(blurred), *parts], 0.01, rng)[0])
    assert verdict.summary() == "1 cube, 1 5-cell, 1 pentagon, unknown of 4 features"
    assert all(part.p_value > 0.05 for part in verdict.components if part.name != "unknown")
    assert verdict.noise == pytest.approx(0.01, rel=0.5)
