"""More features than can all be compared at once."""

import json
import tracemalloc
from importlib import import_module

import numpy as np
import pytest
from scipy.linalg import block_diag

from geometry import (
    Template,
    catalogue,
    dimensionality,
    identify,
    interference_graph,
    template,
)
from geometry.draw import draw_all
from geometry.draw_shape import draw_component
from geometry.large import MOST_AT_ONCE
from geometry.neighbours import neighbours

MIX = ["digon", "triangle", "tetrahedron", "pentagon", "square antiprism", "5-cell", "cube"]
MIX += ["8-simplex", "icosahedron", "rectified 5-cell", "dedicated", "dedicated"]


def planted_product(copies, noise, rng, *, tilt=0.0, spare=0):
    """Shapes of the mix in orthogonal subspaces, shuffled; neighbours lean by the cosine `tilt`."""
    parts = [template(name).vertices for name in MIX * copies]
    m = sum(T.shape[1] for T in parts) + spare
    frame = np.linalg.qr(rng.normal(size=(m, m)))[0]
    rows, start, previous = [], 0, None
    for index, T in enumerate(parts):
        axes = frame[start : start + T.shape[1]].copy()
        start += T.shape[1]
        if index % 2:
            axes[0] = tilt * previous[0] + np.sqrt(1 - tilt**2) * axes[0]
        rows.append(T @ axes)
        previous = axes
    label = np.repeat(np.arange(len(parts)), [len(T) for T in parts])
    W = np.vstack(rows)
    W += noise / np.sqrt(m) * rng.normal(size=W.shape)
    order = rng.permutation(len(W))
    places = np.argsort(order)
    truth = {
        tuple(sorted(places[label == i].tolist())): name for i, name in enumerate(MIX * copies)
    }
    return W[order], truth


def random_dictionary(n, m, shapes, noise, rng):
    """Random unit rows with shapes among them, and where they are."""
    W = rng.normal(size=(n, m))
    W /= np.linalg.norm(W, axis=1, keepdims=True)
    places, truth = iter(rng.permutation(n).tolist()), {}
    for shape in shapes:
        T = shape.vertices
        part = tuple(sorted(next(places) for _ in T))
        W[list(part)] = T @ np.linalg.qr(rng.normal(size=(m, T.shape[1])))[0].T
        W[list(part)] += noise / np.sqrt(m) * rng.normal(size=(len(T), m))
        truth[part] = shape.name
    return W, truth


def found(verdict):
    return {part.features: part.name for part in verdict.components}


@pytest.mark.parametrize(("noise", "spare"), [(0.0, 0), (0.05, 100), (0.1, 0)])
def test_planted_factors_are_all_found_without_a_table(noise, spare, rng):
    W, truth = planted_product(7, noise, rng, spare=spare)
    assert len(W) > MOST_AT_ONCE
    assert found(identify(W)) == truth


@pytest.mark.parametrize("case", ["leaning", "stretched", "beside a random block", "random"])
def test_large_and_small_path_agree(case, rng, monkeypatch):
    W, _ = planted_product(3, 0.08, rng, tilt=0.3 if case == "leaning" else 0.0)
    if case == "stretched":
        W = W * np.geomspace(0.6, 1.6, W.shape[1])
    elif case == "beside a random block":
        W = block_diag(W, rng.normal(size=(150, 30)))
    elif case == "random":
        W = 3 * rng.normal(size=(300, 100))
    small = found(identify(W))
    monkeypatch.setattr(import_module("geometry.identify"), "MOST_AT_ONCE", 0)
    assert found(identify(W)) == small


def test_shapes_are_found_in_an_overcomplete_dictionary(rng):
    kinds = ["digon", "triangle", "tetrahedron", "pentagon", "hexagon", "square antiprism", "cube"]
    W, truth = random_dictionary(4000, 256, [template(kind) for kind in kinds * 5], 0.05, rng)
    verdict = identify(W)
    names = found(verdict)
    (unknown,) = (part for part in verdict.components if part.name == "unknown")
    assert {part: name for part, name in names.items() if name != "unknown"} == truth
    assert len(unknown.features) == 4000 - sum(map(len, truth)) and unknown.dimension == 256
    digon = dict(next(part for part in verdict.components if part.name == "digon").statistics)
    assert digon["leakage"] > 0.7 and digon["gap"] > 2
    told = dict(unknown.statistics)
    # a squared cosine of random directions is 1/m on average
    assert unknown.dimensionality == pytest.approx(1 / (1 + 3999 / 256), rel=0.03)
    assert 0.9 < told["tightness"] <= 1 and told["leakage"] < 0.1
    # the largest of 4000 cosines of standard deviation 1/16, from the quantiles of a normal
    assert 0.2 < told["nearest_cosine_5%"] < told["nearest_cosine_median"] < 0.27
    json.dumps(verdict.to_dict(), allow_nan=False)


def test_simplex_without_a_gap_to_its_surroundings_is_unknown(rng):
    # the cosine of a 5-cell, -1/4, is no more than chance brings in 64 dimensions
    W, _ = random_dictionary(1500, 64, [template("5-cell")] * 10, 0.0, rng)
    assert set(found(identify(W)).values()) == {"unknown"}


def test_clusters_without_a_template_in_a_dictionary_are_unknown(rng, relaxed):
    sizes = [(21, 5), (22, 5), (23, 5), (22, 6), (23, 6)] * 3
    assert not {t.vertices.shape for t in catalogue()} & set(sizes)
    shapes = [Template(f"{n} in {d}", "", relaxed(n, d, rng), 1) for n, d in sizes]
    W, _ = random_dictionary(2000, 400, shapes, 0.03, rng)
    assert set(found(identify(W)).values()) == {"unknown"}


def test_antipodal_pairs_of_a_larger_shape_are_no_digons(rng):
    icosahedra = [template("icosahedron")] * 4
    W, truth = random_dictionary(1500, 256, icosahedra, 0.05, rng)
    rest = [t for t in catalogue() if t.vertices.shape != (12, 3)]
    assert set(found(identify(W, templates=rest)).values()) == {"unknown"}
    assert set(truth) < set(found(identify(W)))


@pytest.mark.parametrize(("n", "m"), [(500, 3), (600, 30), (450, 449)])
def test_random_dictionary_gets_no_name(n, m, rng):
    verdict = identify(rng.normal(size=(n, m)) * 9)
    assert {part.name for part in verdict.components} == {"unknown"}
    assert sorted(i for part in verdict.components for i in part.features) == list(range(n))


def test_verdict_is_unchanged_by_rotation_scale_and_order(rng):
    W, _ = random_dictionary(800, 64, [template("digon")] * 6, 0.05, rng)
    first = found(identify(W))
    order = rng.permutation(len(W))
    back = np.argsort(order)
    assert found(identify(W @ np.linalg.qr(rng.normal(size=(64, 64)))[0])) == first
    assert found(identify(1e150 * W, represented=0)) == first
    assert found(identify(W[order])) == {
        tuple(sorted(back[list(part)].tolist())): name for part, name in first.items()
    }


def test_three_hundred_orthogonal_pairs_are_one_orthoplex():
    verdict = identify(np.vstack([np.eye(300), -np.eye(300)]))
    assert (verdict.summary(), verdict.product) == ("300 digons", "300-orthoplex")
    leaning = np.eye(300)
    leaning[0, 1] = 0.3
    verdict = identify(np.vstack([leaning, -leaning]))
    assert (verdict.summary(), verdict.product) == ("300 digons", None)


def test_without_templates_everything_is_unknown(rng):
    W = np.vstack([rng.normal(size=(450, 20)), -np.eye(20)])
    assert set(found(identify(W, templates=[])).values()) == {"unknown"}


def test_many_features_take_a_few_copies_of_their_weights(rng, monkeypatch):
    monkeypatch.setattr("geometry.measures._BLOCK", 2**14)
    monkeypatch.setattr("geometry.neighbours._BLOCK", 2**14)
    identify(rng.normal(size=(500, 10)))  # the catalogue is there
    W, truth = random_dictionary(4000, 300, [template("digon")] * 4, 0.02, rng)
    tracemalloc.start()
    verdict = identify(W, represented=0.5)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert set(truth) < set(found(verdict))
    # the copy that the verdict keeps, two or three beside, and what does not grow with m
    assert peak < 5 * W.nbytes


def test_rotations_of_placements_may_be_left_out(rng):
    verdict = identify(np.vstack([np.eye(30), -np.eye(30)]))
    whole, short = verdict.to_dict(), verdict.to_dict(rotations=False)
    for part in whole["components"]:
        assert np.shape(part["placement"]["rotation"]) == (1, 30)
        part["placement"]["rotation"] = None
    assert short == whole


def test_of_very_many_features_only_what_is_legible_is_drawn(rng, tmp_path):
    W = 9 + rng.normal(size=(1100, 3))
    W = block_diag(W, [[1.0], [-1.0]])
    verdict = identify(W)
    names = {path.stem for path in draw_all(W, verdict, tmp_path)}
    assert names == {"components", "dimensionalities"}
    largest = max(verdict.components, key=lambda part: len(part.features))
    with pytest.raises(ValueError, match="at most 1000 features to draw, got one of 1100"):
        draw_component(W, largest)
    alone = identify(W[:1100])
    assert [path.stem for path in draw_all(W[:1100], alone, tmp_path)] == ["dimensionalities"]


def test_progress_runs_to_the_number_of_features(rng):
    calls = []
    identify(
        rng.normal(size=(500, 4)) * 9, progress=lambda done, total: calls.append((done, total))
    )
    assert calls[-1] == (500, 500) and calls == sorted(calls)


@pytest.mark.parametrize(("n", "m", "count"), [(1, 3, 4), (2, 1, 4), (50, 4, 60), (700, 9, 5)])
def test_neighbours_are_those_of_the_whole_table(n, m, count, rng, monkeypatch):
    monkeypatch.setattr("geometry.neighbours._BLOCK", 5000)
    U = rng.normal(size=(n, m))
    U /= np.linalg.norm(U, axis=1, keepdims=True)
    table = np.abs(U @ U.T)
    np.fill_diagonal(table, -1)
    indices, cosines = neighbours(U, count)
    expected = -np.sort(-table, axis=1)[:, : min(count, n - 1)]
    np.testing.assert_allclose(cosines, expected, atol=2e-6)
    np.testing.assert_allclose(np.take_along_axis(table, indices, axis=1), cosines, atol=1e-12)


def test_dimensionality_of_many_features_is_that_of_the_whole_table(rng):
    # norms over ten orders of magnitude, the shortest of them orthogonal to the longest
    W = rng.normal(size=(3, 300, 8)) * 10.0 ** rng.uniform(-5, 0, size=(3, 300, 1))
    W[:, :, 3] *= 0
    W[:, 7] = 1e-10 * np.eye(8)[3]
    W[:, 9] = 0
    U = W / np.maximum(np.linalg.norm(W, axis=-1, keepdims=True), 1e-300)
    total = ((U @ np.swapaxes(W, -1, -2)) ** 2).sum(axis=-1)
    expected = np.linalg.norm(W, axis=-1) ** 2 / np.where(total > 0, total, 1)
    np.testing.assert_allclose(dimensionality(W), expected, rtol=1e-9)
    assert dimensionality(W)[0, 7] == pytest.approx(1)


def test_blocks_of_the_interference_graph_fit_together(rng, monkeypatch):
    W = rng.normal(size=(40, 5))
    whole = interference_graph(W, threshold=0.2)
    monkeypatch.setattr("geometry.measures._BLOCK", 100)
    blocked = interference_graph(W, threshold=0.2)
    gram = np.abs(W @ W.T)
    assert set(whole.edges) == set(blocked.edges)
    assert {tuple(sorted(e)) for e in blocked.edges} == {
        (i, j) for i, j in zip(*np.nonzero(gram > 0.2 * gram.max()), strict=True) if i < j
    }
    for i, j, weight in blocked.edges(data="weight"):
        assert weight == pytest.approx(gram[i, j])
