import numpy as np
import pytest

from geometry import identify, template
from geometry.matching import fit
from geometry.noise import (
    Noise,
    Residual,
    excess_p_value,
    in_levels,
    misfit_p_value,
    noise_of_empty_directions,
    noise_of_lengths,
    noise_of_most,
    strain_p_values,
)

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


@pytest.mark.parametrize("noise", [0.02, 0.05])
def test_isotropic_noise_is_as_large_wherever_it_is_looked_for(noise, rng, laid_out):
    shape = template("icosahedron")
    empty, lengths, most = [], [], []
    for _ in range(40):
        W = laid_out(shape.vertices, 6, noise, rng)
        U, match = unit_rows(W), fit(unit_rows(W), shape)
        residual = Residual.of(match.squared_error, shape, 6)
        empty.append(noise_of_empty_directions(U))
        lengths.append(noise_of_lengths(np.linalg.norm(W, axis=1), [np.arange(12)], 6))
        most.append(noise_of_most(U, shape.vertices[match.matching], residual))
    for told in (empty, lengths, most):
        scale = np.sqrt(sum(n.square for n in told) / sum(n.degrees for n in told))
        assert scale == pytest.approx(noise, rel=0.06)


def test_empty_directions_and_lengths_have_their_degrees_of_freedom(rng, laid_out):
    W = laid_out(template("cube").vertices, 5, 0.03, rng)
    assert noise_of_empty_directions(unit_rows(W)).degrees == (8 - 3) * (5 - 3)
    assert noise_of_empty_directions(template("cube").vertices).degrees == 0
    norms = np.linalg.norm(W, axis=1)
    assert noise_of_lengths(norms, [np.arange(4), np.arange(4, 8)], 5).degrees == 6
    assert noise_of_lengths(np.ones(8), [np.arange(8)], 5) == Noise()


def test_excess_is_as_probable_as_its_p_value_says(rng):
    # Monte Carlo of the definition: a fixed misfit of .03, and noise of known and of told size
    shape, s, trials = template("icosahedron"), 0.02, 4000
    degrees = Residual.of(0, shape, 3).degrees
    misfit = np.zeros(degrees)
    misfit[0] = np.sqrt(12) * 0.03
    error = ((misfit + s * rng.normal(size=(trials, degrees))) ** 2).sum(axis=1)
    told = s**2 * rng.chisquare(8, size=trials)
    p = [
        excess_p_value(Residual.of(e, shape, 3), Noise(3 * t, 8))
        for e, t in zip(error, told, strict=True)
    ]
    for level in (0.01, 0.1):
        assert np.mean(np.less(p, level)) == pytest.approx(level, abs=0.4 * level)


def test_misfit_of_a_shape_without_noise_is_no_name(rng, laid_out):
    stretched = unit_rows(template("heptagon").vertices * [1, 1.25])
    assert 0.06 < fit(stretched, template("heptagon")).rmsd < 0.12
    quiet = laid_out(stretched, 4, 0.01, rng)
    noisy = laid_out(template("heptagon").vertices, 4, 0.1, rng)
    assert identify(quiet).summary() == "unknown of 7 features"
    assert identify(noisy).summary() == "1 heptagon"


def test_a_few_vertices_of_another_solid_are_no_noise(rng, laid_out):
    shape = template("icosidodecahedron")
    moved = shape.vertices.copy()
    top = np.argsort(moved[:, 2])[-3:]
    turn = [[np.cos(0.4), np.sin(0.4), 0], [-np.sin(0.4), np.cos(0.4), 0], [0, 0, 1]]
    moved[top] = moved[top] @ turn
    noisy = unit_rows(laid_out(shape.vertices, 3, 0.1, rng))
    p = []
    for X in (moved, noisy):
        match = fit(X, shape)
        residual = Residual.of(match.squared_error, shape, 3)
        assert 0.03 < match.rmsd < 0.12
        told = noise_of_most(X, shape.vertices[match.matching], residual)
        p.append(excess_p_value(residual, told))
    assert p[0] < 1e-9 and p[1] > 0.01


def test_lengths_that_several_vertices_share_exactly_are_another_solid():
    cube = template("cube").vertices
    tetrahedron = np.prod(cube, axis=1) > 0
    triakis = cube * np.where(tetrahedron, 1.0, 0.6)[:, None]
    norms = np.linalg.norm(triakis, axis=1)
    assert in_levels(norms, [np.arange(8)])
    assert not in_levels(norms, [np.flatnonzero(tetrahedron), np.flatnonzero(~tetrahedron)])
    assert not in_levels(norms * (1 + 1e-5 * np.arange(8)), [np.arange(8)])
    assert not in_levels(np.array([1.0, 1.0, 1.0, 2.0]), [np.arange(4)])
    assert identify(triakis).summary() == "unknown of 8 features"


def test_many_digons_in_one_dimension_too_few_are_digons(laid_out, rng):
    # fourteen axes of a 13-simplex, as models at 1 - S near .24 have them: |cos| is 1/13
    axes = simplex(13)
    verdict = identify(laid_out(np.vstack([axes, -axes]), 13, 0.0, rng))
    assert verdict.summary() == "14 digons"
    # of five in four dimensions each leans by 1/4
    axes = simplex(4)
    verdict = identify(laid_out(np.vstack([axes, -axes]), 4, 0.0, rng))
    assert "digon" not in verdict.summary()


def simplex(d):
    """The d + 1 unit vertices of a regular simplex."""
    centred = np.eye(d + 1) - 1 / (d + 1)
    return unit_rows(centred @ np.linalg.svd(centred)[2][:d].T)
