import numpy as np
import pytest

from geometry import align, catalogue
from geometry.matching import fit

SHAPES = {shape.name: shape for shape in catalogue()}


@pytest.mark.parametrize("name", [name for name, s in SHAPES.items() if len(s.vertices) <= 16])
def test_every_template_is_laid_exactly_onto_its_own_rotated_and_shuffled_vertices(
    name, rng, laid_out, drawn
):
    for extra in (0, 2, 5):
        X = laid_out(drawn(SHAPES[name], rng), SHAPES[name].dimension + extra, 0.0, rng)
        match = fit(X, SHAPES[name])
        assert match.rmsd < 1e-5
        assert sorted(match.matching) == list(range(len(X)))


@pytest.mark.parametrize("name", ["pentagon", "cube", "square antiprism", "rectified 5-cell"])
def test_matching_reproduces_the_gram_matrix(name, rng, laid_out):
    shape = SHAPES[name]
    X = laid_out(shape.vertices, shape.dimension + 1, 0.0, rng)
    match = fit(X, shape)
    T = shape.at(**match.parameters)[match.matching]
    np.testing.assert_allclose(T @ T.T, X @ X.T, atol=1e-4)


def test_free_height_is_recovered(rng, laid_out):
    for height in (0.4, 0.5249, 0.56, 0.7):
        X = laid_out(SHAPES["square antiprism"].at(height=height), 4, 0.0, rng)
        match = fit(X, SHAPES["square antiprism"])
        assert match.parameters["height"] == pytest.approx(height, abs=1e-4)


def test_noisy_match_is_at_least_as_close_as_the_correspondence_it_was_made_from(rng):
    for name in ("heptagon", "cube", "icosahedron", "dodecahedron", "8-simplex"):
        T = SHAPES[name].vertices
        X = T + 0.08 / np.sqrt(T.shape[1]) * rng.normal(size=T.shape)
        U, _, Vt = np.linalg.svd(T.T @ X)
        known = np.sqrt(((X - T @ (U @ Vt)) ** 2).sum() / len(T))
        assert fit(X, SHAPES[name]).rmsd <= known + 1e-9


@pytest.mark.parametrize(("n", "m"), [(5, 2), (12, 3), (20, 8), (40, 10)])
def test_alignment_undoes_a_rotation_and_a_permutation(n, m, rng):
    W = rng.normal(size=(n, m))
    order = rng.permutation(n)
    other = (W @ np.linalg.qr(rng.normal(size=(m, m)))[0])[order]
    found = align(W, other)
    assert found.rmsd < 1e-9
    np.testing.assert_array_equal(order[list(found.permutation)], np.arange(n))
    np.testing.assert_allclose(found.rotation @ found.rotation.T, np.eye(m), atol=1e-9)
    np.testing.assert_allclose(other[list(found.permutation)] @ found.rotation, W, atol=1e-9)


@pytest.mark.parametrize(("n", "m"), [(100, 20), (400, 30)])
def test_alignment_finds_a_large_solution_again_under_noise(n, m, rng):
    entangled = rng.normal(size=(n - 40, m)) / np.sqrt(m)
    W = np.vstack([entangled, np.eye(20, m), -np.eye(20, m)])
    order = rng.permutation(n)
    turned = W @ np.linalg.qr(rng.normal(size=(m, m)))[0]
    noise = 0.1 / np.sqrt(m) * rng.normal(size=W.shape)
    found = align(W, (turned + noise)[order])
    injected = np.sqrt((noise**2).sum() / (W**2).sum())
    assert found.rmsd <= injected
    # a rotation takes up some of the noise, no more than its share of the degrees of freedom
    assert found.rmsd > 0.9 * injected
    same = order[list(found.permutation)] == np.arange(n)
    assert same[: n - 40].mean() > 0.99


def test_alignment_of_large_products_is_exact(rng, tegum_product):
    parts = [SHAPES["digon"].vertices] * 20 + [SHAPES["pentagon"].vertices] * 5
    first, _ = tegum_product(parts, 0.0, rng)
    second, _ = tegum_product(parts, 0.0, rng)
    assert align(first, second).rmsd < 1e-9


def test_alignment_of_highly_symmetric_solutions_is_exact(rng, tegum_product):
    parts = [SHAPES["digon"].vertices] * 6 + [SHAPES["pentagon"].vertices] * 2
    first, _ = tegum_product(parts, 0.0, rng)
    second, _ = tegum_product(parts, 0.0, rng)
    assert align(first, second).rmsd < 1e-9


def test_alignment_says_how_far_two_solutions_stay_apart(rng):
    W = rng.normal(size=(8, 3))
    scale = np.sqrt((W**2).sum() / 8)
    assert align(W, 1.1 * W).rmsd == pytest.approx(0.1, abs=1e-9)
    noise = 0.01 * scale * rng.normal(size=W.shape)
    assert 0 < align(W, W + noise).rmsd < 0.05
    with pytest.raises(ValueError, match="one shape"):
        align(W, W[:5])
